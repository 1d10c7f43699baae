//! `POST /auth/update-password`: replace a password that is known.

use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use daybook_domain::identity::user::{ChangePassword, User};
use daybook_domain::kernel::TenantId;
use daybook_domain::tenancy::tenant::Tenant;
use daybook_store::{Actor, Refused};
use serde::Deserialize;

use super::Problem;
use super::asked::{Asked, Visit};
use crate::access::{Caller, SignedIn};
use crate::identity::password::Chosen;

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(super) struct Input {
    current_password: String,
    new_password: String,
}

pub(super) async fn update_password(asked: Asked<Input>) -> Result<Response, Problem> {
    let Asked { visit, input } = asked;
    let (authenticated, signed_in) = visit.signed_in().await?;
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
    let guess = visit
        .api
        .backoff()
        .guess(email, visit.peer)
        .map_err(Problem::too_often)?;
    let kept = &account.password_hash;
    let is_right = visit
        .api
        .passwords()
        .verify(&input.current_password, Some(kept))
        .await?;
    if is_right {
        guess.was_right();
    }
    let current_verified = is_right.then(|| kept.clone());
    if current_verified.is_none() {
        let text = "the current password is wrong";
        return Err(Problem::refused("CURRENT_PASSWORD_WRONG", text).about("currentPassword"));
    }
    let (min_chars, tenant_name) = tenant_of(&visit, &authenticated.caller).await?;
    let chosen = Chosen {
        password: &input.new_password,
        field: "newPassword",
        min_chars,
        names: &[&account.name, email, &tenant_name],
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
    let context = visit.context(Actor::User(user_id));
    store
        .execute(TenantId::PLATFORM, user_id, command, context)
        .await?;
    tracing::info!(user = %user_id, "authn_password_change");
    let letter = visit.reader(account).password_changed();
    visit.api.post(TenantId::PLATFORM, letter).await?;
    Ok(StatusCode::NO_CONTENT.into_response())
}

/// The fewest characters the caller's tenant asks for, and its names.
async fn tenant_of(visit: &Visit, caller: &Caller) -> Result<(u32, String), Problem> {
    let Some(scope) = &caller.scope else {
        return Ok((0, String::new()));
    };
    let tenant = visit
        .api
        .store()
        .load::<Tenant>(scope.tenant, scope.tenant)
        .await?;
    let profile = tenant.state.profile();
    Ok(profile.map_or_else(Default::default, |profile| {
        let names = format!("{} {}", profile.name, profile.subdomain);
        (profile.security.password_min_length, names)
    }))
}
