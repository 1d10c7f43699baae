//! An export of the history, and what became of it.

use std::collections::HashMap;

use async_graphql::{Context, Enum, ID, SimpleObject};
use chrono::{DateTime, Utc};
use daybook_domain::audit::export::Cause;
use daybook_domain::kernel::ExportId;
use daybook_domain::tenancy::public::Permission;
use daybook_projections::audit::EXPORTS;
use daybook_projections::audit::exports::{self, ExportRow, ExportState};
use daybook_store::{AsOf, ExportProgress};

use crate::access::Scope;
use crate::fault::Fault;
use crate::graphql::{Asking, Json, Position, encode_id};

/// How far an export is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Enum)]
pub enum AuditExportState {
    /// It waits for its turn: of a tenant, one at a time is made.
    Pending,
    /// It is being made.
    Running,
    /// The archive is there.
    Ready,
    /// There is no archive, and will be none.
    Failed,
    /// The archive is kept no longer.
    Expired,
}

impl From<AuditExportState> for ExportState {
    fn from(state: AuditExportState) -> Self {
        match state {
            AuditExportState::Pending | AuditExportState::Running => Self::Pending,
            AuditExportState::Ready => Self::Ready,
            AuditExportState::Failed => Self::Failed,
            AuditExportState::Expired => Self::Expired,
        }
    }
}

/// Why an export failed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Enum)]
#[graphql(remote = "Cause")]
pub enum AuditExportCause {
    /// An event is not what was sealed: somebody changed the database.
    Altered,
    /// The events were not sealed in time, or sealing has stopped.
    NotSealed,
    /// There was no room for it.
    DiskFull,
    /// It was given up after several attempts.
    GivenUp,
}

/// Why there is no archive.
#[derive(Debug, Clone, SimpleObject)]
pub(super) struct AuditExportFailure {
    /// Why.
    cause: AuditExportCause,
    /// The first position that is not what was sealed there; null when that is not why.
    position: Option<Position>,
    /// The same in words.
    reason: String,
}

/// How far an export is that is being made.
#[derive(Debug, Clone, Copy, SimpleObject)]
pub(super) struct AuditExportProgress {
    /// Events that were read and held against the seal.
    read: i64,
    /// Events in the range; 0 until it is known.
    total: i64,
    /// Events taken into the archive.
    events: i64,
}

/// What was made, also when it is kept no longer.
#[derive(Debug, Clone, SimpleObject)]
pub(super) struct AuditArchive {
    /// How many events are in it.
    count: i64,
    /// The size of the sealed tree that they are proved against.
    tree_size: i64,
    /// Bytes, as a decimal number: there may be more than an Int holds.
    bytes: String,
    /// Its SHA-256, in hexadecimal.
    sha256: String,
    /// Where to fetch it, with the same credentials, in parts if need be; null when it is not kept
    /// here, or no longer, and for the past.
    url: Option<String>,
    /// Until when it is kept; null where it is not kept here.
    expires_at: Option<DateTime<Utc>>,
}

/// An export of the tenant's history: an archive that anybody can check without us.
#[derive(Debug, Clone, SimpleObject)]
pub struct AuditExport {
    /// Its id.
    pub(crate) id: ID,
    /// How far it is.
    state: AuditExportState,
    /// Who asked for it: `user:…`, `api_key:…` or `system:…`.
    requested_by: String,
    /// When.
    requested_at: DateTime<Utc>,
    /// For which events; an empty object for all.
    filter: Json,
    /// How far it is; null when it has ended, and for the past.
    progress: Option<AuditExportProgress>,
    /// When it was ready or failed; null before.
    ended_at: Option<DateTime<Utc>>,
    /// What was made; null where nothing was.
    archive: Option<AuditArchive>,
    /// Why nothing was made; null where that is not so.
    failure: Option<AuditExportFailure>,
    /// Its version, for `expectedVersion`.
    version: i64,
    /// The position at which it changed last.
    position: Position,
}

/// What exports are shown with.
struct Showing<'s> {
    asking: &'s Asking,
    scope: &'s Scope,
    /// As of when; none for now.
    moment: Option<AsOf>,
    progress: HashMap<ExportId, ExportProgress>,
}

