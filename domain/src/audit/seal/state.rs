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
    /// The halt that was last ended.
    pub resumed: Option<Ended>,
    /// The keys that it was noted of that they sign, in hexadecimal.
    pub keys: BTreeSet<String>,
}

/// A halt that somebody ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Ended {
    /// Since when it was.
    pub halted_at: DateTime<Utc>,
    /// Whether what had been signed was given up.
    pub gave_up: bool,
}

impl Aggregate for Seal {
    const NAME: &'static str = "audit.seal";
    type Event = SealEvent;
    type Refusal = Refusal;

    fn evolve(&mut self, event: SealEvent) {
        match event {
            SealEvent::Resumed(resumed) => {
                self.resumed = Some(Ended {
                    halted_at: resumed.halted_at,
                    gave_up: resumed.given_up.is_some(),
                });
            }
            SealEvent::KeyRotated(rotated) => {
                self.keys.insert(rotated.public_key);
            }
        }
    }
}
