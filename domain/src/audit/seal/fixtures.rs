//! Seals for tests.
#![expect(
    clippy::missing_panics_doc,
    clippy::unwrap_used,
    reason = "what tests write here is valid"
)]

use super::events::{KeyRotated, Resumed, SealEvent};
use crate::crm::client::fixtures::at;

/// Sealing had stopped a day before.
pub fn halt() -> Resumed {
    Resumed {
        halted_at: "2024-02-29T08:00:00Z".parse().unwrap(),
        position: 7,
        finding: "it did not fit".to_owned(),
        given_up: None,
        at: at(),
    }
}

/// It went on.
pub fn resumed() -> SealEvent {
    SealEvent::Resumed(halt())
}

/// It went on, without what had been signed.
pub fn gave_up() -> SealEvent {
    SealEvent::Resumed(Resumed {
        given_up: Some("books.example/audit/x\n".to_owned()),
        ..halt()
    })
}

/// A new key, and a month of overlap.
pub fn rotation() -> KeyRotated {
    KeyRotated {
        public_key: "0f".repeat(32),
        others_until: Some("2024-03-31T09:30:00Z".parse().unwrap()),
        at: at(),
    }
}

/// The new key signs.
pub fn key_rotated() -> SealEvent {
    SealEvent::KeyRotated(rotation())
}
