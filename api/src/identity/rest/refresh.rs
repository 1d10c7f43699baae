//! `POST /auth/refresh`: exchange a refresh token, from the body or the cookie, for the next pair.

use axum::response::Response;
use daybook_domain::identity::session::{Login, Session};
use daybook_domain::identity::user::User;
use daybook_domain::kernel::{TenantId, UserId};
use serde::Deserialize;

use super::Problem;
use super::asked::{Asked, Visit};
use super::reply::{Carrier, SignedIn};
use crate::access::SecretToken;
use crate::door::REFRESH_COOKIE;
use crate::identity::entrance::Entrance;
use crate::identity::sign_in::{Refreshed, refused};
use crate::post::Letter;

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(super) struct Input {
    refresh_token: Option<String>,
}

pub(super) async fn refresh(asked: Asked<Input>) -> Result<Response, Problem> {
    let Asked { visit, input } = asked;
    let (token, carrier) = match input.refresh_token {
        Some(token) => (token, Carrier::Body),
        None => {
            let cookie = visit.cookie(REFRESH_COOKIE)?.ok_or_else(refused)?;
            (cookie.to_owned(), Carrier::Cookies)
        }
    };
    let presented = SecretToken::presented(&token);
    let session_id = presented.session().ok_or_else(refused)?;
    let store = visit.api.store();
    // By the database: a rotation on another node may be younger than what is in memory here.
    let session = store
        .load_stored_now::<Session>(TenantId::PLATFORM, session_id)
        .await?;
    let login = session.state.live(visit.at).map_err(|_| refused())?;
    let digest = presented.digest();
    let is_good = login.refresh_token.matches(&digest)
        || session.state.successor_salt(&digest, visit.at).is_some();
    // Only who shows a good token learns what else stands in the way. It stays good then: a device
    // that comes from the wrong network has not lost its session.
    let entrance = if is_good {
        entrance(&visit, login).await?
    } else {
        None
    };
    let user_id = login.user_id;
    let context = visit.context((user_id, session_id));
    let warning = warning(&visit, user_id).await?;
    match visit
        .api
        .refresh_session(&presented, context, warning)
        .await?
    {
        Refreshed::Tokens(tokens) => {
            let at = (carrier, visit.at);
            Ok(SignedIn::reply(&tokens, None, entrance.as_ref(), at))
        }
        Refreshed::Reused => {
            tracing::warn!(user = %user_id, session = %session_id, "authn_token_reuse");
            metrics::counter!("daybook_token_reuse_total").increment(1);
            Err(refused())
        }
    }
}

/// Where the session acts, if its user still may.
async fn entrance(visit: &Visit, login: &Login) -> Result<Option<Entrance>, Problem> {
    let user = visit
        .api
        .store()
        .load::<User>(TenantId::PLATFORM, login.user_id)
        .await?;
    if !user.state.admits(login.session_id, login.started_at) {
        return Err(refused());
    }
    match login.place {
        None => Ok(None),
        Some(place) => Ok(Some(
            visit
                .api
                .entrance_at(place, login.user_id, visit.peer)
                .await?,
        )),
    }
}

/// What the session's owner reads when it was used twice.
async fn warning(visit: &Visit, user_id: UserId) -> Result<Option<Letter>, Problem> {
    let user = visit
        .api
        .store()
        .load::<User>(TenantId::PLATFORM, user_id)
        .await?;
    let account = user.state.account();
    Ok(account.map(|account| visit.reader(account).session_stolen()))
}
