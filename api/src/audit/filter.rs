//! Which events go into an export, and which exports a list shows?

use async_graphql::{ID, InputObject};
use chrono::{DateTime, Utc};
use daybook_domain::audit::export::FilterInput;
use daybook_projections::audit::exports::Filter;
use serde::Serialize;
use uuid::Uuid;

use super::export::AuditExportState;
use crate::fault::{Code, Fault};
use crate::graphql::{Position, converted};

/// Which events are wanted: those that meet every condition that is given. Without any the export
/// has all events, and proves that none is missing.
#[derive(Debug, Clone, Default, InputObject, Serialize)]
pub struct AuditExportFilter {
    /// From this position on.
    from: Option<Position>,
    /// Up to this position, which is in.
    to: Option<Position>,
    /// Of one of these types, at most 100: `crm.client.registered`, or with `*` for one part of the
    /// name, or as the last one for all the rest.
    types: Option<Vec<String>>,
    /// Only what happened to this thing.
    stream_id: Option<ID>,
    /// Recorded at this time or later.
    since: Option<DateTime<Utc>>,
    /// Recorded before this time.
    until: Option<DateTime<Utc>>,
    /// Only what this actor did: `user:…`, `api_key:…`, `system:…` or `anonymous`.
    actor: Option<String>,
}

impl AuditExportFilter {
    /// What the domain reads.
    ///
    /// # Errors
    /// `BAD_USER_INPUT` when the stream is no id.
    pub(super) fn read(&self) -> Result<FilterInput, Fault> {
        let stream_id = self.stream_id.as_ref().map(|id| {
            let uuid = id.rsplit('_').next().filter(|uuid| uuid.len() == 32);
            let uuid = uuid.and_then(|uuid| Uuid::try_parse(uuid).ok());
            let text = "streamId is the id of a thing, like \"client_…\"";
            uuid.ok_or_else(|| Fault::new(Code::BadUserInput, text))
        });
        Ok(FilterInput {
            from: self.from.map(|position| position.0),
            to: self.to.map(|position| position.0),
            types: self.types.clone().unwrap_or_default(),
            stream_id: stream_id.transpose()?,
            since: self.since,
            until: self.until,
            actor: self.actor.clone(),
        })
    }
}

/// Which exports are wanted.
#[derive(Debug, Clone, Default, InputObject)]
pub struct AuditExportsFilter {
    /// In one of these states; `RUNNING` is as `PENDING` here.
    state_in: Option<Vec<AuditExportState>>,
}

impl AuditExportsFilter {
    /// The read model's filter.
    ///
    /// # Errors
    /// `BAD_USER_INPUT` for a list that is too long.
    pub(super) fn read(self) -> Result<Filter, Fault> {
        Ok(Filter {
            states: converted(self.state_in)?,
        })
    }
}
