//! `POST /auth/verify-email/resend`: ask for another verification mail.

use axum::response::Response;
use chrono::TimeDelta;
use daybook_domain::identity::user::{Account, RequestEmailVerification, VERIFICATION_HOURS};
use daybook_store::Actor;
use serde::Deserialize;

use super::Problem;
use super::asked::{Asked, Visit};
use super::reply::look_at_your_mail;
use crate::access::{Pace, SecretToken};
use crate::api::Cause;

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(super) struct Input {
    email: String,
}

pub(super) async fn resend_verification(asked: Asked<Input>) -> Result<Response, Problem> {
    let Asked { visit, input } = asked;
    let pace = Pace::begin();
    let user = visit.user_by_email(&input.email).await?;
    let account = user.as_ref().and_then(|user| user.active().ok());
    if let Some(account) = account.filter(|account| account.email_verified_at.is_none()) {
        send(&visit, account).await?;
    }
    pace.even_out().await;
    Ok(look_at_your_mail())
}

async fn send(visit: &Visit, account: &Account) -> Result<(), Problem> {
    if !visit
        .api
        .may_mail(Cause::Verification, account.email.as_str())
    {
        return Ok(());
    }
    let token = SecretToken::mint()?;
    let command = RequestEmailVerification {
        token: token.digest(),
        expires_at: visit.at + TimeDelta::hours(VERIFICATION_HOURS),
        at: visit.at,
    };
    let letter = visit.reader(account).verify(&token);
    let acting = (Actor::Anonymous, account.user_id);
    visit
        .execute_and_mail(acting, (account.user_id, command), letter)
        .await?;
    Ok(())
}
