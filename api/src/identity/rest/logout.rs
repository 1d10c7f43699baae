//! `POST /auth/logout`: end the session that a token is of. The answer is the same whether there
//! was one.

use axum::response::Response;
use daybook_domain::identity::session::{EndReason, Revoke, Session};
use daybook_domain::kernel::TenantId;
use daybook_store::Actor;
use serde::Deserialize;

use super::Problem;
use super::asked::{Asked, Visit};
use super::reply::signed_out;
use crate::access::SecretToken;
use crate::door::{ACCESS_COOKIE, REFRESH_COOKIE, bearer};

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(super) struct Input {
    /// Instead of an access token, which may have expired.
    refresh_token: Option<String>,
}

pub(super) async fn logout(asked: Asked<Input>) -> Result<Response, Problem> {
    let Asked { visit, input } = asked;
    let shown = [
        input.refresh_token.as_deref(),
        bearer(&visit.headers),
        visit.cookie(REFRESH_COOKIE)?,
        visit.cookie(ACCESS_COOKIE)?,
    ];
    for token in shown.into_iter().flatten() {
        end(&visit, &SecretToken::presented(token)).await?;
    }
    Ok(signed_out())
}

/// Ends the session if the token is one of its good ones.
async fn end(visit: &Visit, token: &SecretToken) -> Result<(), Problem> {
    let Some(session_id) = token.session() else {
        return Ok(());
    };
    let store = visit.api.store();
    let session = store
        .load::<Session>(TenantId::PLATFORM, session_id)
        .await?;
    let Ok(login) = session.state.live(visit.at) else {
        return Ok(());
    };
    let digest = token.digest();
    let is_good = login.refresh_token.matches(&digest)
        || session.state.successor_salt(&digest, visit.at).is_some()
        || session.state.access(&digest, visit.at).is_some();
    if is_good {
        let command = Revoke {
            reason: EndReason::SignedOut,
            at: visit.at,
        };
        let context = visit.context(Actor::User(login.user_id));
        store
            .execute(TenantId::PLATFORM, session_id, command, context)
            .await?;
    }
    Ok(())
}
