//! A tenant with people in it, founded through ordinary commands.

use std::collections::{BTreeMap, BTreeSet};

use chrono::{DateTime, TimeDelta, Utc};
use daybook_api::access::{PasswordHasher, digest_of};
use daybook_domain::crm::client::Register;
use daybook_domain::identity::password::PasswordHash;
use daybook_domain::identity::user::{SignUp, VerifyEmail};
use daybook_domain::kernel::{
    ApiKeyId, ClientId, Command, Digest, Email, MemberId, TenantId, UserId,
};
use daybook_domain::tenancy::api_key::format::{Environment, WrittenKey};
use daybook_domain::tenancy::api_key::{self, Kid};
use daybook_domain::tenancy::public::{NumberStyle, Permission, Plan, Role};
use daybook_domain::tenancy::{member, tenant};
use daybook_store::{Actor, Context, ExecuteError, Fingerprint, Receipt, Store};
use serde_json::json;
use tokio::sync::OnceCell;
use uuid::Uuid;

use crate::client::Client;

/// Everybody's password.
pub const PASSWORD: &str = "seven lamps of polished brass";

/// A tenant.
#[derive(Debug, Clone)]
pub struct Business {
    /// Where its log is.
    pub store: Store,
    /// Which tenant.
    pub tenant_id: TenantId,
    /// Its subdomain.
    pub subdomain: String,
    /// The clock its commands bear.
    pub clock: fn() -> DateTime<Utc>,
    /// Who is in it, one for each role that was asked for.
    pub members: BTreeMap<Role, Member>,
}

/// Somebody with a place in a tenant.
#[derive(Debug, Clone)]
pub struct Member {
    /// The place.
    pub member_id: MemberId,
    /// The person.
    pub user_id: UserId,
    /// The address to sign in with.
    pub email: Email,
    /// What they are.
    pub role: Role,
    /// The client record of somebody in the client portal.
    pub client_id: Option<ClientId>,
}

/// An identity that nothing else has.
#[expect(clippy::disallowed_methods, reason = "a test is an edge, too")]
pub fn fresh_id() -> Uuid {
    Uuid::now_v7()
}

impl Business {
    /// Founds one on the Enterprise plan, with gapless numbers, in pounds.
    pub async fn found(store: &Store, roles: &[Role]) -> Self {
        Self::found_on(Plan::Enterprise, store, roles).await
    }

    /// Founds one on a plan.
    pub async fn found_on(plan: Plan, store: &Store, roles: &[Role]) -> Self {
        let id = fresh_id();
        let (tenant_id, subdomain) = (TenantId(id), format!("t{}", id.simple()));
        let mut business = Self {
            store: store.clone(),
            tenant_id,
            subdomain,
            clock: daybook::clock::system,
            members: BTreeMap::new(),
        };
        business.open(plan).await;
        for role in roles.iter().filter(|role| **role != Role::Owner) {
            business.add(*role).await;
        }
        business
    }

    async fn open(&mut self, plan: Plan) {
        let owner = self.sign_up(Role::Owner, "owner").await;
        let found = tenant::Found {
            tenant_id: self.tenant_id,
            name: format!("Tenant {}", self.subdomain),
            subdomain: self.subdomain.clone(),
            plan,
            owner: owner.user_id,
            at: (self.clock)(),
        };
        let join = member::Found {
            member_id: owner.member_id,
            user_id: owner.user_id,
            email: owner.email.clone(),
            at: (self.clock)(),
        };
        let batch = self.store.batch(self.tenant_id, self.context());
        let batch = batch.and(self.tenant_id, found).and(owner.member_id, join);
        batch.execute().await.unwrap();
        let settings = tenant::ChangeSettings {
            locale: None,
            time_zone: None,
            currency: Some("GBP".to_owned()),
            number_style: Some(NumberStyle::Gapless),
            payment_terms_days: None,
            at: (self.clock)(),
        };
        self.run(self.tenant_id, settings).await;
        self.members.insert(Role::Owner, owner);
    }

    /// Brings somebody in; somebody in the client portal with a client record of their own.
    pub async fn add(&mut self, role: Role) -> Member {
        let mut person = self.sign_up(role, &role.to_string()).await;
        if role == Role::Client {
            person.client_id = Some(self.register("Portal").await);
        }
        let token = random_digest();
        let invite = member::Invite {
            member_id: person.member_id,
            email: person.email.as_str().to_owned(),
            role,
            client_id: person.client_id,
            token,
            expires_at: (self.clock)() + TimeDelta::days(7),
            by: Role::Owner,
            member_limit: u32::MAX,
            at: (self.clock)(),
        };
        self.run(person.member_id, invite).await;
        let accept = member::Accept {
            user_id: person.user_id,
            verified_email: Some(person.email.clone()),
            token,
            at: (self.clock)(),
        };
        self.run(person.member_id, accept).await;
        self.members.insert(role, person.clone());
        person
    }

