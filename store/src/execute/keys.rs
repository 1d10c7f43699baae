//! What are the events of a batch sealed with?

use std::sync::Arc;

use daybook_domain::kernel::{Subject, TenantId};
use uuid::Uuid;

use super::context::Address;
use super::step::Decided;
use crate::error::ExecuteError;
use crate::personal::{DataKey, HeldKeys, KeysToWrite, NoKey, SubjectKeys};

/// What a batch is written with.
pub(super) struct Keys {
    /// Of those whom its events are about.
    pub(super) people: KeysToWrite,
    /// The tenant's own; none where it was destroyed.
    pub(super) own: Option<Arc<DataKey>>,
    /// The network address it came from, and the key of whom that is about.
    pub(super) address: Option<(Address, Arc<DataKey>)>,
}

/// Those the events of a batch say something about, once each.
pub(super) struct People {
    all: Vec<Uuid>,
    /// Those whose streams begin with them.
    begun: Vec<Uuid>,
}

impl Keys {
    /// The keys of all those the events say something about, and of whom the address is. Where there
    /// are none yet they are made before anything is sealed under them; those of streams that begin
    /// here may be drawn instead.
    ///
    /// # Errors
    /// A refusal where somebody the events are about was erased, or the database is away.
    pub(super) async fn find(
        keys: &SubjectKeys,
        (tenant, address): (TenantId, Option<Address>),
        people: &People,
    ) -> Result<Self, ExecuteError> {
        let people = match keys.to_write(tenant, &people.all, &people.begun).await {
            Ok(people) => people,
            Err(NoKey::Store(error)) => return Err(error.into()),
            Err(NoKey::Erased) => return Err(NoKey::refused().into()),
        };
        let address = match address {
            Some(address) => of_address(keys, (tenant, address), &people.keys).await,
            None => None,
        };
        Ok(Self {
            own: keys.of_tenant(tenant).await?,
            address,
            people,
        })
    }
}

/// The address of somebody who is erased is not kept: what they did last, such as erasing themselves,
/// is recorded after that. Nor is it where their key does not open: the command is good without it.
async fn of_address(
    keys: &SubjectKeys,
    (tenant, address): (TenantId, Address),
    people: &HeldKeys,
) -> Option<(Address, Arc<DataKey>)> {
    if let Some((_, key)) = people.iter().find(|(of, _)| *of == address.of) {
        return Some((address, key.clone()));
    }
    match keys.to_write(tenant, &[address.of], &[]).await {
        Ok(held) => held.keys.first().map(|(_, key)| (address, key.clone())),
        Err(NoKey::Erased) => None,
        Err(NoKey::Store(error)) => {
            tracing::warn!(%tenant, %error, "a command is recorded without its network address");
            None
        }
    }
}

/// Whom the events that were decided say something about; `draw`: those whose streams begin with them
/// have no key yet.
pub(super) fn people_of(decided: &[Decided], draw: bool) -> People {
    let writes = decided.iter().map(|decided| &decided.write);
    let begun = writes.filter(|write| draw && write.expected == 0);
    let begun = begun.map(|write| write.stream_id).collect();
    let events = decided.iter().flat_map(|decided| &decided.write.events);
    let values = events.filter_map(|event| event.withheld.as_ref());
    let values = values.flat_map(|withheld| &withheld.values);
    let mut subjects: Vec<Uuid> = Vec::new();
    for value in values {
        match value.subject {
            // Mostly all are about one.
            Subject::Other(subject) if subjects.last() != Some(&subject) => subjects.push(subject),
            Subject::Other(_) | Subject::Stream => {}
        }
    }
    subjects.sort_unstable();
    subjects.dedup();
    People {
        all: subjects,
        begun,
    }
}
