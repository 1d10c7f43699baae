//! How an export's row follows from its events.

use chrono::{DateTime, Utc};
use daybook_domain::audit::export::{Cause, ExportEvent, Filter};
use daybook_domain::kernel::ExportId;
use serde::{Deserialize, Serialize};

use crate::engine::{Envelope, Fault, ReadModel, existing};

/// What became of an export.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ExportState {
    /// It is to be made, or being made.
    Pending,
    /// The archive is there.
    Ready,
    /// There will be none.
    Failed,
    /// The archive is kept no longer.
    Expired,
}

/// An export, as it is now.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct ExportRow {
    /// Which export.
    pub id: ExportId,
    /// Who asked: `user:…`, `api_key:…`, `system:…`.
    pub requested_by: String,
    /// For which events.
    pub filter: Filter,
    /// What became of it.
    pub state: ExportState,
    /// When it was asked for.
    pub requested_at: DateTime<Utc>,
    /// When it was ready or failed; none before.
    pub ended_at: Option<DateTime<Utc>>,
    /// How many events are in the archive.
    pub event_count: Option<u64>,
    /// The size of the tree that they are proved against.
    pub tree_size: Option<u64>,
    /// Bytes of the archive.
    pub bytes: Option<u64>,
    /// The archive's SHA-256, in hexadecimal.
    pub sha256: Option<String>,
    /// Until when it is kept; none where it is not kept here.
    pub expires_at: Option<DateTime<Utc>>,
    /// Why there is none.
    pub cause: Option<Cause>,
    /// The first position that is not what was sealed, if that is why.
    pub failed_position: Option<u64>,
    /// Why there is none, in words.
    pub reason: Option<String>,
    /// The version of its stream.
    pub version: i64,
    /// The tenant's position at which it changed last.
    pub position: i64,
}

/// The read model of exports.
#[derive(Debug)]
pub enum Exports {}

impl ReadModel for Exports {
    type Event = ExportEvent;
    type Row = ExportRow;
    type Key = ExportId;
    const TABLE: &'static str = "audit_exports";
    const KEY: &'static [&'static str] = &["id"];

    fn key(row: &ExportRow) -> ExportId {
        row.id
    }

    fn keys(_: &ExportEvent, envelope: &Envelope) -> Vec<ExportId> {
        vec![ExportId(envelope.stream_id)]
    }

    fn apply(
        row: &mut Option<ExportRow>,
        id: &ExportId,
        event: &ExportEvent,
        envelope: &Envelope,
    ) -> Result<(), Fault> {
        match event {
            ExportEvent::Requested(requested) => {
                *row = Some(ExportRow {
                    id: *id,
                    requested_by: requested.by.clone(),
                    filter: requested.filter.clone(),
                    state: ExportState::Pending,
                    requested_at: requested.at,
                    ended_at: None,
                    event_count: None,
                    tree_size: None,
                    bytes: None,
                    sha256: None,
                    expires_at: None,
                    cause: None,
                    failed_position: None,
                    reason: None,
                    version: 0,
                    position: 0,
                });
            }
            ExportEvent::Completed(completed) => {
                let row = existing(row)?;
                row.state = ExportState::Ready;
                row.ended_at = Some(completed.at);
                row.event_count = Some(completed.count);
                row.tree_size = Some(completed.tree_size);
                row.bytes = Some(completed.bytes);
                row.sha256 = Some(completed.sha256.clone());
                row.expires_at = completed.expires_at;
            }
            ExportEvent::Failed(failed) => {
                let row = existing(row)?;
                row.state = ExportState::Failed;
                row.ended_at = Some(failed.at);
                row.cause = Some(failed.cause);
                row.failed_position = failed.position;
                row.reason = Some(failed.reason.clone());
            }
            ExportEvent::HandedOut(_) => {}
            ExportEvent::Expired(_) => existing(row)?.state = ExportState::Expired,
        }
        let row = existing(row)?;
        row.version = envelope.version;
        row.position = envelope.position;
        Ok(())
    }
}
