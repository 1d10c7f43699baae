//! How a key's row follows from its events. No secret, not even hashed, gets in.

use std::collections::BTreeSet;

use chrono::{DateTime, Utc};
use daybook_domain::kernel::{ApiKeyId, MemberId};
use daybook_domain::tenancy::access::Permission;
use daybook_domain::tenancy::api_key::{ApiKeyEvent, Created, Kid};
use daybook_domain::tenancy::network::Network;
use serde::{Deserialize, Serialize};

use crate::engine::{Envelope, Fault, ReadModel, existing};

/// A key.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct ApiKeyRow {
    /// Which key.
    pub id: ApiKeyId,
    /// Its public part.
    pub kid: Kid,
    /// What it is called.
    pub name: String,
    /// What it may be used for.
    pub scopes: BTreeSet<Permission>,
    /// From where it may be used; empty is from everywhere.
    pub networks: Vec<Network>,
    /// Whose key it is: it can never do more than they.
    pub creator_id: MemberId,
    /// From when on it opens nothing; none for a key that does not expire.
    pub expires_at: Option<DateTime<Utc>>,
    /// When its secret was replaced last; none when it never was.
    pub rotated_at: Option<DateTime<Utc>>,
    /// Until when the secret before that is good; none when there is none.
    pub previous_expires_at: Option<DateTime<Utc>>,
    /// When it was revoked; none while it was not.
    pub revoked_at: Option<DateTime<Utc>>,
    /// The version of its stream, for `expectedVersion`.
    pub version: i64,
    /// When it was created.
    pub created_at: DateTime<Utc>,
    /// When it changed last.
    pub updated_at: DateTime<Utc>,
    /// The tenant's position at which it was created.
    pub created_position: i64,
    /// The tenant's position of its last event.
    pub position: i64,
}

/// The read model of API keys.
#[derive(Debug)]
pub enum ApiKeys {}

impl ReadModel for ApiKeys {
    type Event = ApiKeyEvent;
    type Row = ApiKeyRow;
    type Key = ApiKeyId;
    const TABLE: &'static str = "tenancy_api_keys";
    const KEY: &'static [&'static str] = &["id"];

    fn key(row: &ApiKeyRow) -> ApiKeyId {
        row.id
    }

    fn keys(_: &ApiKeyEvent, envelope: &Envelope) -> Vec<ApiKeyId> {
        vec![ApiKeyId(envelope.stream_id)]
    }

    fn creates(event: &ApiKeyEvent) -> bool {
        matches!(event, ApiKeyEvent::Created(_))
    }

    fn apply(
        row: &mut Option<ApiKeyRow>,
        id: &ApiKeyId,
        event: &ApiKeyEvent,
        envelope: &Envelope,
    ) -> Result<(), Fault> {
        match event {
            ApiKeyEvent::Created(created) => *row = Some(created_row(*id, created, envelope)),
            ApiKeyEvent::Rotated(rotated) => {
                let row = existing(row)?;
                row.rotated_at = Some(rotated.at);
                row.previous_expires_at = Some(rotated.previous_expires_at);
            }
            ApiKeyEvent::Revoked(revoked) => existing(row)?.revoked_at = Some(revoked.at),
        }
        let row = existing(row)?;
        row.version = envelope.version;
        row.updated_at = envelope.recorded_at;
        row.position = envelope.position;
        Ok(())
    }
}

fn created_row(id: ApiKeyId, created: &Created, envelope: &Envelope) -> ApiKeyRow {
    ApiKeyRow {
        id,
        kid: created.kid.clone(),
        name: created.name.clone(),
        scopes: created.scopes.clone(),
        networks: created.networks.clone(),
        creator_id: created.creator,
        expires_at: created.expires_at,
        rotated_at: None,
        previous_expires_at: None,
        revoked_at: None,
        version: envelope.version,
        created_at: envelope.recorded_at,
        updated_at: envelope.recorded_at,
        created_position: envelope.position,
        position: envelope.position,
    }
}
