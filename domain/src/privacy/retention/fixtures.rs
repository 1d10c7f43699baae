//! Terms for tests.

use super::events::{Cleared, RetentionEvent, RetentionSet};
use super::kind::RetentionKind;
use crate::crm::client::fixtures::at;

/// Archived clients are kept for so many days.
pub fn set(days: u32) -> RetentionEvent {
    RetentionEvent::Set(RetentionSet {
        kind: RetentionKind::ArchivedClients,
        days,
        at: at(),
    })
}

/// Archived clients are kept for ever.
pub fn cleared() -> RetentionEvent {
    RetentionEvent::Cleared(Cleared {
        kind: RetentionKind::ArchivedClients,
        at: at(),
    })
}
