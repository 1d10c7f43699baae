//! What happened to a seal.

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

use crate::kernel::Event;

/// The facts of a seal.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub enum SealEvent {
    /// Sealing had stopped, and an operator had it go on.
    #[serde(rename = "audit.seal.resumed")]
    Resumed(Resumed),
    /// Another key signs.
    #[serde(rename = "audit.seal.key_rotated")]
    KeyRotated(KeyRotated),
}

/// Payload of `audit.seal.resumed`. Who and why is in the event's request.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Resumed {
    /// Since when it had stopped.
    pub halted_at: DateTime<Utc>,
    /// The first position that was not sealed.
    pub position: u64,
    /// What had not fitted.
    pub finding: String,
    /// The signed checkpoint that the history does not continue and that no longer counts, whole, so
    /// that anybody can verify what had been signed; absent where none was given up, empty where what
    /// was kept of it was no checkpoint any more.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub given_up: Option<String>,
    /// When.
    pub at: DateTime<Utc>,
}

/// Payload of `audit.seal.key_rotated`. Who and why is in the event's request.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct KeyRotated {
    /// The new key: the 32 bytes of an Ed25519 public key, in hexadecimal.
    pub public_key: String,
    /// Until when the keys before it sign beside it, at most; absent for ever.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub others_until: Option<DateTime<Utc>>,
    /// When it was made.
    pub at: DateTime<Utc>,
}

impl Event for SealEvent {}

#[cfg(test)]
mod tests {
    use super::super::fixtures::{gave_up, key_rotated, resumed};
    use crate::kernel::testing::stored_as;

    #[test]
    fn stored_forms_are_frozen() {
        let at = r#""at":"2024-03-01T09:30:00Z""#;
        let halt = r#""haltedAt":"2024-02-29T08:00:00Z","position":7,"finding":"it did not fit""#;
        stored_as(
            &resumed(),
            "audit.seal.resumed",
            &format!("{{{halt},{at}}}"),
        );
        stored_as(
            &gave_up(),
            "audit.seal.resumed",
            &format!("{{{halt},\"givenUp\":\"books.example/audit/x\\n\",{at}}}"),
        );
        let key = "0f".repeat(32);
        stored_as(
            &key_rotated(),
            "audit.seal.key_rotated",
            &format!("{{\"publicKey\":\"{key}\",\"othersUntil\":\"2024-03-31T09:30:00Z\",{at}}}"),
        );
    }
}
