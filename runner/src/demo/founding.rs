//! Founds the demo's tenants and writes down how to get in.

use std::collections::{BTreeMap, BTreeSet};

use chrono::{DateTime, Utc};
use daybook_api::access::{PasswordHasher, digest_of};
use daybook_domain::kernel::{ApiKeyId, ClientId, MemberId, TenantId};
use daybook_domain::tenancy::api_key::Kid;
use daybook_domain::tenancy::api_key::format::{Environment, WrittenKey};
use daybook_domain::tenancy::public::{NumberStyle, Plan, Role};
use daybook_domain::tenancy::{api_key, member, tenant};
use daybook_store::Store;
use serde::Serialize;

use super::people::{Person, join, sign_up};
use super::sales;
use super::script::Script;

/// How to get in: what `demo.json` holds.
#[derive(Debug, Clone, Serialize)]
pub struct Demo {
    /// Where GraphQL is.
    pub graphql: String,
    /// Where REST begins.
    pub rest: String,
    /// The tenants.
    pub tenants: Vec<DemoTenant>,
}

/// A demo tenant.
#[derive(Debug, Clone, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct DemoTenant {
    /// Its id, as GraphQL has it.
    pub id: String,
    /// Its subdomain.
    pub subdomain: String,
    /// A key that may do what its owner may.
    pub api_key: String,
    /// Somebody in every role, by role.
    pub members: BTreeMap<String, DemoMember>,
}

/// Somebody's way in.
#[derive(Debug, Clone, Serialize)]
pub struct DemoMember {
    /// The address to sign in with.
    pub email: String,
    /// The password.
    pub password: String,
}

/// A business to found: subdomain, name, clients with where they are.
struct Business {
    subdomain: &'static str,
    name: &'static str,
    clients: [(&'static str, &'static str); 8],
}

const BUSINESSES: [Business; 2] = [
    Business {
        subdomain: "acme",
        name: "Acme Lamps",
        clients: [
            ("Harbour Hotel", "United Kingdom"),
            ("Nordlys Kafé", "Norway"),
            ("Atelier Blanc", "France"),
            ("Hofmann & Sohn", "Germany"),
            ("Quayside Theatre", "United Kingdom"),
            ("Casa Luz", "Spain"),
            ("Lantern Books", "Ireland"),
            ("The Old Mill", "United Kingdom"),
        ],
    },
    Business {
        subdomain: "borealis",
        name: "Borealis Books",
        clients: [
            ("City Library", "United Kingdom"),
            ("Librairie du Port", "France"),
            ("Bokhuset", "Sweden"),
            ("Paper Moon", "Ireland"),
            ("Buchladen am Eck", "Germany"),
            ("School of Arts", "United Kingdom"),
            ("Livraria Sol", "Portugal"),
            ("Corner Shop", "United Kingdom"),
        ],
    },
];

/// Founds what is not founded yet, and says how to get in. `secret` is something that only this
/// installation has; `base` is where it is reached, without a slash at the end.
///
/// # Errors
/// When a step is refused or the database is away.
pub async fn found(
    store: Store,
    (base, secret): (&str, &str),
    at: DateTime<Utc>,
) -> anyhow::Result<Demo> {
    let script = Script::new(store, at, secret);
    let passwords = PasswordHasher::new(2)?;
    let mut tenants = Vec::new();
    for business in &BUSINESSES {
        tenants.push(found_one(&script, &passwords, business).await?);
    }
    Ok(Demo {
        graphql: format!("{base}/graphql"),
        rest: base.to_owned(),
        tenants,
    })
}

async fn found_one(
    script: &Script,
    passwords: &PasswordHasher,
    business: &Business,
) -> anyhow::Result<DemoTenant> {
    let subdomain = business.subdomain;
    let tenant_id: TenantId = script.id(&format!("tenant/{subdomain}"));
    let owner = sign_up(script, passwords, subdomain, Role::Owner).await?;
    let owner_id = found_tenant(script, (tenant_id, business), &owner).await?;
    let clients = sales::register(script, tenant_id, (subdomain, &business.clients)).await?;
    let mut members = BTreeMap::from([way_in(Role::Owner, &owner)]);
    for role in [
        Role::Admin,
        Role::Manager,
        Role::Member,
        Role::Guest,
        Role::Client,
    ] {
        let person = sign_up(script, passwords, subdomain, role).await?;
        let client_id: Option<ClientId> = clients.first().copied().filter(|_| role == Role::Client);
        join(script, tenant_id, &person, (role, client_id)).await?;
        members.extend([way_in(role, &person)]);
    }
    let api_key = create_key(script, tenant_id, (subdomain, owner_id)).await?;
    sales::trade(script, tenant_id, (subdomain, &clients)).await?;
    sales::archive_last(script, tenant_id, (subdomain, &clients)).await?;
    let id = daybook_api::graphql::encode_id(tenant_id).to_string();
    Ok(DemoTenant {
        id,
        subdomain: subdomain.to_owned(),
        api_key,
        members,
    })
}

async fn found_tenant(
    script: &Script,
    (tenant_id, business): (TenantId, &Business),
    owner: &Person,
) -> anyhow::Result<MemberId> {
    let member_id: MemberId = script.id(&format!("member/{}", owner.email));
    let found = tenant::Found {
        tenant_id,
        name: business.name.to_owned(),
        subdomain: business.subdomain.to_owned(),
        plan: Plan::Professional,
        owner: owner.user_id,
        at: script.at,
    };
    let join = member::Found {
        member_id,
        user_id: owner.user_id,
        email: owner.email.clone(),
        at: script.at,
    };
    let context = script.context(&format!("found/{}", business.subdomain));
    let batch = script
        .store
        .batch(tenant_id, context)
        .and(tenant_id, found)
        .and(member_id, join);
    batch.execute().await?;
    let settings = tenant::ChangeSettings {
        locale: None,
        time_zone: None,
        currency: Some("GBP".to_owned()),
        number_style: Some(NumberStyle::Gapless),
        payment_terms_days: None,
        at: script.at,
    };
    let step = format!("settings/{}", business.subdomain);
    script
        .run_or_leave(tenant_id, tenant_id, settings, &step)
        .await?;
    Ok(member_id)
}

async fn create_key(
    script: &Script,
    tenant_id: TenantId,
    (subdomain, creator): (&str, MemberId),
) -> anyhow::Result<String> {
    let bits = script.secret(&format!("key/{subdomain}"));
    let kid = bits
        .first_chunk()
        .map_or(0, |bytes| u64::from_be_bytes(*bytes));
    let secret = bits
        .last_chunk()
        .map_or(0, |bytes| u128::from_be_bytes(*bytes));
    let kid = Kid::from_bits(kid);
    let key = WrittenKey::compose(Environment::Test, kid.clone(), secret);
    let api_key_id: ApiKeyId = script.id(&format!("key/{subdomain}"));
    let create = api_key::Create {
        api_key_id,
        kid,
        secret: digest_of(key.reveal()),
        name: "Demo".to_owned(),
        scopes: Role::Owner.permissions().collect::<BTreeSet<_>>(),
        expires_at: None,
        networks: Vec::new(),
        creator,
        by: Role::Owner,
        keys_allowed: true,
        at: script.at,
    };
    script
        .run(tenant_id, api_key_id, create, &format!("key/{subdomain}"))
        .await?;
    Ok(key.reveal().to_owned())
}

fn way_in(role: Role, person: &Person) -> (String, DemoMember) {
    let member = DemoMember {
        email: person.email.as_str().to_owned(),
        password: person.password.clone(),
    };
    (role.to_string(), member)
}
