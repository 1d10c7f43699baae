//! Ask for an export of the history.

use async_graphql::{Context, InputObject, Object, Result, SimpleObject};
use daybook_domain::audit::export::{Place, Request};
use daybook_domain::kernel::ExportId;
use daybook_domain::tenancy::public::Permission;
use daybook_projections::audit::EXPORTS;
use daybook_store::HistoryFilter;
use serde::Serialize;
use uuid::Uuid;

use crate::access::Who;
use crate::audit::error::AuditUserError;
use crate::audit::export::{AuditExport, exports_by_ids};
use crate::audit::filter::AuditExportFilter;
use crate::fault::{Code, Fault};
use crate::graphql::{Call, CommandInput, Commit, step_up};

/// Asks for an export.
#[derive(Debug, Default)]
pub(super) struct AuditExportRequest;

/// Which events are wanted.
#[derive(Debug, InputObject, Serialize)]
pub(super) struct AuditExportInput {
    /// The command's own id: sending it again has no further effect.
    #[serde(skip)]
    command_id: Uuid,
    /// Which events; all when left out.
    filter: Option<AuditExportFilter>,
}

impl CommandInput for AuditExportInput {
    fn command_id(&self) -> Uuid {
        self.command_id
    }
}

/// What the mutation answers.
#[derive(Debug, Default, SimpleObject)]
pub(super) struct AuditExportPayload {
    /// The export; null when it was refused.
    export: Option<AuditExport>,
    /// Why it was refused; empty when it was not.
    user_errors: Vec<AuditUserError>,
    /// Where it stands in the log; null when it was refused.
    commit: Option<Commit>,
}

/// Whoever asks for one thing's history has its id right, or is told so: an empty archive would say
/// that nothing ever happened to it.
async fn must_be_there(call: &Call<'_>, stream_id: Uuid) -> Result<(), Fault> {
    let filter = HistoryFilter {
        stream_id: Some(stream_id),
        ..HistoryFilter::default()
    };
    let store = call.asking.api.store();
    let page = store.history(call.scope.tenant, 0, &filter, 1).await?;
    if page.events.is_empty() {
        let text = "nothing ever happened to a thing with the id in streamId";
        return Err(Fault::new(Code::BadUserInput, text));
    }
    Ok(())
}

#[Object]
impl AuditExportRequest {
    /// Asks for an archive of the tenant's history, of all of it or of what a filter wants. It is
    /// made in the background, and fetched from `archive.url` when `auditExport` says `READY`. That
    /// somebody asked is an event of the history. At most 5 at once. Needs `audit.read`, and of
    /// people a password given in the last 15 minutes.
    async fn audit_export(
        &self,
        ctx: &Context<'_>,
        input: AuditExportInput,
    ) -> Result<AuditExportPayload> {
        let call = Call::begin(ctx, "auditExport", Permission::AuditRead, &input)?;
        // An API key is the password of a program.
        if matches!(call.asking.caller.who, Who::User(_)) {
            step_up(call.asking)?;
        }
        let filter = input.filter.unwrap_or_default().read()?;
        if let Some(stream_id) = filter.stream_id {
            must_be_there(&call, stream_id).await?;
        }
        let id: ExportId = call.mint();
        let request = Request {
            by: call.asking.caller.actor().to_string(),
            filter,
            place: Place::Kept,
            at: call.at(),
        };
        let receipt = match call.create(id, request).await?.told()? {
            Ok(receipt) => receipt,
            Err(user_errors) => {
                return Ok(AuditExportPayload {
                    user_errors,
                    ..AuditExportPayload::default()
                });
            }
        };
        call.settled(&receipt, &[EXPORTS]).await?;
        Ok(AuditExportPayload {
            export: exports_by_ids(ctx, &[id], None).await?.into_iter().next(),
            commit: Some(Commit::from(&receipt)),
            ..AuditExportPayload::default()
        })
    }
}
