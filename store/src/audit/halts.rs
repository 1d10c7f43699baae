//! Where sealing stopped, why, and that it is to go on.

use chrono::{DateTime, Utc};
use daybook_domain::kernel::TenantId;
use sqlx::PgConnection;
use uuid::Uuid;

use super::sealed::SealedLog;
use crate::error::StoreError;
use crate::store::Store;

/// A tenant whose history does not fit what was signed of it: nothing more is signed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Halt {
    /// Whose.
    pub tenant: TenantId,
    /// The first position that is not sealed.
    pub position: i64,
    /// What does not fit.
    pub reason: String,
    /// Since when.
    pub halted_at: DateTime<Utc>,
    /// Whether an operator said to go on, and the sealer has not got to it yet.
    pub resume: bool,
}

impl Store {
    /// Every tenant whose sealing stopped, the longest first.
    ///
    /// # Errors
    /// When the database is away.
    pub async fn seal_halts(&self) -> Result<Vec<Halt>, StoreError> {
        let mut tx = self.seal_tx().await?;
        let halts = read(tx.connection()).await?;
        tx.commit().await?;
        Ok(halts)
    }

    /// Lets a tenant's sealing go on, from what is in the database now. `false`: it had not
    /// stopped. Whoever calls this has made sure of the history, or says openly that it was cut.
    ///
    /// # Errors
    /// When the database is away.
    pub async fn resume_seal(&self, tenant: TenantId) -> Result<bool, StoreError> {
        let mut tx = self.seal_tx().await?;
        let marked = sqlx::query("update audit_halts set resume = true where tenant_id = $1")
            .bind(tenant.0)
            .execute(tx.connection())
            .await?;
        tx.commit().await?;
        Ok(marked.rows_affected() == 1)
    }
}

impl SealedLog<'_> {
    /// Why nothing more of this log is signed, if so.
    ///
    /// # Errors
    /// When the database is away.
    pub async fn halt(&self) -> Result<Option<Halt>, StoreError> {
        let mut tx = self.store.tenant_tx(self.tenant).await?;
        let halts = read(tx.connection()).await?;
        tx.commit().await?;
        // Row-level security leaves this tenant's alone; so does this.
        Ok(halts.into_iter().find(|halt| halt.tenant == self.tenant))
    }
}

pub(super) async fn read(connection: &mut PgConnection) -> Result<Vec<Halt>, StoreError> {
    let rows: Vec<(Uuid, i64, String, DateTime<Utc>, bool)> = sqlx::query_as(
        "select tenant_id, position, reason, halted_at, resume from audit_halts \
         order by halted_at, tenant_id",
    )
    .fetch_all(connection)
    .await?;
    let halt = |(tenant, position, reason, halted_at, resume)| Halt {
        tenant: TenantId(tenant),
        position,
        reason,
        halted_at,
        resume,
    };
    Ok(rows.into_iter().map(halt).collect())
}

pub(super) async fn write(connection: &mut PgConnection, halts: &[Halt]) -> Result<(), StoreError> {
    for halt in halts {
        sqlx::query(
            "insert into audit_halts (tenant_id, position, reason, halted_at) \
             values ($1, $2, $3, $4) on conflict on constraint audit_halts_pk \
             do update set position = excluded.position, reason = excluded.reason, \
               halted_at = excluded.halted_at, resume = false",
        )
        .bind(halt.tenant.0)
        .bind(halt.position)
        .bind(&halt.reason)
        .bind(halt.halted_at)
        .execute(&mut *connection)
        .await?;
    }
    Ok(())
}

pub(super) async fn forget(
    connection: &mut PgConnection,
    tenants: &[TenantId],
) -> Result<(), StoreError> {
    sqlx::query("delete from audit_halts where tenant_id = any ($1)")
        .bind(super::tx::ids(tenants))
        .execute(connection)
        .await?;
    Ok(())
}
