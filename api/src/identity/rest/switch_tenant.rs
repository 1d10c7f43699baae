//! `POST /auth/switch-tenant`: go on in another tenant, with a new session.

use axum::http::StatusCode;
use axum::response::Response;
use daybook_domain::identity::session::{EndReason, Revoke};
use daybook_domain::identity::user::User as UserAccount;
use daybook_domain::kernel::{SessionId, TenantId, UserId};
use serde::Deserialize;

use super::Problem;
use super::asked::{Asked, Visit};
use super::reply::{Carrier, SignedIn};
use crate::access::{Presented, SignedIn as User};
use crate::door::{ACCESS_COOKIE, bearer, cookie};
use crate::identity::sign_in::{Opening, refused};

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(super) struct Input {
    /// The subdomain; null for none.
    tenant: Option<String>,
    /// Needed where the tenant asks for longer passwords than others: only its hash is kept, which
    /// does not tell how long it is.
    password: Option<String>,
}

pub(super) async fn switch_tenant(asked: Asked<Input>) -> Result<Response, Problem> {
    let Asked { visit, input } = asked;
    let (_, user) = visit.signed_in().await?;
    let User {
        user_id,
        session_id,
        since,
    } = user;
    let entrance = match &input.tenant {
        None => None,
        Some(subdomain) => Some(visit.api.entrance(user_id, subdomain, visit.peer).await?),
    };
    let authenticated_at = match (&entrance, &input.password) {
        (Some(entrance), Some(password)) => {
            prove(&visit, user_id, password).await?;
            entrance.require_length(password)?;
            visit.at
        }
        (Some(entrance), None) if entrance.asks_for_more() => return Err(password_needed()),
        (Some(_) | None, _) => since,
    };
    let user_agent = visit.user_agent();
    let opening = Opening {
        user_id,
        entrance: entrance.as_ref(),
        authenticated_at,
        user_agent: user_agent.as_deref(),
        address: visit.peer,
    };
    let context = visit.context((user_id, session_id));
    let tokens = visit.api.begin_session(opening, context).await?;
    // A revocation that came meanwhile did not know the new session.
    if !still_signed_in(&visit).await {
        revoke(&visit, tokens.session_id, user).await?;
        return Err(refused());
    }
    revoke(&visit, session_id, user).await?;
    let by_cookie = bearer(&visit.headers).is_none();
    let carrier = if by_cookie {
        Carrier::Cookies
    } else {
        Carrier::Body
    };
    Ok(SignedIn::reply(
        &tokens,
        None,
        entrance.as_ref(),
        (carrier, visit.at),
    ))
}

/// Passes who knows the password.
async fn prove(visit: &Visit, user_id: UserId, password: &str) -> Result<(), Problem> {
    let user = visit
        .api
        .store()
        .load::<UserAccount>(TenantId::PLATFORM, user_id);
    let user = user.await?.state;
    let account = user.active().map_err(|_| refused())?;
    if visit.knows_password(account, password).await? {
        return Ok(());
    }
    let text = "the password is wrong";
    Err(Problem::refused("CURRENT_PASSWORD_WRONG", text).about("password"))
}

fn password_needed() -> Problem {
    let text = "the tenant asks for longer passwords than others: send yours, too";
    Problem::new(StatusCode::FORBIDDEN, "PASSWORD_NEEDED", text).about("password")
}

/// Whether the old session is good, by the database.
async fn still_signed_in(visit: &Visit) -> bool {
    let secret = bearer(&visit.headers).or_else(|| cookie(&visit.headers, ACCESS_COOKIE));
    let presented = Presented {
        secret,
        peer: visit.peer,
        from_memory: false,
    };
    visit.api.authenticate(presented).await.is_ok()
}

async fn revoke(visit: &Visit, session_id: SessionId, user: User) -> Result<(), Problem> {
    let command = Revoke {
        reason: EndReason::TenantSwitched,
        at: visit.at,
    };
    visit
        .execute((user.user_id, user.session_id), session_id, command)
        .await?;
    Ok(())
}
