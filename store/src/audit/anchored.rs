//! What each anchor has of the tenants' checkpoints: for operators, no evidence.

use std::collections::HashMap;

use chrono::{DateTime, Utc};
use daybook_domain::kernel::TenantId;
use uuid::Uuid;

use super::rows::signed;
use super::tx::ids;
use crate::error::StoreError;
use crate::store::Store;

/// How far an anchor is behind.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Behind {
    /// How many tenants' newest checkpoint it lacks.
    pub tenants: i64,
    /// Since when, of the longest.
    pub since: Option<DateTime<Utc>>,
    /// What is in the way, of the longest; none when nobody tried.
    pub reason: Option<String>,
}

impl Store {
    /// Notes that an anchor has these checkpoints, by how many events they are about.
    ///
    /// # Errors
    /// When the database is away.
    pub async fn anchored(&self, anchor: &str, kept: &[(TenantId, u64)]) -> Result<(), StoreError> {
        if kept.is_empty() {
            return Ok(());
        }
        let tenants: Vec<TenantId> = kept.iter().map(|(tenant, _)| *tenant).collect();
        let sizes: Vec<i64> = kept.iter().map(|(_, size)| signed(*size)).collect();
        let mut tx = self.seal_tx().await?;
        sqlx::query(
            "insert into audit_anchored as a (tenant_id, anchor, size, kept_at) \
             select t, $2, s, $4 from unnest($1::uuid[], $3::bigint[]) as k (t, s) \
             on conflict on constraint audit_anchored_pk do update \
               set size = greatest(a.size, excluded.size), kept_at = excluded.kept_at, \
                 failing_since = null, reason = null",
        )
        .bind(ids(&tenants))
        .bind(anchor)
        .bind(sizes)
        .bind(self.now())
        .execute(tx.connection())
        .await?;
        tx.commit().await
    }

    /// Notes that an anchor took nothing of these tenants, and why.
    ///
    /// # Errors
    /// When the database is away.
    pub async fn not_anchored(
        &self,
        anchor: &str,
        (tenants, reason): (&[TenantId], &str),
    ) -> Result<(), StoreError> {
        if tenants.is_empty() {
            return Ok(());
        }
        let mut tx = self.seal_tx().await?;
        sqlx::query(
            "insert into audit_anchored as a (tenant_id, anchor, failing_since, reason) \
             select t, $2, $4, $3 from unnest($1::uuid[]) as k (t) \
             on conflict on constraint audit_anchored_pk do update \
               set failing_since = coalesce(a.failing_since, excluded.failing_since), \
                 reason = excluded.reason",
        )
        .bind(ids(tenants))
        .bind(anchor)
        .bind(reason)
        .bind(self.now())
        .execute(tx.connection())
        .await?;
        tx.commit().await
    }

    /// How many events the largest checkpoint is about that an anchor has of each of these tenants,
    /// and when it took one last; none for those of whom it has none.
    ///
    /// # Errors
    /// When the database is away.
    pub async fn last_anchored(
        &self,
        anchor: &str,
        tenants: &[TenantId],
    ) -> Result<HashMap<TenantId, (u64, DateTime<Utc>)>, StoreError> {
        if tenants.is_empty() {
            return Ok(HashMap::new());
        }
        let mut tx = self.seal_tx().await?;
        let rows: Vec<(Uuid, i64, DateTime<Utc>)> = sqlx::query_as(
            "select tenant_id, size, kept_at from audit_anchored \
             where tenant_id = any ($1) and anchor = $2 and kept_at is not null",
        )
        .bind(ids(tenants))
        .bind(anchor)
        .fetch_all(tx.connection())
        .await?;
        tx.commit().await?;
        let rows = rows.into_iter();
        Ok(rows
            .map(|(tenant, size, at)| (TenantId(tenant), (size.unsigned_abs(), at)))
            .collect())
    }

    /// How far an anchor is behind of what was signed, or has been failing since, before `before`.
    ///
    /// # Errors
    /// When the database is away.
    pub async fn anchor_behind(
        &self,
        anchor: &str,
        before: DateTime<Utc>,
    ) -> Result<Behind, StoreError> {
        let mut tx = self.seal_tx().await?;
        // From one tenant's checkpoints to the next one's: there may be millions of them.
        let (tenants, since, reason) = sqlx::query_as(
            "with recursive t (id) as ( \
               (select tenant_id from audit_checkpoints order by tenant_id limit 1) \
               union all \
               select (select c.tenant_id from audit_checkpoints c where c.tenant_id > t.id \
                 order by c.tenant_id limit 1) \
               from t where t.id is not null), \
             lacking as ( \
               select least(a.failing_since, c.signed_at) as since, a.reason from t \
               cross join lateral ( \
                 select size, signed_at from audit_checkpoints c where c.tenant_id = t.id \
                 order by size desc limit 1) c \
               left join audit_anchored a on a.tenant_id = t.id and a.anchor = $1 \
               where c.size > coalesce(a.size, 0) \
                 and least(a.failing_since, c.signed_at) < $2) \
             select count(*), min(since), (array_agg(reason order by since))[1] from lacking",
        )
        .bind(anchor)
        .bind(before)
        .fetch_one(tx.connection())
        .await?;
        tx.commit().await?;
        Ok(Behind {
            tenants,
            since,
            reason,
        })
    }
}
