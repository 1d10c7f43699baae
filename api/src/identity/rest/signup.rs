//! `POST /auth/signup`: open an account. The answer is the same whether the address has one or not;
//! a mail says which.

use axum::response::Response;
use chrono::TimeDelta;
use daybook_domain::identity::password::PasswordHash;
use daybook_domain::identity::user::{EMAIL_SCOPE, SignUp, User, VERIFICATION_HOURS};
use daybook_domain::kernel::{Command, Email, TenantId, UserId};
use daybook_store::{Actor, ExecuteError, Refused};
use serde::Deserialize;

use super::Problem;
use super::asked::{Asked, Visit};
use super::reply::look_at_your_mail;
use super::reset_password::send_reset;
use crate::access::{Pace, SecretToken};
use crate::api::Cause;
use crate::identity::letters::Reader;
use crate::identity::password::Chosen;

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(super) struct Input {
    email: String,
    password: String,
    name: String,
}

pub(super) async fn signup(asked: Asked<Input>) -> Result<Response, Problem> {
    let Asked { visit, input } = asked;
    let pace = Pace::begin();
    let email = Email::parse("email", &input.email)
        .map_err(|error| Problem::refused(error.code(), error.to_string()).about(error.field()))?;
    let chosen = Chosen {
        password: &input.password,
        field: "password",
        min_chars: 0,
        names: &[&input.name, &input.email],
    };
    let hash = visit.api.hash_chosen(chosen).await?;
    let token = SecretToken::mint()?;
    let command = command(&visit, &input, (hash, &token));
    // What is wrong with the input is told whether the address has an account or not.
    command
        .decide(&User::default())
        .map_err(|refusal| Problem::from(Refused::of(&refusal)))?;
    match visit
        .api
        .store()
        .platform_claim(EMAIL_SCOPE, &email.compared())
        .await?
    {
        Some((_, user_id)) => told(&visit, UserId(user_id)).await?,
        None => open(&visit, command, &token).await?,
    }
    pace.even_out().await;
    Ok(look_at_your_mail())
}

fn command(visit: &Visit, input: &Input, (hash, token): (PasswordHash, &SecretToken)) -> SignUp {
    SignUp {
        user_id: UserId(visit.api.mint_id()),
        email: input.email.clone(),
        name: input.name.clone(),
        password_hash: hash,
        verification_token: token.digest(),
        verification_expires_at: visit.at + TimeDelta::hours(VERIFICATION_HOURS),
        at: visit.at,
    }
}

/// Opens the account, and mails the token with it.
async fn open(visit: &Visit, command: SignUp, token: &SecretToken) -> Result<(), Problem> {
    let reader = Reader {
        email: command.email.trim(),
        name: command.name.trim(),
        public_url: &visit.api.options().public_url,
    };
    let letter = reader.verify(token);
    let user_id = command.user_id;
    let context = visit.context((Actor::Anonymous, user_id));
    let mail = letter.with(&context);
    let batch = visit.api.store().batch(TenantId::PLATFORM, context);
    match batch
        .and_new(user_id, command)
        .mailing(mail)
        .execute()
        .await
    {
        Ok(_) => Ok(()),
        // Somebody was faster by a moment; they get the mail.
        Err(ExecuteError::Refused(refused)) if refused.code == "EMAIL_TAKEN" => Ok(()),
        Err(error) => Err(error.into()),
    }
}

/// Tells the owner of an address that it has an account.
async fn told(visit: &Visit, user_id: UserId) -> Result<(), Problem> {
    let user = visit
        .api
        .store()
        .load::<User>(TenantId::PLATFORM, user_id)
        .await?;
    let Ok(account) = user.state.active() else {
        return Ok(());
    };
    if account.email_verified_at.is_none() {
        return send_reset(visit, account, |reader, token| reader.claim(token)).await;
    }
    if !visit.api.may_mail(Cause::SignUp, account.email.as_str()) {
        return Ok(());
    }
    let letter = visit.reader(account).known();
    Ok(visit.api.post(TenantId::PLATFORM, letter).await?)
}