impl Showing<'_> {
    fn export(&self, row: ExportRow) -> AuditExport {
        let progress = self.progress.get(&row.id);
        let shown = progress.map(|it| AuditExportProgress {
            read: it.read,
            total: it.total,
            events: it.events,
        });
        let failure = row.cause.map(|cause| AuditExportFailure {
            cause: cause.into(),
            position: row.failed_position.map(|at| Position(whole(at))),
            reason: row.reason.clone().unwrap_or_default(),
        });
        let state = self.state(&row, progress);
        AuditExport {
            id: encode_id(row.id),
            state,
            archive: self.archive(&row, state),
            requested_by: row.requested_by,
            requested_at: row.requested_at,
            // A filter is an object of texts and numbers.
            filter: Json(serde_json::to_value(&row.filter).unwrap_or_default()),
            progress: shown.filter(|_| row.state == ExportState::Pending),
            ended_at: row.ended_at,
            failure,
            version: row.version,
            position: Position(row.position),
        }
    }

    fn state(&self, row: &ExportRow, progress: Option<&ExportProgress>) -> AuditExportState {
        let then = self.moment.and_then(|moment| moment.recorded_at);
        let now = then.unwrap_or(self.asking.at);
        let is_over = row.expires_at.is_some_and(|at| at <= now);
        match row.state {
            ExportState::Pending if progress.is_some_and(|it| it.running) => {
                AuditExportState::Running
            }
            ExportState::Pending => AuditExportState::Pending,
            // It is swept up in a while.
            ExportState::Ready if is_over => AuditExportState::Expired,
            ExportState::Ready => AuditExportState::Ready,
            ExportState::Failed => AuditExportState::Failed,
            ExportState::Expired => AuditExportState::Expired,
        }
    }

    fn archive(&self, row: &ExportRow, state: AuditExportState) -> Option<AuditArchive> {
        let is_ready = state == AuditExportState::Ready && self.moment.is_none();
        let is_kept = is_ready && row.expires_at.is_some();
        let url = || {
            let (base, tenant) = (&self.asking.api.options().public_url, self.scope.tenant);
            format!(
                "{base}/audit/{tenant}/exports/{}",
                encode_id(row.id).as_str()
            )
        };
        Some(AuditArchive {
            count: whole(row.event_count?),
            tree_size: whole(row.tree_size?),
            bytes: row.bytes?.to_string(),
            sha256: row.sha256.clone()?,
            url: is_kept.then(url),
            expires_at: row.expires_at,
        })
    }
}

/// Rows as clients see them, with how far those are that are being made, unless they are shown as of
/// a moment of the past: nobody knows how far they were then.
///
/// # Errors
/// The database is away.
pub(super) async fn shown(
    (asking, scope): (&Asking, &Scope),
    rows: &[ExportRow],
    moment: Option<AsOf>,
) -> Result<Vec<AuditExport>, Fault> {
    let is_open = |row: &&ExportRow| row.state == ExportState::Pending && moment.is_none();
    let open = rows.iter().filter(is_open);
    let open: Vec<ExportId> = open.map(|row| row.id).collect();
    let progress = if open.is_empty() {
        Vec::new()
    } else {
        let exports = asking.api.store().exports();
        exports.progress(scope.tenant, &open).await?
    };
    let showing = Showing {
        asking,
        scope,
        moment,
        progress: progress.into_iter().collect(),
    };
    Ok(rows.iter().map(|row| showing.export(row.clone())).collect())
}

/// The exports with these ids, as of a moment or now, in no order; none for who may not see them,
/// as if they were not there.
///
/// # Errors
/// The read model is not fresh enough in time, or the database is away.
pub async fn exports_by_ids(
    ctx: &Context<'_>,
    ids: &[ExportId],
    moment: Option<AsOf>,
) -> Result<Vec<AuditExport>, Fault> {
    if ids.is_empty() {
        return Ok(Vec::new());
    }
    let Ok((asking, scope)) = Asking::permitted(ctx, Permission::AuditRead) else {
        return Ok(Vec::new());
    };
    let mut tx = asking.look(scope, &[EXPORTS], moment).await?;
    let rows = exports::by_ids(&mut tx, ids).await?;
    tx.commit().await?;
    shown((asking, scope), &rows, moment).await
}

/// There are fewer events than that.
fn whole(number: u64) -> i64 {
    i64::try_from(number).unwrap_or(i64::MAX)
}
