//! What a key's rules, and whoever lets a program in, need to know of the past.

use std::collections::BTreeSet;
use std::mem;
use std::net::IpAddr;

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

use super::events::{ApiKeyEvent, Created, Rotated};
use super::format::Kid;
use super::refusal::Refusal;
use crate::kernel::{Aggregate, ApiKeyId, Digest, MemberId};
use crate::tenancy::access::{Permission, Role};
use crate::tenancy::network::Network;

/// With which a program acts in a tenant.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub enum ApiKey {
    /// Nobody created it.
    #[default]
    Unknown,
    /// Opens what it opens until it expires.
    Active(Box<Key>),
    /// Opens nothing.
    Revoked,
}

/// What is known of a key that was not revoked; whether it has expired only the clock knows.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Key {
    /// The key.
    pub api_key_id: ApiKeyId,
    /// Its public part.
    pub kid: Kid,
    /// The SHA-256 of its whole text.
    pub secret: Digest,
    /// The secret before the last rotation.
    pub previous: Option<PreviousSecret>,
    /// What it is called.
    pub name: String,
    /// What it may be used for.
    pub scopes: BTreeSet<Permission>,
    /// From when on it opens nothing; none for a key that does not expire.
    pub expires_at: Option<DateTime<Utc>>,
    /// From where it may be used; empty is from everywhere.
    pub networks: Vec<Network>,
    /// Whose key it is.
    pub creator: MemberId,
}

/// A secret that was replaced.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct PreviousSecret {
    /// The SHA-256 of its whole text.
    pub secret: Digest,
    /// From when on it opens nothing.
    pub expires_at: DateTime<Utc>,
}

impl ApiKey {
    /// The key that a presented secret opens, at `now` and for a peer; none when it opens
    /// nothing. The edge adds what it knows of the tenant's policy and of the creator.
    pub fn open(&self, secret: &Digest, peer: Option<IpAddr>, now: DateTime<Utc>) -> Option<&Key> {
        let key = self.usable(now).ok()?;
        let previous = key.previous.filter(|old| now < old.expires_at);
        let is_known =
            key.secret.matches(secret) || previous.is_some_and(|old| old.secret.matches(secret));
        (is_known && Network::admits(&key.networks, peer)).then_some(key)
    }

    /// A key that is neither revoked nor expired at `now`.
    ///
    /// # Errors
    /// Which of these it is.
    pub fn usable(&self, now: DateTime<Utc>) -> Result<&Key, Refusal> {
        match self {
            Self::Unknown => Err(Refusal::Unknown),
            Self::Revoked => Err(Refusal::Revoked),
            Self::Active(key) if key.expires_at.is_some_and(|end| end <= now) => {
                Err(Refusal::Expired)
            }
            Self::Active(key) => Ok(key),
        }
    }
}

impl Key {
    /// From when on a secret that opens it does not any more; none for one that does not expire.
    pub fn ends(&self, secret: &Digest) -> Option<DateTime<Utc>> {
        let previous = self.previous.filter(|old| old.secret.matches(secret));
        match previous {
            Some(old) if !self.secret.matches(secret) => {
                let end = self.expires_at.unwrap_or(old.expires_at);
                Some(end.min(old.expires_at))
            }
            Some(_) | None => self.expires_at,
        }
    }

    /// Whether it allows something: by its scopes, and by what its creator is today.
    pub fn may(&self, permission: Permission, creator_role: Role) -> bool {
        self.scopes.contains(&permission) && creator_role.may(permission)
    }

    fn new(event: Created) -> Self {
        Self {
            api_key_id: event.api_key_id,
            kid: event.kid,
            secret: event.secret,
            previous: None,
            name: event.name,
            scopes: event.scopes,
            expires_at: event.expires_at,
            networks: event.networks,
            creator: event.creator,
        }
    }

    fn rotate(&mut self, event: Rotated) {
        self.previous = Some(PreviousSecret {
            secret: mem::replace(&mut self.secret, event.secret),
            expires_at: event.previous_expires_at,
        });
    }
}

