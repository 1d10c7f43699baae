//! Which signing keys do the tenants' histories not know of yet?

use chrono::{DateTime, Utc};
use sqlx::FromRow;
use uuid::Uuid;

use crate::error::StoreError;
use crate::store::Store;

/// A signing key that somebody had made in place of the ones before, and that is still to be written
/// into the tenants' logs.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Rotation {
    /// The new key's identity.
    pub key_id: Uuid,
    /// Ed25519, 32 bytes.
    pub public: Vec<u8>,
    /// Until when the keys before it sign beside it, at most.
    pub others_until: Option<DateTime<Utc>>,
    /// Who gave the command, as they said.
    pub operator: Option<String>,
    /// Why, as they said.
    pub reason: Option<String>,
    /// When it was made.
    pub at: DateTime<Utc>,
}

#[derive(FromRow)]
struct RotationRow {
    key_id: Uuid,
    public_key: Vec<u8>,
    others_until: Option<DateTime<Utc>>,
    operator: Option<String>,
    reason: Option<String>,
    created_at: DateTime<Utc>,
}

impl Store {
    /// The rotations that are not in every tenant's log yet, the oldest first.
    ///
    /// # Errors
    /// When the database is away.
    pub async fn rotations_to_note(&self) -> Result<Vec<Rotation>, StoreError> {
        let mut tx = self.seal_tx().await?;
        let rows: Vec<RotationRow> = sqlx::query_as(
            "select k.key_id, k.public_key, k.operator, k.reason, k.created_at, \
               (select max(b.signs_until) from audit_keys b where b.created_at < k.created_at) \
                 as others_until \
             from audit_keys k where not k.noted order by k.created_at, k.key_id",
        )
        .fetch_all(tx.connection())
        .await?;
        tx.commit().await?;
        let rotation = |row: RotationRow| Rotation {
            key_id: row.key_id,
            public: row.public_key,
            others_until: row.others_until,
            operator: row.operator,
            reason: row.reason,
            at: row.created_at,
        };
        Ok(rows.into_iter().map(rotation).collect())
    }

    /// Says that a rotation is in every tenant's log.
    ///
    /// # Errors
    /// When the database is away.
    pub async fn rotation_noted(&self, key_id: Uuid) -> Result<(), StoreError> {
        let mut tx = self.seal_tx().await?;
        sqlx::query("update audit_keys set noted = true where key_id = $1")
            .bind(key_id)
            .execute(tx.connection())
            .await?;
        tx.commit().await?;
        Ok(())
    }
}
