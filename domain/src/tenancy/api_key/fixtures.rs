//! The key of Acme's shop, that the tests of this aggregate are about.

use std::collections::BTreeSet;

use chrono::{DateTime, TimeDelta, Utc};
use uuid::Uuid;

use super::events::{ApiKeyEvent, Created, Revoked, Rotated};
use super::format::Kid;
use crate::kernel::{ApiKeyId, Digest, MemberId};
use crate::tenancy::access::Permission;
use crate::tenancy::network::Network;

/// Minutes after the creation.
pub(super) fn at(minutes: i64) -> DateTime<Utc> {
    let new_year: DateTime<Utc> = "2026-01-01T00:00:00Z".parse().unwrap();
    new_year + TimeDelta::minutes(minutes)
}

/// Days after the creation.
pub(super) fn days(days: i64) -> DateTime<Utc> {
    at(days * 24 * 60)
}

pub(super) const fn digest(n: u8) -> Digest {
    Digest::new([n; 32])
}

pub(super) const fn api_key() -> ApiKeyId {
    ApiKeyId(Uuid::from_u128(10))
}

pub(super) const fn creator() -> MemberId {
    MemberId(Uuid::from_u128(11))
}

pub(super) fn scopes() -> BTreeSet<Permission> {
    BTreeSet::from([Permission::ClientsRead, Permission::InvoicesWrite])
}

/// With secret 1, for 31 days, from 10.0.0.0/8.
pub(super) fn created() -> ApiKeyEvent {
    ApiKeyEvent::Created(Created {
        api_key_id: api_key(),
        kid: Kid::from_bits(7),
        secret: digest(1),
        name: "Shop".to_owned(),
        scopes: scopes(),
        expires_at: Some(days(31)),
        networks: vec![Network::parse("networks", "10.0.0.0/8").unwrap()],
        creator: creator(),
        at: at(0),
    })
}

/// Secret 2, with secret 1 for another day.
pub(super) fn rotated() -> ApiKeyEvent {
    ApiKeyEvent::Rotated(Rotated {
        secret: digest(2),
        previous_expires_at: days(1),
        at: at(1),
    })
}

pub(super) fn revoked() -> ApiKeyEvent {
    ApiKeyEvent::Revoked(Revoked { at: at(2) })
}
