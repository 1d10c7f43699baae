//! An API key as clients of the API see it: never its secret.

use async_graphql::{ID, SimpleObject};
use chrono::{DateTime, Utc};
use daybook_projections::tenancy::api_keys::ApiKeyRow;

use super::kinds::Permission;
use crate::graphql::{Position, encode_id};

/// With which a program acts in the tenant: it may do what its scopes *and* its creator's role
/// allow.
#[derive(Debug, Clone, SimpleObject)]
pub struct ApiKey {
    /// Its id.
    pub(crate) id: ID,
    /// Its public part, which stands in the key itself after `daybook_live_` or `daybook_test_`.
    kid: String,
    /// What it is called.
    name: String,
    /// What it may be used for.
    scopes: Vec<Permission>,
    /// From which networks it may be used; empty is from everywhere.
    networks: Vec<String>,
    /// The member who created it.
    creator_id: ID,
    /// From when on it opens nothing; null for a key that does not expire.
    expires_at: Option<DateTime<Utc>>,
    /// When its secret was replaced last; null when it never was.
    rotated_at: Option<DateTime<Utc>>,
    /// Until when the secret before that is good; null when there is none.
    previous_expires_at: Option<DateTime<Utc>>,
    /// When it was revoked; null while it was not.
    revoked_at: Option<DateTime<Utc>>,
    /// When it was created.
    created_at: DateTime<Utc>,
    /// When it changed last.
    updated_at: DateTime<Utc>,
    /// How many events it has, for `expectedVersion`.
    version: i64,
    /// The position of its last event in the tenant's log.
    position: Position,
}

impl From<ApiKeyRow> for ApiKey {
    fn from(row: ApiKeyRow) -> Self {
        Self {
            id: encode_id(row.id),
            kid: row.kid.to_string(),
            name: row.name,
            scopes: row.scopes.into_iter().map(Into::into).collect(),
            networks: row.networks.iter().map(ToString::to_string).collect(),
            creator_id: encode_id(row.creator_id),
            expires_at: row.expires_at,
            rotated_at: row.rotated_at,
            previous_expires_at: row.previous_expires_at,
            revoked_at: row.revoked_at,
            created_at: row.created_at,
            updated_at: row.updated_at,
            version: row.version,
            position: Position(row.position),
        }
    }
}
