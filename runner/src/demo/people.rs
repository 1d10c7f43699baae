//! The demo's people: an account each, verified, and a place in their tenant.

use chrono::TimeDelta;
use daybook_api::access::PasswordHasher;
use daybook_domain::identity::user::{SignUp, VerifyEmail};
use daybook_domain::kernel::{ClientId, Email, MemberId, TenantId, UserId};
use daybook_domain::tenancy::member::{Accept, Invite};
use daybook_domain::tenancy::public::{Plan, Role};

use super::script::Script;

/// A person to be.
#[derive(Debug, Clone)]
pub(super) struct Person {
    pub(super) user_id: UserId,
    pub(super) email: Email,
    pub(super) password: String,
}

/// Opens the account of somebody who reads mail at `role@subdomain.example`.
pub(super) async fn sign_up(
    script: &Script,
    passwords: &PasswordHasher,
    subdomain: &str,
    role: Role,
) -> anyhow::Result<Person> {
    let name = format!("{subdomain}/{role}");
    let user_id: UserId = script.id(&format!("user/{name}"));
    let email = format!("{role}@{subdomain}.example");
    let password = format!(
        "lamp-{}",
        hex::encode(
            script
                .secret(&format!("password/{name}"))
                .first_chunk::<9>()
                .copied()
                .unwrap_or_default()
        )
    );
    let token = script.token(&format!("verify/{name}"));
    let sign_up = SignUp {
        user_id,
        email: email.clone(),
        name: title(role, subdomain),
        password_hash: passwords.hash(&password).await?,
        verification_token: token,
        verification_expires_at: script.at + TimeDelta::days(1),
        at: script.at,
    };
    let platform = TenantId::PLATFORM;
    script
        .run(platform, user_id, sign_up, &format!("sign-up/{name}"))
        .await?;
    let verify = VerifyEmail {
        token,
        at: script.at,
    };
    script
        .run(platform, user_id, verify, &format!("verify/{name}"))
        .await?;
    Ok(Person {
        user_id,
        email: Email::parse("email", &email)?,
        password,
    })
}

/// Invites a person and accepts for them.
pub(super) async fn join(
    script: &Script,
    tenant: TenantId,
    person: &Person,
    (role, client_id): (Role, Option<ClientId>),
) -> anyhow::Result<MemberId> {
    let name = person.email.as_str().to_owned();
    let member_id: MemberId = script.id(&format!("member/{name}"));
    let token = script.token(&format!("invite/{name}"));
    let invite = Invite {
        member_id,
        email: name.clone(),
        role,
        client_id,
        token,
        expires_at: script.at + TimeDelta::days(7),
        by: Role::Owner,
        member_limit: Plan::Professional.limits().members,
        at: script.at,
    };
    script
        .run(tenant, member_id, invite, &format!("invite/{name}"))
        .await?;
    let accept = Accept {
        user_id: person.user_id,
        verified_email: Some(person.email.clone()),
        token,
        at: script.at,
    };
    script
        .run(tenant, member_id, accept, &format!("accept/{name}"))
        .await?;
    Ok(member_id)
}

fn title(role: Role, subdomain: &str) -> String {
    let given = match role {
        Role::Owner => "Olive",
        Role::Admin => "Ada",
        Role::Manager => "Mara",
        Role::Member => "Mika",
        Role::Guest => "Gus",
        Role::Client => "Clio",
    };
    format!("{given} of {subdomain}")
}
