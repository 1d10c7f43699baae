//! A client as the fold of its events.

use std::collections::BTreeSet;

use serde::{Deserialize, Serialize};

use super::billing::BillingDetails;
use super::details::Details;
use super::events::ClientEvent;
use super::refusal::Refusal;
use crate::crm::fields::FieldValues;
use crate::crm::public::ClientFacts;
use crate::kernel::{Aggregate, ClientId, NoteId};

/// The most notes on one client.
pub const MAX_NOTES: usize = 5_000;

/// A client, or none yet.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub enum Client {
    /// Nothing happened yet.
    #[default]
    Unknown,
    /// It was registered.
    Registered(Box<Profile>),
    /// Nobody knows who it was.
    Erased,
}

/// Whether business is done with a client.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Status {
    /// Business is done.
    #[default]
    Active,
    /// No business is expected; none is forbidden.
    Inactive,
    /// Put away: no new documents, no changes.
    Archived,
}

/// What is known about a registered client.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct Profile {
    /// Who.
    pub client_id: ClientId,
    /// Whether business is done with it.
    pub status: Status,
    /// Who it is and how to reach it.
    pub details: Details,
    /// How it is billed.
    pub billing: BillingDetails,
    /// The custom fields that hold a value.
    pub custom_fields: FieldValues,
    /// The notes there were; their texts are for read models.
    pub notes: BTreeSet<NoteId>,
    /// Those of them that were taken back.
    #[serde(default)]
    pub withdrawn_notes: BTreeSet<NoteId>,
}

impl Client {
    /// What other contexts may know; `None` before it is registered.
    pub fn facts(&self) -> Option<ClientFacts> {
        let profile = self.profile().ok()?;
        Some(ClientFacts {
            client_id: profile.client_id,
            name: profile.details.name.clone(),
            status: profile.status,
            country: profile.details.country.clone(),
            billing: profile.billing.clone(),
        })
    }

    /// Nothing precedes the registration, and nothing follows the erasure.
    fn change(&mut self, change: impl FnOnce(&mut Profile)) {
        match self {
            Self::Unknown | Self::Erased => {}
            Self::Registered(profile) => change(profile),
        }
    }

    /// The registered client.
    pub(super) fn profile(&self) -> Result<&Profile, Refusal> {
        match self {
            Self::Unknown | Self::Erased => Err(Refusal::Unknown),
            Self::Registered(profile) => Ok(profile),
        }
    }

    /// The registered client, when it may be changed.
    pub(super) fn changeable(&self) -> Result<&Profile, Refusal> {
        let profile = self.profile()?;
        match profile.status {
            Status::Active | Status::Inactive => Ok(profile),
            Status::Archived => Err(Refusal::Archived),
        }
    }
}

impl Aggregate for Client {
    const NAME: &'static str = "crm.client";
    type Event = ClientEvent;
    type Refusal = Refusal;

    fn evolve(&mut self, event: ClientEvent) {
        match event {
            ClientEvent::Registered(registered) => {
                *self = Self::Registered(Box::new(Profile {
                    client_id: registered.client_id,
                    details: registered.details,
                    ..Profile::default()
                }));
            }
            ClientEvent::DetailsChanged(changed) => {
                self.change(|profile| changed.apply(&mut profile.details));
            }
            ClientEvent::CustomFieldsSet(set) => self.change(|profile| {
                for (key, patch) in set.values {
                    let before = profile.custom_fields.remove(&key);
                    if let Some(value) = patch.apply(before) {
                        profile.custom_fields.insert(key, value);
                    }
                }
            }),
            ClientEvent::BillingDetailsSet(set) => {
                self.change(|profile| profile.billing = set.billing);
            }
            ClientEvent::NoteAdded(added) => self.change(|profile| {
                profile.notes.insert(added.note_id);
            }),
            ClientEvent::NoteWithdrawn(withdrawn) => self.change(|profile| {
                profile.withdrawn_notes.insert(withdrawn.note_id);
            }),
            ClientEvent::Deactivated(_) => self.change(|profile| profile.status = Status::Inactive),
            ClientEvent::Reactivated(_) => self.change(|profile| profile.status = Status::Active),
            ClientEvent::Archived(_) => self.change(|profile| profile.status = Status::Archived),
            ClientEvent::Erased(_) => *self = Self::Erased,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::fixtures::*;
    use super::*;
    use crate::kernel::testing::given;

    #[test]
    fn an_unknown_client_has_no_facts() {
        assert_eq!(Client::default().facts(), None);
    }

    #[test]
    fn facts_follow_the_events() {
        let client: Client =
            given(&[registered_in_full(), billing_set(billing()), deactivated()]).state();
        let facts = client.facts().unwrap();
        assert_eq!(facts.client_id, client_id());
        assert_eq!(facts.name, "Ada Ltd");
        assert_eq!(facts.status, Status::Inactive);
        assert_eq!(facts.billing, billing());
    }

    #[test]
    fn a_snapshot_is_the_same_client() {
        let client: Client = given(&[registered_in_full(), note_added(1)]).state();
        let snapshot = serde_json::to_string(&client).unwrap();
        assert_eq!(serde_json::from_str::<Client>(&snapshot).unwrap(), client);
    }
}
