//! The transaction in which a reader writes its rows and moves its checkpoint.

use daybook_domain::kernel::TenantId;
use sqlx::{Executor, PgConnection, Postgres, Transaction};

use super::lease::{Lease, move_checkpoint};
use crate::error::StoreError;
use crate::store::Store;
use crate::tenant_tx::{BOUNDED, TenantTx, begin_whole};

/// A transaction that goes through tenants one after the other, under row-level security, and ends
/// by moving a checkpoint. Dropped without that, nothing was written.
#[derive(Debug)]
pub struct ReaderTx {
    inner: Transaction<'static, Postgres>,
    tenant: Option<TenantId>,
}

impl Store {
    /// Begins a reader's transaction; no tenant is entered yet.
    ///
    /// # Errors
    /// When the database is away or all connections stay busy for 5 seconds.
    pub async fn reader_tx(&self) -> Result<ReaderTx, StoreError> {
        Ok(ReaderTx {
            inner: begin_whole(&self.pools().background, BOUNDED.to_owned()).await?,
            tenant: None,
        })
    }

    /// A transaction that sees one tenant's rows, for whatever no request waits for.
    ///
    /// # Errors
    /// When the database is away or all connections stay busy for 5 seconds.
    pub async fn background_tx(&self, tenant: TenantId) -> Result<TenantTx, StoreError> {
        let tx = TenantTx::begin(&self.pools().background, tenant).await?;
        Ok(tx.with_keys(self.subject_keys().clone()))
    }

    /// How many transactions of readers there can be at once.
    pub fn background_connections(&self) -> u32 {
        self.pools().background.options().get_max_connections()
    }
}

impl ReaderTx {
    /// From here on the transaction sees and writes this tenant's rows only.
    ///
    /// # Errors
    /// When the database is away.
    pub async fn enter(&mut self, tenant: TenantId) -> Result<(), StoreError> {
        if self.tenant != Some(tenant) {
            // A UUID's text holds nothing that could end a literal.
            let set = format!("select set_config('app.tenant_id', '{tenant}', true)");
            self.inner.execute(set.as_str()).await?;
            self.tenant = Some(tenant);
        }
        Ok(())
    }

    /// The connection, for statements on the entered tenant's rows.
    pub fn connection(&mut self) -> &mut PgConnection {
        &mut self.inner
    }

    /// Moves the checkpoint and commits. `false`: the lease was lost, and nothing was written.
    ///
    /// # Errors
    /// When the database is away; whether it was committed is then unknown, and the checkpoint
    /// tells.
    pub async fn commit(mut self, lease: &Lease, from: i64, to: i64) -> Result<bool, StoreError> {
        if !move_checkpoint(&mut self.inner, lease, from, to).await? {
            self.inner.rollback().await?;
            return Ok(false);
        }
        self.inner.commit().await?;
        Ok(true)
    }
}