/// Every scope is one that the role allows.
pub(super) fn check_scopes(scopes: &BTreeSet<Permission>, role: Role) -> Result<(), Refusal> {
    let above = scopes.iter().find(|scope| !role.may(**scope));
    above.map_or(Ok(()), |scope| Err(Refusal::ScopeAboveYours(*scope)))
}

impl Aggregate for ApiKey {
    const NAME: &'static str = "tenancy.api_key";
    type Event = ApiKeyEvent;
    type Refusal = Refusal;

    fn evolve(&mut self, event: ApiKeyEvent) {
        match event {
            ApiKeyEvent::Created(e) => *self = Self::Active(Box::new(Key::new(e))),
            ApiKeyEvent::Rotated(e) => {
                if let Self::Active(key) = self {
                    key.rotate(e);
                }
            }
            ApiKeyEvent::Revoked(_) => *self = Self::Revoked,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::fixtures::{at, created, days, digest, revoked, rotated};
    use super::*;
    use crate::kernel::testing::given;

    fn opens(events: &[ApiKeyEvent], secret: u8, now: DateTime<Utc>) -> bool {
        let peer = Some("10.1.2.3".parse().unwrap());
        given::<ApiKey>(events)
            .state()
            .open(&digest(secret), peer, now)
            .is_some()
    }

    #[test]
    fn opens_with_its_secret_until_it_expires() {
        assert!(opens(&[created()], 1, at(1)));
        assert!(!opens(&[created()], 2, at(1)));
        assert!(!opens(&[created()], 1, days(31)));
    }

    #[test]
    fn opens_with_both_secrets_for_the_time_of_a_rotation() {
        let past = [created(), rotated()];
        assert!(opens(&past, 2, at(1)));
        assert!(opens(&past, 1, at(1_439)));
        assert!(!opens(&past, 1, days(1)));
        assert!(opens(&past, 2, days(1)));
        assert!(!opens(&past, 2, days(31)));
    }

    #[test]
    fn a_replaced_secret_ends_with_the_rotation_and_the_key_with_itself() {
        let key = given::<ApiKey>(&[created(), rotated()]).state();
        let key = key.usable(at(1)).unwrap();
        assert_eq!(key.ends(&digest(1)), Some(days(1)));
        assert_eq!(key.ends(&digest(2)), key.expires_at);
        let endless = Key {
            expires_at: None,
            ..key.clone()
        };
        assert_eq!(endless.ends(&digest(1)), Some(days(1)));
        assert_eq!(endless.ends(&digest(2)), None);
    }

    #[test]
    fn opens_nothing_when_revoked_or_never_created() {
        assert!(!opens(&[created(), rotated(), revoked()], 2, at(3)));
        assert!(!opens(&[created(), rotated(), revoked()], 1, at(3)));
        assert!(!opens(&[], 1, at(3)));
    }

    #[test]
    fn opens_only_from_its_networks() {
        let key = given::<ApiKey>(&[created()]).state();
        let open = |peer: &str| {
            key.open(&digest(1), Some(peer.parse().unwrap()), at(1))
                .is_some()
        };
        assert!(open("::ffff:10.1.2.3"));
        assert!(!open("192.0.2.1"));
        assert!(key.open(&digest(1), None, at(1)).is_none());
    }

    #[test]
    fn allows_what_both_its_scopes_and_its_creator_allow() {
        let key = given::<ApiKey>(&[created()]).state();
        let key = key.usable(at(1)).unwrap();
        assert!(key.may(Permission::InvoicesWrite, Role::Admin));
        assert!(
            !key.may(Permission::MembersManage, Role::Owner),
            "not among its scopes"
        );
        assert!(
            !key.may(Permission::InvoicesWrite, Role::Guest),
            "its creator was demoted"
        );
        assert!(key.may(Permission::ClientsRead, Role::Guest));
    }

    #[test]
    fn survives_a_snapshot() {
        let key = given::<ApiKey>(&[created(), rotated()]).state();
        let snapshot = serde_json::to_string(&key).unwrap();
        assert_eq!(serde_json::from_str::<ApiKey>(&snapshot).unwrap(), key);
    }
}
