//! The transaction in which the sealer works: the log of all tenants to read, their trees to write.

use daybook_domain::kernel::TenantId;
use sqlx::{PgConnection, Postgres, Transaction};

use crate::error::StoreError;
use crate::reader::{Lease, hold_checkpoint, move_checkpoint};
use crate::store::Store;
use crate::tenant_tx::{BOUNDED, begin_whole};

/// A transaction under the sealer's role. Dropped without [`SealTx::commit`], nothing was written.
#[derive(Debug)]
pub(super) struct SealTx(Transaction<'static, Postgres>);

impl Store {
    pub(super) async fn seal_tx(&self) -> Result<SealTx, StoreError> {
        let begun = begin_whole(self.seal_pool(), BOUNDED.to_owned()).await?;
        Ok(SealTx(begun))
    }
}

impl SealTx {
    pub(super) fn connection(&mut self) -> &mut PgConnection {
        &mut self.0
    }

    /// Makes sure that the lease is ours and stays it until the end of the transaction. `false`:
    /// it is somebody else's.
    pub(super) async fn hold(&mut self, lease: &Lease, from: i64) -> Result<bool, StoreError> {
        hold_checkpoint(&mut self.0, lease, from).await
    }

    /// Moves the reader's checkpoint. `false`: the lease is lost.
    pub(super) async fn advance(
        &mut self,
        lease: &Lease,
        from: i64,
        to: i64,
    ) -> Result<bool, StoreError> {
        move_checkpoint(&mut self.0, lease, from, to).await
    }

    pub(super) async fn commit(self) -> Result<(), StoreError> {
        Ok(self.0.commit().await?)
    }
}

/// Their ids, to bind.
pub(super) fn ids(tenants: &[TenantId]) -> Vec<uuid::Uuid> {
    tenants.iter().map(|tenant| tenant.0).collect()
}
