//! End all of one's sessions but this one.

use async_graphql::{Context, InputObject, Object, Result};
use daybook_domain::identity::session::{EndReason, Revoke};
use daybook_domain::kernel::{SessionId, TenantId};
use daybook_projections::identity::{SESSIONS, sessions};
use serde::Serialize;
use uuid::Uuid;

use super::payload::SessionsPayload;
use crate::fault::Fault;
use crate::graphql::{Call, CommandInput, Personal};

/// Ends all sessions but one.
#[derive(Debug, Default)]
pub(super) struct SessionsRevokeOthers;

/// The command.
#[derive(Debug, InputObject, Serialize)]
pub(super) struct SessionsRevokeOthersInput {
    /// The command's own id: sending it again has no further effect.
    #[serde(skip)]
    command_id: Uuid,
}

impl CommandInput for SessionsRevokeOthersInput {
    fn command_id(&self) -> Uuid {
        self.command_id
    }
}

#[Object]
impl SessionsRevokeOthers {
    /// Ends all of the caller's sessions but the one this request came through. Needs a signed-in
    /// user.
    async fn sessions_revoke_others(
        &self,
        ctx: &Context<'_>,
        input: SessionsRevokeOthersInput,
    ) -> Result<SessionsPayload> {
        let call = Personal::begin(ctx, "sessionsRevokeOthers", &input)?;
        let mut batch = call.batch_of_sessions();
        for session_id in others(&call).await? {
            let reason = EndReason::EndedByUser;
            let at = call.at();
            batch = batch.and(session_id, Revoke { reason, at });
        }
        SessionsPayload::of(&call, Call::outcome(batch.execute().await)?).await
    }
}

/// The caller's other sessions, with those that began a moment ago.
async fn others(call: &Personal<'_>) -> Result<Vec<SessionId>, Fault> {
    let api = &call.asking.api;
    let head = api.store().tail().head();
    let patience = api.options().patience;
    call.asking.settled(head, &[SESSIONS], patience).await?;
    let mut tx = api.store().tenant_tx(TenantId::PLATFORM).await?;
    let rows = sessions::live_of_user(&mut tx, call.user.user_id, call.at()).await?;
    tx.commit().await?;
    let ids = rows.into_iter().map(|row| row.id);
    Ok(ids.filter(|id| *id != call.user.session_id).collect())
}
