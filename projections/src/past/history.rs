//! What did each event of a thing change?

use std::fmt::{self, Debug};

use daybook_domain::kernel::{Aggregate, CodecError, TenantId};
use daybook_store::{Recorded, Store, StoreError};
use serde_json::Value;
use uuid::Uuid;

use super::diff::{Change, changes, flattened};
use crate::{audit, crm, identity, invoicing, privacy, tenancy};

/// An event and the difference it made.
#[derive(Debug, Clone, PartialEq)]
pub struct Step {
    /// The event.
    pub event: Recorded,
    /// What it changed of the state, by path; empty when nothing that is kept.
    pub changes: Vec<Change>,
    /// Whether there is more to tell than is told.
    pub is_cut: bool,
}

/// How the state of one kind of aggregate follows from its events.
pub struct Folds {
    /// The stream type, `context.aggregate`.
    pub stream_type: &'static str,
    begin: fn() -> Box<dyn Fold>,
}

impl Debug for Folds {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Folds").field(&self.stream_type).finish()
    }
}

/// A state that events are applied to.
trait Fold {
    fn apply(&mut self, event: &Recorded) -> Result<(), CodecError>;
    fn state(&self) -> Value;
}

impl<A: Aggregate> Fold for A {
    fn apply(&mut self, event: &Recorded) -> Result<(), CodecError> {
        self.evolve(event.decode()?);
        Ok(())
    }

    fn state(&self) -> Value {
        // A state is serialised for snapshots, too: it always can be.
        flattened(serde_json::to_value(self).unwrap_or_default())
    }
}

impl Folds {
    /// Those of an aggregate.
    pub(crate) fn of<A: Aggregate>() -> Self {
        Self {
            stream_type: A::NAME,
            begin: || Box::new(A::default()),
        }
    }

    /// The steps of a thing after a version, at most `limit`, and whether there are more; none when
    /// there is no such thing of this kind.
    ///
    /// # Errors
    /// When the database is away or an event cannot be read.
    pub async fn history(
        &self,
        store: &Store,
        (tenant, stream_id): (TenantId, Uuid),
        (after, limit): (i64, i64),
    ) -> Result<Option<(Vec<Step>, bool)>, StoreError> {
        let until = after.saturating_add(limit);
        let mut events = store
            .stream_until(tenant, stream_id, until.saturating_add(1))
            .await?;
        events.retain(|event| event.stream_type == self.stream_type);
        if events.is_empty() {
            return Ok(None);
        }
        let has_more = events.last().is_some_and(|event| event.version > until);
        let mut fold = (self.begin)();
        let mut before = fold.state();
        let mut steps = Vec::new();
        for event in events.into_iter().filter(|event| event.version <= until) {
            fold.apply(&event)?;
            if event.version < after {
                continue;
            }
            let state = fold.state();
            if event.version > after {
                let (changes, is_cut) = changes(&before, &state);
                steps.push(Step {
                    event,
                    changes,
                    is_cut,
                });
            }
            before = state;
        }
        Ok(Some((steps, has_more)))
    }
}

/// How the states of all aggregates follow from their events, by context.
pub fn folds() -> Vec<Folds> {
    let contexts = [
        identity::folds(),
        tenancy::folds(),
        crm::folds(),
        invoicing::folds(),
        privacy::folds(),
        audit::folds(),
    ];
    contexts.into_iter().flatten().collect()
}
