//! `POST /auth/update-password`: replace a password that is known.

use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use daybook_domain::identity::user::{ChangePassword, User};
use daybook_domain::kernel::TenantId;
use daybook_store::Refused;
use serde::Deserialize;

use super::Problem;
use super::asked::Asked;
use crate::access::SignedIn;
use crate::identity::password::Chosen;

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(super) struct Input {
    current_password: String,
    new_password: String,
}

pub(super) async fn update_password(asked: Asked<Input>) -> Result<Response, Problem> {
    let Asked { visit, input } = asked;
    let (_, signed_in) = visit.signed_in().await?;
    let SignedIn {
        user_id,
        session_id,
        ..
    } = signed_in;
    let store = visit.api.store();
    let user = store.load::<User>(TenantId::PLATFORM, user_id).await?;
    let account = user
        .state
        .active()
        .map_err(|refusal| Refused::of(&refusal))?;
    let email = account.email.as_str();
    let is_right = visit
        .knows_password(account, &input.current_password)
        .await?;
    let current_verified = is_right.then(|| account.password_hash.clone());
    if current_verified.is_none() {
        let text = "the current password is wrong";
        return Err(Problem::refused("CURRENT_PASSWORD_WRONG", text).about("currentPassword"));
    }
    let demands = visit.api.demands(user_id).await?;
    let names = demands.names.iter().map(String::as_str);
    let names: Vec<&str> = names.chain([account.name.as_str(), email]).collect();
    let chosen = Chosen {
        password: &input.new_password,
        field: "newPassword",
        min_chars: demands.min_chars,
        names: &names,
    };
    let password_hash = visit.api.hash_chosen(chosen).await?;
    let session = Some(session_id);
    // After the hashes, which take their time: a sign-in with the old password meanwhile ends, too.
    let at = visit.api.now();
    let command = ChangePassword {
        current_verified,
        password_hash,
        session,
        at,
    };
    let letter = visit.reader(account).password_changed();
    visit
        .execute_and_mail((user_id, session_id), (user_id, command), letter)
        .await?;
    tracing::info!(user = %user_id, "authn_password_change");
    Ok(StatusCode::NO_CONTENT.into_response())
}
