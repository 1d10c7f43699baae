//! `POST /auth/login`: from a password to tokens.

use axum::http::StatusCode;
use axum::response::Response;
use daybook_domain::identity::password::MAX_BYTES;
use daybook_domain::identity::session::Place;
use daybook_domain::identity::user::{Account, UpgradePasswordHash};
use daybook_projections::tenancy::memberships::MembershipRow;
use daybook_projections::tenancy::tenant::Status;
use daybook_store::Actor;
use serde::Deserialize;

use super::Problem;
use super::asked::{Asked, Visit};
use super::reply::{Carrier, Introduction, SignedIn};
use crate::access::{Pace, PasswordHasher};
use crate::identity::entrance::Entrance;
use crate::identity::sign_in::Opening;

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(super) struct Input {
    email: String,
    password: String,
    /// The subdomain of the tenant to act in; none takes the only one there is.
    tenant: Option<String>,
    /// Whether tokens come as cookies.
    #[serde(default)]
    cookies: bool,
}

pub(super) async fn login(asked: Asked<Input>) -> Result<Response, Problem> {
    let Asked { visit, input } = asked;
    let carrier = if input.cookies {
        Carrier::Cookies
    } else {
        Carrier::Body
    };
    if carrier == Carrier::Cookies {
        // Else another page could sign a visitor in to an account of its own.
        visit.require_same_site()?;
    }
    let account = prove(&visit, &input).await?;
    if account.email_verified_at.is_none() {
        let text = "the e-mail address is not verified yet; ask for another mail if none came";
        return Err(Problem::new(
            StatusCode::FORBIDDEN,
            "EMAIL_NOT_VERIFIED",
            text,
        ));
    }
    let (entrance, choices) = enter(&visit, &account, &input).await?;
    upgrade(&visit, &account, &input.password).await?;
    let user_agent = visit.user_agent();
    let opening = Opening {
        user_id: account.user_id,
        entrance: entrance.as_ref(),
        authenticated_at: visit.at,
        user_agent: user_agent.as_deref(),
        address: visit.peer,
    };
    let context = visit.context(account.user_id);
    let tokens = visit.api.begin_session(opening, context).await?;
    tracing::info!(user = %account.user_id, session = %tokens.session_id, "authn_login_success");
    let introduction = Introduction {
        account: &account,
        choices: &choices,
    };
    let at = (carrier, visit.at);
    let entrance = entrance.as_ref();
    Ok(SignedIn::reply(&tokens, Some(introduction), entrance, at))
}

/// Where to act: in the tenant that is named, else in the only one there is. Where there are
/// several, or the only one does not let them in now, in none; then those come along that can be
/// chosen by name, which tells what stands in the way.
async fn enter(
    visit: &Visit,
    account: &Account,
    input: &Input,
) -> Result<(Option<Entrance>, Vec<MembershipRow>), Problem> {
    let (api, user_id) = (&visit.api, account.user_id);
    if let Some(subdomain) = &input.tenant {
        let entrance = api.entrance(user_id, subdomain, visit.peer).await?;
        entrance.require_length(&input.password)?;
        return Ok((Some(entrance), Vec::new()));
    }
    let mut choices = api.places(user_id).await?;
    choices.retain(|place| place.tenant_status != Status::Closed);
    let [only] = choices.as_slice() else {
        return Ok((None, choices));
    };
    let place = Place {
        tenant_id: only.tenant,
        member_id: only.member_id,
    };
    match api.entrance_at(place, user_id, visit.peer).await {
        Ok(entrance) if entrance.require_length(&input.password).is_ok() => {
            Ok((Some(entrance), Vec::new()))
        }
        Err(problem) if !problem.is_forbidden() => Err(problem),
        Ok(_) | Err(_) => Ok((None, choices)),
    }
}

/// The account whose password was given.
///
/// An unknown user costs the same hash and gets the same answer as a wrong password.
async fn prove(visit: &Visit, input: &Input) -> Result<Account, Problem> {
    if input.password.len() > MAX_BYTES {
        let text = format!("a password has at most {MAX_BYTES} bytes");
        return Err(Problem::refused("PASSWORD_TOO_LONG", text).about("password"));
    }
    let guess = visit
        .api
        .backoff()
        .guess(&input.email, visit.peer)
        .map_err(|wait| {
            tracing::warn!(peer = ?visit.peer, "authn_login_throttled");
            Problem::too_often(wait)
        })?;
    let pace = Pace::begin();
    let user = visit.user_by_email(&input.email).await?;
    let account = user.as_ref().and_then(|user| user.active().ok());
    let kept = account.map(|account| &account.password_hash);
    if !visit.api.passwords().verify(&input.password, kept).await? {
        tracing::warn!(peer = ?visit.peer, "authn_login_fail");
        // The hash takes the same time for everybody; loading an account that is there does not.
        pace.even_out().await;
        return Err(wrong());
    }
    guess.was_right();
    account.cloned().ok_or_else(wrong)
}

fn wrong() -> Problem {
    let text = "the e-mail address or the password is wrong";
    Problem::new(StatusCode::UNAUTHORIZED, "INVALID_CREDENTIALS", text)
}

/// Keeps the password under today's parameters.
async fn upgrade(visit: &Visit, account: &Account, password: &str) -> Result<(), Problem> {
    if !PasswordHasher::is_outdated(&account.password_hash) {
        return Ok(());
    }
    let command = UpgradePasswordHash {
        verified: account.password_hash.clone(),
        password_hash: visit.api.passwords().hash(password).await?,
        at: visit.at,
    };
    let acting = (Actor::System("sign-in"), account.user_id);
    visit.execute(acting, account.user_id, command).await?;
    Ok(())
}
