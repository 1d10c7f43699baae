//! `POST /auth/verify-email`: bring the token of a verification mail back.

use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use daybook_domain::identity::user::{VERIFICATION_TOKEN_SCOPE, VerifyEmail};
use daybook_domain::kernel::UserId;
use serde::Deserialize;

use super::Problem;
use super::asked::Asked;
use crate::access::digest_of;

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(super) struct Input {
    token: String,
}

pub(super) async fn verify_email(asked: Asked<Input>) -> Result<Response, Problem> {
    let Asked { visit, input } = asked;
    let token = digest_of(&input.token);
    let store = visit.api.store();
    let holder = store
        .platform_claim(VERIFICATION_TOKEN_SCOPE, &token.to_string())
        .await?;
    let user_id = holder
        .map(|(_, user_id)| UserId(user_id))
        .ok_or_else(invalid)?;
    let command = VerifyEmail {
        token,
        at: visit.at,
    };
    // Whoever holds the token is the user.
    visit.execute(user_id, user_id, command).await?;
    Ok(StatusCode::NO_CONTENT.into_response())
}

/// As the domain says it of a token that it knows no longer.
pub(super) fn invalid() -> Problem {
    Problem::refused(
        "TOKEN_INVALID",
        "the token is not valid: ask for a new mail",
    )
    .about("token")
}
