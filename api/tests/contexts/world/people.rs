//! How people come to be: by the ways in that everybody uses.

use chrono::TimeDelta;
use daybook_api::access::digest_of;
use daybook_domain::identity::password::PasswordHash;
use daybook_domain::identity::user::{SignUp, VerifyEmail};
use daybook_domain::kernel::{TenantId, UserId};
use daybook_store::{Actor, Context, Fingerprint};
use serde_json::{Value, json};

use super::caller::{Caller, command_id};
use super::clock::system;
use super::server::World;

/// A password that is good enough everywhere.
pub(crate) const PASSWORD: &str = "seven green lanterns";

/// Somebody who is signed in.
pub(crate) struct Person<'w> {
    pub(crate) email: String,
    pub(crate) refresh: String,
    /// What the sign-in answered.
    pub(crate) signed_in: Value,
    pub(crate) caller: Caller<'w>,
}

impl<'w> std::ops::Deref for Person<'w> {
    type Target = Caller<'w>;
    fn deref(&self) -> &Self::Target {
        &self.caller
    }
}

impl World {
    /// Nobody.
    pub(crate) fn with_token(&self, token: &str) -> Caller<'_> {
        Caller {
            world: self,
            token: token.to_owned(),
        }
    }

    pub(crate) async fn sign_up(&self, email: &str) {
        let body = json!({ "email": email, "password": PASSWORD, "name": "Ada" });
        let reply = self.rest("/auth/signup", &body).await;
        assert_eq!(reply.status, 202, "{}", reply.body);
    }

    pub(crate) async fn verify(&self, email: &str) {
        let body = json!({ "token": self.mailed_token(email).await });
        assert_eq!(self.rest("/auth/verify-email", &body).await.status, 204);
    }

    /// Signs in, to a tenant or to none.
    pub(crate) async fn sign_in(&self, email: &str, tenant: Option<&str>) -> Person<'_> {
        self.sign_in_with(json!({ "email": email, "password": PASSWORD, "tenant": tenant }))
            .await
    }

    pub(crate) async fn sign_in_with(&self, body: Value) -> Person<'_> {
        let reply = self.rest("/auth/login", &body).await;
        assert_eq!(reply.status, 200, "{}", reply.body);
        self.person(&body["email"], reply.body)
    }

    /// Who has the tokens of an answer.
    pub(crate) fn person(&self, email: &Value, signed_in: Value) -> Person<'_> {
        Person {
            email: email.as_str().unwrap().to_owned(),
            refresh: signed_in["refreshToken"].as_str().unwrap().to_owned(),
            caller: self.with_token(signed_in["accessToken"].as_str().unwrap()),
            signed_in,
        }
    }

    /// An account that has been there for long, with a password kept as it was then.
    pub(crate) async fn old_account(&self, email: &str, hash: &str) -> UserId {
        let user_id = self.unverified_account(email, hash).await;
        let token = digest_of(email);
        let verify = VerifyEmail {
            token,
            at: system(),
        };
        let verified = self
            .store
            .execute(TenantId::PLATFORM, user_id, verify, by());
        verified.await.unwrap();
        user_id
    }

    /// An account of whose address it is not known whether somebody reads mail there.
    pub(crate) async fn unverified_account(&self, email: &str, hash: &str) -> UserId {
        let user_id = UserId(command_id());
        let sign_up = SignUp {
            user_id,
            email: email.to_owned(),
            name: "Ada".to_owned(),
            password_hash: PasswordHash::new(hash.to_owned()),
            verification_token: digest_of(email),
            verification_expires_at: system() + TimeDelta::days(1),
            at: system(),
        };
        let opened = self
            .store
            .execute(TenantId::PLATFORM, user_id, sign_up, by());
        opened.await.unwrap();
        user_id
    }

    /// Signs up, verifies and signs in, to no tenant.
    pub(crate) async fn newcomer(&self, email: &str) -> Person<'_> {
        self.sign_up(email).await;
        self.verify(email).await;
        self.sign_in(email, None).await
    }

    /// The owner of a new tenant, in it.
    pub(crate) async fn owner(&self, subdomain: &str) -> Person<'_> {
        let email = format!("owner@{subdomain}.example");
        let person = self.newcomer(&email).await;
        person.founds(subdomain).await;
        self.sign_in(&email, Some(subdomain)).await
    }
}

/// What comes with a command that nobody asked for over the API.
fn by() -> Context {
    let nothing = Fingerprint::of("test", &());
    Context::new(Actor::System("test"), command_id(), nothing, system())
}

impl<'w> Person<'w> {
    /// Founds a tenant on a plan with room.
    pub(crate) async fn founds(&self, subdomain: &str) -> Value {
        let input = json!({ "name": subdomain, "subdomain": subdomain, "plan": "PROFESSIONAL" });
        self.does("tenantFound", input, "tenant { id } member { id }")
            .await
    }

    /// The subdomain of the tenant one is in.
    pub(crate) fn tenant(&self) -> &str {
        self.signed_in["tenant"]["subdomain"].as_str().unwrap()
    }

    /// The member one is there.
    pub(crate) fn member_id(&self) -> &str {
        self.signed_in["tenant"]["memberId"].as_str().unwrap()
    }

    /// Invites an address, and gives the mailed token.
    pub(crate) async fn invites(&self, email: &str, role: &str) -> String {
        let input = json!({ "email": email, "role": role });
        self.does("memberInvite", input, "member { id }").await;
        self.world.mailed_token(email).await
    }

    /// Somebody new in the portal of one's tenant, for a client, signed in there.
    pub(crate) async fn lets_join_portal(&self, client: &str) -> Person<'w> {
        let world = self.caller.world;
        let email = format!("client@{}.example", self.tenant());
        let invite = json!({ "email": email, "role": "CLIENT", "clientId": client });
        self.does("memberInvite", invite, "").await;
        let token = world.mailed_token(&email).await;
        let newcomer = world.newcomer(&email).await;
        let input = json!({ "token": token });
        newcomer.does("invitationAccept", input, "").await;
        world.sign_in(&email, Some(self.tenant())).await
    }

    /// Somebody new in one's tenant, signed in there.
    pub(crate) async fn lets_join(&self, name: &str, role: &str) -> Person<'w> {
        let world = self.caller.world;
        let email = format!("{name}@{}.example", self.tenant());
        let token = self.invites(&email, role).await;
        let newcomer = world.newcomer(&email).await;
        let input = json!({ "token": token });
        newcomer.does("invitationAccept", input, "").await;
        world.sign_in(&email, Some(self.tenant())).await
    }
}