    /// Registers a client.
    pub async fn register(&self, name: &str) -> ClientId {
        let client_id = ClientId(fresh_id());
        let register = Register {
            client_id,
            name: name.to_owned(),
            country: Some("United Kingdom".to_owned()),
            at: (self.clock)(),
            ..Register::default()
        };
        self.run(client_id, register).await;
        client_id
    }

    /// The address of an account that has no place in any tenant; its password is everybody's.
    pub async fn newcomer(&self) -> Email {
        self.sign_up(Role::Guest, "newcomer").await.email
    }

    /// An account, verified, of who is to have that role.
    async fn sign_up(&self, role: Role, name: &str) -> Member {
        let user_id = UserId(fresh_id());
        let email = format!("{name}@{}.example", self.subdomain);
        let token = random_digest();
        let sign_up = SignUp {
            user_id,
            email: email.clone(),
            name: format!("{name} of {}", self.subdomain),
            password_hash: password_hash().await,
            verification_token: token,
            verification_expires_at: (self.clock)() + TimeDelta::days(1),
            at: (self.clock)(),
        };
        let verify = VerifyEmail {
            token,
            at: (self.clock)(),
        };
        let platform = TenantId::PLATFORM;
        let store = &self.store;
        store
            .execute(platform, user_id, sign_up, self.context())
            .await
            .unwrap();
        store
            .execute(platform, user_id, verify, self.context())
            .await
            .unwrap();
        Member {
            member_id: MemberId(fresh_id()),
            user_id,
            email: Email::parse("email", &email).unwrap(),
            role,
            client_id: None,
        }
    }

    /// A key that may do what its owner may.
    pub async fn key(&self) -> String {
        self.key_for(Role::Owner.permissions().collect()).await
    }

    /// A key of the owner's for these purposes.
    pub async fn key_for(&self, scopes: BTreeSet<Permission>) -> String {
        let bits = fresh_bits();
        let kid = Kid::from_bits(fresh_id().as_u64_pair().1);
        let key = WrittenKey::compose(Environment::Test, kid.clone(), bits);
        let api_key_id = ApiKeyId(fresh_id());
        let create = api_key::Create {
            api_key_id,
            kid,
            secret: digest_of(key.reveal()),
            name: "Test".to_owned(),
            scopes,
            expires_at: None,
            networks: Vec::new(),
            creator: self.members[&Role::Owner].member_id,
            by: Role::Owner,
            keys_allowed: true,
            at: (self.clock)(),
        };
        self.run(api_key_id, create).await;
        key.reveal().to_owned()
    }

    /// Signs somebody in, as they would; a client with their access token.
    pub async fn sign_in(&self, base: &str, role: Role) -> Client {
        let member = &self.members[&role];
        let stranger = Client::new(base, None);
        let input = json!({
            "email": member.email.as_str(),
            "password": PASSWORD,
            "tenant": self.subdomain,
        });
        let answer = stranger.post("/auth/login", &input).await;
        assert_eq!(answer.status, 200, "{role} cannot sign in: {}", answer.body);
        Client::new(base, answer.body["accessToken"].as_str())
    }

    /// Runs a command of the tenant.
    pub async fn run<C: Command>(&self, stream_id: impl Into<Uuid>, command: C) -> Receipt {
        self.try_run(stream_id, command).await.unwrap()
    }

    /// Runs a command of the tenant that may find the log too busy.
    ///
    /// # Errors
    /// As the log's own.
    pub async fn try_run<C: Command>(
        &self,
        stream_id: impl Into<Uuid>,
        command: C,
    ) -> Result<Receipt, ExecuteError> {
        let context = self.context();
        self.store
            .execute(self.tenant_id, stream_id, command, context)
            .await
    }

    fn context(&self) -> Context {
        let fingerprint = Fingerprint::of("test", &());
        Context::new(
            Actor::System("test"),
            fresh_id(),
            fingerprint,
            (self.clock)(),
        )
    }
}

/// Hashing is slow on purpose: once is enough.
async fn password_hash() -> PasswordHash {
    static HASH: OnceCell<PasswordHash> = OnceCell::const_new();
    let hash = HASH.get_or_init(|| async {
        let hasher = PasswordHasher::new(1).unwrap();
        hasher.hash(PASSWORD).await.unwrap()
    });
    hash.await.clone()
}

fn random_digest() -> Digest {
    digest_of(&fresh_bits().to_string())
}

#[expect(clippy::disallowed_methods, reason = "a test is an edge, too")]
fn fresh_bits() -> u128 {
    Uuid::new_v4().as_u128()
}
