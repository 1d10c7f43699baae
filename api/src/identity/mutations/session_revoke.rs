//! End one of one's sessions.

use async_graphql::{Context, ID, InputObject, Object, Result};
use daybook_domain::identity::session::{self, EndReason, Revoke, Session};
use daybook_domain::kernel::{SessionId, TenantId};
use daybook_store::Refused;
use serde::Serialize;
use uuid::Uuid;

use super::payload::SessionsPayload;
use crate::fault::Fault;
use crate::graphql::{CommandInput, Outcome, Personal, decode_id};

/// Ends a session.
#[derive(Debug, Default)]
pub(super) struct SessionRevoke;

/// Which session.
#[derive(Debug, InputObject, Serialize)]
pub(super) struct SessionRevokeInput {
    /// The command's own id: sending it again has no further effect.
    #[serde(skip)]
    command_id: Uuid,
    /// The session, one of the caller's.
    session_id: ID,
}

impl CommandInput for SessionRevokeInput {
    fn command_id(&self) -> Uuid {
        self.command_id
    }
}

#[Object]
impl SessionRevoke {
    /// Ends one of the caller's sessions: its tokens open nothing from the next request on. Needs
    /// a signed-in user.
    async fn session_revoke(
        &self,
        ctx: &Context<'_>,
        input: SessionRevokeInput,
    ) -> Result<SessionsPayload> {
        let call = Personal::begin(ctx, "sessionRevoke", &input)?;
        let session_id: SessionId = decode_id(&input.session_id)?;
        let store = call.asking.api.store();
        let session = store.load::<Session>(TenantId::PLATFORM, session_id).await;
        let owner = match session.map_err(Fault::from)?.state.as_ref() {
            Session::Unknown => None,
            Session::Live(login) => Some(login.user_id),
            Session::Ended(ended) => Some(ended.user_id),
        };
        // Another's session is one that does not exist.
        let outcome = if owner == Some(call.user.user_id) {
            let reason = EndReason::EndedByUser;
            let at = call.at();
            call.execute(session_id, Revoke { reason, at }).await?
        } else {
            Outcome::Refused(Refused::of(&session::Refusal::Unknown))
        };
        SessionsPayload::of(&call, outcome).await
    }
}
