//! Tenants and members for tests.

use chrono::{DateTime, TimeDelta, Utc};
use daybook_domain::kernel::{ClientId, Digest, Email, MemberId, TenantId, UserId};
use daybook_domain::tenancy::access::Role;
use daybook_domain::tenancy::member::{Invited, Joined, MemberEvent, Removed};
use daybook_domain::tenancy::plan::Plan;
use daybook_domain::tenancy::tenant::{Founded, Subdomain, TenantEvent};
use uuid::Uuid;

pub(crate) fn at(minutes: i64) -> DateTime<Utc> {
    let start: DateTime<Utc> = "2026-02-01T00:00:00Z".parse().unwrap();
    start + TimeDelta::minutes(minutes)
}

/// A token that nobody else has.
pub(crate) fn token(of: Uuid) -> Digest {
    let mut bytes = [0; 32];
    bytes[..16].copy_from_slice(of.as_bytes());
    Digest::new(bytes)
}

pub(crate) fn email(text: &str) -> Email {
    Email::parse("email", text).unwrap()
}

pub(crate) fn founded(tenant_id: TenantId, subdomain: &str) -> TenantEvent {
    TenantEvent::Founded(Founded {
        tenant_id,
        name: format!("The {subdomain}"),
        subdomain: Subdomain::parse("subdomain", subdomain).unwrap(),
        plan: Plan::Starter,
        owner: UserId(Uuid::from_u128(20)),
        at: at(0),
    })
}

fn client_of(role: Role) -> Option<ClientId> {
    (role == Role::Client).then_some(ClientId(Uuid::from_u128(30)))
}

pub(crate) fn invited(member_id: MemberId, address: &str, role: Role) -> MemberEvent {
    MemberEvent::Invited(Invited {
        member_id,
        email: email(address),
        role,
        client_id: client_of(role),
        token: token(member_id.0),
        expires_at: at(60),
        member_limit: 100,
        at: at(1),
    })
}

pub(crate) fn joined(member_id: MemberId, user_id: UserId, role: Role) -> MemberEvent {
    MemberEvent::Joined(Joined {
        member_id,
        user_id,
        email: email(&format!("{user_id}@example.com")),
        role,
        client_id: client_of(role),
        invitation: None,
        at: at(2),
    })
}

pub(crate) fn removed(user_id: UserId, role: Role) -> MemberEvent {
    MemberEvent::Removed(Removed {
        user_id,
        email: email(&format!("{user_id}@example.com")),
        role,
        at: at(3),
    })
}
