//! A seal, as a fold of its events.

use std::collections::BTreeSet;

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use super::events::SealEvent;
use super::refusal::Refusal;
use crate::kernel::{Aggregate, TenantId};

/// The one stream of a tenant's seal.
pub fn seal_id(tenant: TenantId) -> Uuid {
    Uuid::new_v5(&tenant.0, b"audit.seal")
}

/// What was done to a tenant's seal.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Seal {
    /// The halt that was last ended: since when it was, and whether what had been signed was given up.
    pub resumed: Option<(DateTime<Utc>, bool)>,
    /// The keys that it was noted of that they sign, in hexadecimal.
    pub keys: BTreeSet<String>,
}

impl Aggregate for Seal {
    const NAME: &'static str = "audit.seal";
    type Event = SealEvent;
    type Refusal = Refusal;

    fn evolve(&mut self, event: SealEvent) {
        match event {
            SealEvent::Resumed(it) => self.resumed = Some((it.halted_at, it.given_up.is_some())),
            SealEvent::KeyRotated(rotated) => {
                self.keys.insert(rotated.public_key);
            }
        }
    }
}
