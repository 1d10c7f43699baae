//! `POST /auth/reset-password`: ask for a mail with which to choose a new password.

use axum::response::Response;
use chrono::TimeDelta;
use daybook_domain::identity::user::{Account, RESET_MINUTES, RequestPasswordReset};
use daybook_store::Actor;
use serde::Deserialize;

use super::Problem;
use super::asked::{Asked, Visit};
use super::reply::look_at_your_mail;
use crate::access::{Pace, SecretToken};
use crate::api::Cause;
use crate::identity::letters::Reader;
use crate::post::Letter;

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(super) struct Input {
    email: String,
}

pub(super) async fn reset_password(asked: Asked<Input>) -> Result<Response, Problem> {
    let Asked { visit, input } = asked;
    let pace = Pace::begin();
    let user = visit.user_by_email(&input.email).await?;
    if let Some(account) = user.as_ref().and_then(|user| user.active().ok()) {
        send_reset(&visit, account, |reader, token| reader.reset(token)).await?;
    }
    pace.even_out().await;
    Ok(look_at_your_mail())
}

/// Makes a new reset token good and mails it in the letter that `compose` writes.
pub(super) async fn send_reset(
    visit: &Visit,
    account: &Account,
    compose: fn(Reader<'_>, &SecretToken) -> Letter,
) -> Result<(), Problem> {
    if !visit.api.may_mail(Cause::Reset, account.email.as_str()) {
        return Ok(());
    }
    let token = SecretToken::mint()?;
    let command = RequestPasswordReset {
        token: token.digest(),
        expires_at: visit.at + TimeDelta::minutes(RESET_MINUTES),
        at: visit.at,
    };
    let letter = compose(visit.reader(account), &token);
    let acting = (Actor::Anonymous, account.user_id);
    visit
        .execute_and_mail(acting, (account.user_id, command), letter)
        .await?;
    Ok(())
}
