//! Taking mails to somebody away.

use chrono::{DateTime, Utc};
use daybook_domain::kernel::TenantId;

use super::mail::{Outbox, TO_ONE_OF};
use crate::error::StoreError;

impl Outbox<'_> {
    /// Takes away every mail of the tenant to one of these addresses, sent or not; they are given
    /// in lower case. Returns how many.
    ///
    /// # Errors
    /// When the database is away.
    pub async fn forget(&self, tenant: TenantId, addresses: &[String]) -> Result<u64, StoreError> {
        if addresses.is_empty() {
            return Ok(0);
        }
        let statement = format!("delete from mail m where {TO_ONE_OF}");
        let statement = sqlx::query(&statement).bind(tenant.0).bind(addresses);
        self.store.dispatch(statement).await
    }

    /// Takes away the tenant's mails that were sent or given up before an instant. Returns how
    /// many.
    ///
    /// # Errors
    /// When the database is away.
    pub async fn forget_finished(
        &self,
        tenant: TenantId,
        before: DateTime<Utc>,
    ) -> Result<u64, StoreError> {
        let statement = sqlx::query("delete from mail where tenant_id = $1 and finished_at < $2")
            .bind(tenant.0)
            .bind(before);
        self.store.dispatch(statement).await
    }
}
