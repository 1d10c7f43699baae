//! Exports for tests.
#![expect(
    clippy::missing_panics_doc,
    clippy::unwrap_used,
    reason = "what tests write here is valid"
)]

use chrono::{DateTime, Utc};

use super::events::{Cause, Completed, Expired, ExportEvent, Failed, HandedOut, Place, Requested};
use super::filter::Filter;
use crate::crm::client::fixtures::at;

/// A week later.
pub fn expiry() -> DateTime<Utc> {
    "2024-03-08T09:30:00Z".parse().unwrap()
}

/// Somebody asked for everything.
pub fn requested() -> ExportEvent {
    requested_of(Filter::default())
}

/// Somebody asked for these.
pub fn requested_of(filter: Filter) -> ExportEvent {
    ExportEvent::Requested(Requested {
        by: "anonymous".to_owned(),
        filter,
        place: Place::Kept,
        at: at(),
    })
}

/// The operator makes one of everything.
pub fn requested_elsewhere() -> ExportEvent {
    ExportEvent::Requested(Requested {
        by: "anonymous".to_owned(),
        filter: Filter::default(),
        place: Place::File,
        at: at(),
    })
}

/// The archive is there, for a week.
pub fn completed() -> ExportEvent {
    ExportEvent::Completed(archive(Some(expiry())))
}

/// The archive is where the operator wanted it.
pub fn completed_elsewhere() -> ExportEvent {
    ExportEvent::Completed(archive(None))
}

/// What an archive is.
pub fn archive(expires_at: Option<DateTime<Utc>>) -> Completed {
    Completed {
        count: 7,
        tree_size: 9,
        bytes: 4_096,
        sha256: "0f".repeat(32),
        expires_at,
        at: at(),
    }
}

/// There is no archive.
pub fn failed(cause: Cause, position: Option<u64>) -> ExportEvent {
    ExportEvent::Failed(Failed {
        cause,
        position,
        reason: "it was so".to_owned(),
        at: at(),
    })
}

/// Somebody fetched it.
pub fn handed_out(to: &str) -> ExportEvent {
    ExportEvent::HandedOut(HandedOut {
        to: to.to_owned(),
        at: at(),
    })
}

/// The archive is gone.
pub fn expired() -> ExportEvent {
    ExportEvent::Expired(Expired { at: at() })
}
