//! `POST /auth/logout`: end the session that a token is of. The answer is the same whether there
//! was one.

use axum::response::Response;
use daybook_domain::identity::session::{EndReason, Revoke, Session};
use daybook_domain::kernel::TenantId;
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
    for token in shown(&visit, input.refresh_token.as_deref())? {
        end(&visit, &token).await?;
    }
    Ok(signed_out())
}

/// The tokens a request names itself, and those that the browser adds.
fn shown(visit: &Visit, in_body: Option<&str>) -> Result<Vec<SecretToken>, Problem> {
    let named = [in_body, bearer(&visit.headers)];
    let cookies = [visit.cookie(REFRESH_COOKIE), visit.cookie(ACCESS_COOKIE)];
    let added: Result<Vec<_>, Problem> = cookies.into_iter().collect();
    let added = match added {
        // What it names it may end from anywhere; what the browser adds, it may not.
        Err(_) if named.iter().any(Option::is_some) => Vec::new(),
        added => added?,
    };
    let all = named.into_iter().chain(added).flatten();
    Ok(all.map(SecretToken::presented).collect())
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
        visit
            .execute((login.user_id, session_id), session_id, command)
            .await?;
    }
    Ok(())
}
