//! `POST /auth/reset-password/confirm`: choose a new password by means of a mail.

use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use daybook_domain::identity::user::{
    Account, RESET_TOKEN_SCOPE, RequestEmailVerification, ResetPassword, User, VerifyEmail,
};
use daybook_domain::kernel::{TenantId, UserId};
use serde::Deserialize;

use super::Problem;
use super::asked::{Asked, Visit};
use super::verify_email::invalid;
use crate::access::{SecretToken, digest_of};
use crate::identity::password::Chosen;

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(super) struct Input {
    token: String,
    password: String,
}

pub(super) async fn reset_password_confirm(asked: Asked<Input>) -> Result<Response, Problem> {
    let Asked { visit, input } = asked;
    let token = digest_of(&input.token);
    let store = visit.api.store();
    let holder = store
        .platform_claim(RESET_TOKEN_SCOPE, &token.to_string())
        .await?;
    let user_id = holder
        .map(|(_, user_id)| UserId(user_id))
        .ok_or_else(invalid)?;
    let user = store.load::<User>(TenantId::PLATFORM, user_id).await?;
    let account = user.state.active().map_err(|_| invalid())?;
    let demands = visit.api.demands(user_id).await?;
    let names = demands.names.iter().map(String::as_str);
    let own = [account.name.as_str(), account.email.as_str()];
    let names: Vec<&str> = names.chain(own).collect();
    let chosen = Chosen {
        password: &input.password,
        field: "password",
        min_chars: demands.min_chars,
        names: &names,
    };
    let password_hash = visit.api.hash_chosen(chosen).await?;
    // After the hash, which takes its time: a sign-in with the old password meanwhile ends, too.
    let command = ResetPassword {
        token,
        password_hash,
        at: visit.api.now(),
    };
    let letter = visit.reader(account).password_changed();
    visit
        .execute_and_mail(user_id, (user_id, command), letter)
        .await?;
    tracing::info!(user = %user_id, "authn_password_change");
    if account.email_verified_at.is_none() {
        verify(&visit, account).await?;
    }
    Ok(StatusCode::NO_CONTENT.into_response())
}

/// Whoever brought a token from the mailbox reads mail there.
async fn verify(visit: &Visit, account: &Account) -> Result<(), Problem> {
    let (user_id, at) = (account.user_id, visit.api.now());
    let token = SecretToken::mint()?.digest();
    let expires_at = at + chrono::TimeDelta::minutes(1);
    let request = RequestEmailVerification {
        token,
        expires_at,
        at,
    };
    visit.execute(user_id, user_id, request).await?;
    let proof = VerifyEmail { token, at };
    visit.execute(user_id, user_id, proof).await?;
    Ok(())
}
