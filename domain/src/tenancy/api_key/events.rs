//! What happens to a key, as it is stored.

use std::collections::BTreeSet;

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

use super::format::Kid;
use super::limits::MAX_API_KEYS;
use crate::kernel::{ApiKeyId, Claim, Count, Digest, Event, MemberId, Realm};
use crate::tenancy::access::Permission;
use crate::tenancy::network::Network;

/// Claims of kids, platform-wide and for good, so that a kid never names two keys.
pub const KID_SCOPE: &str = "tenancy.api_key";
/// Counts keys that are not revoked.
pub const API_KEYS_COUNT: &str = "tenancy.api_keys";

/// The facts of a key.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub enum ApiKeyEvent {
    /// The key opens what its scopes say.
    #[serde(rename = "tenancy.api_key.created")]
    Created(Created),
    /// It has another secret.
    #[serde(rename = "tenancy.api_key.rotated")]
    Rotated(Rotated),
    /// It opens nothing any more.
    #[serde(rename = "tenancy.api_key.revoked")]
    Revoked(Revoked),
}

/// Payload of `tenancy.api_key.created`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Created {
    /// The new key, also the stream.
    pub api_key_id: ApiKeyId,
    /// Its public part.
    pub kid: Kid,
    /// The SHA-256 of its whole text.
    pub secret: Digest,
    /// What it is called.
    pub name: String,
    /// What it may be used for.
    pub scopes: BTreeSet<Permission>,
    /// From when on it opens nothing; none for a key that does not expire.
    pub expires_at: Option<DateTime<Utc>>,
    /// From where it may be used; empty is from everywhere.
    pub networks: Vec<Network>,
    /// Whose key it is: it can never do more than they.
    pub creator: MemberId,
    /// When.
    pub at: DateTime<Utc>,
}

/// Payload of `tenancy.api_key.rotated`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Rotated {
    /// The SHA-256 of the new text.
    pub secret: Digest,
    /// Until when the old one is good.
    pub previous_expires_at: DateTime<Utc>,
    /// When.
    pub at: DateTime<Utc>,
}

/// Payload of `tenancy.api_key.revoked`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Revoked {
    /// When.
    pub at: DateTime<Utc>,
}

impl Event for ApiKeyEvent {
    fn claims(&self) -> Vec<Claim> {
        match self {
            Self::Created(e) => vec![Claim::Take {
                realm: Realm::Platform,
                scope: KID_SCOPE,
                value: e.kid.to_string(),
            }],
            Self::Rotated(_) | Self::Revoked(_) => Vec::new(),
        }
    }

    fn counts(&self) -> Vec<Count> {
        let (delta, max) = match self {
            Self::Created(_) => (1, Some(MAX_API_KEYS)),
            Self::Revoked(_) => (-1, None),
            Self::Rotated(_) => return Vec::new(),
        };
        vec![Count {
            name: API_KEYS_COUNT,
            delta,
            min: None,
            max,
        }]
    }
}

#[cfg(test)]
mod tests {
    use super::super::fixtures::{created, digest, revoked, rotated};
    use super::*;
    use crate::kernel::testing::stored_as;

    #[test]
    fn is_stored_as_it_always_was() {
        let payload = r#"{"apiKeyId":"00000000-0000-0000-0000-00000000000a","kid":"00000000007","secret":"<1>","name":"Shop","scopes":["clients.read","invoices.write"],"expiresAt":"2026-02-01T00:00:00Z","networks":["10.0.0.0/8"],"creator":"00000000-0000-0000-0000-00000000000b","at":"2026-01-01T00:00:00Z"}"#;
        let payload = payload.replace("<1>", &digest(1).to_string());
        stored_as(&created(), "tenancy.api_key.created", &payload);
        let payload = r#"{"secret":"<2>","previousExpiresAt":"2026-01-02T00:00:00Z","at":"2026-01-01T00:01:00Z"}"#;
        let payload = payload.replace("<2>", &digest(2).to_string());
        stored_as(&rotated(), "tenancy.api_key.rotated", &payload);
        let payload = r#"{"at":"2026-01-01T00:02:00Z"}"#;
        stored_as(&revoked(), "tenancy.api_key.revoked", payload);
    }

    #[test]
    fn claims_the_kid_for_good() {
        let take = Claim::Take {
            realm: Realm::Platform,
            scope: KID_SCOPE,
            value: "00000000007".to_owned(),
        };
        assert_eq!(created().claims(), [take]);
        assert_eq!(rotated().claims(), []);
        assert_eq!(revoked().claims(), []);
    }

    #[test]
    fn counts_keys_up_to_the_limit() {
        let count = |delta, max| Count {
            name: API_KEYS_COUNT,
            delta,
            min: None,
            max,
        };
        assert_eq!(created().counts(), [count(1, Some(100))]);
        assert_eq!(rotated().counts(), []);
        assert_eq!(revoked().counts(), [count(-1, None)]);
    }
}
