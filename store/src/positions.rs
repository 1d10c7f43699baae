//! Where a tenant stands: from its own positions, which clients see, to the log's, and back.

use daybook_domain::kernel::TenantId;

use crate::error::StoreError;
use crate::store::Store;

impl Store {
    /// The tenant's position and the log position of its last event; zeros without one.
    ///
    /// # Errors
    /// When the database is away.
    pub async fn tenant_head(&self, tenant: TenantId) -> Result<(i64, i64), StoreError> {
        let mut tx = self.tenant_tx(tenant).await?;
        let head: Option<(i64, i64)> = sqlx::query_as(
            "select position, log_position from events where tenant_id = $1 \
             order by position desc limit 1",
        )
        .bind(tenant.0)
        .fetch_optional(tx.connection())
        .await?;
        tx.commit().await?;
        Ok(head.unwrap_or_default())
    }

    /// The tenant's position as of a log position, for telling clients how fresh an answer is.
    /// From memory for tenants that are in use.
    ///
    /// # Errors
    /// When the database is away.
    pub async fn position_as_of(
        &self,
        tenant: TenantId,
        log_position: i64,
    ) -> Result<i64, StoreError> {
        if let Some(position) = self.tail().tenant_position(tenant, log_position) {
            return Ok(position);
        }
        let head = self.tenant_head(tenant).await?;
        self.tail().remember_tenant(tenant, head);
        if head.1 <= log_position {
            return Ok(head.0);
        }
        let mut tx = self.tenant_tx(tenant).await?;
        let position: Option<i64> = sqlx::query_scalar(
            "select position from events where tenant_id = $1 and log_position <= $2 \
             order by position desc limit 1",
        )
        .bind(tenant.0)
        .bind(log_position)
        .fetch_optional(tx.connection())
        .await?;
        tx.commit().await?;
        Ok(position.unwrap_or_default())
    }

    /// Where a position of the tenant's log lies in the database's order; none when it is not
    /// there yet.
    ///
    /// # Errors
    /// When the database is away.
    pub async fn log_position(
        &self,
        tenant: TenantId,
        position: i64,
    ) -> Result<Option<i64>, StoreError> {
        let mut tx = self.tenant_tx(tenant).await?;
        let found = sqlx::query_scalar(
            "select log_position from events where tenant_id = $1 and position = $2",
        )
        .bind(tenant.0)
        .bind(position)
        .fetch_optional(tx.connection())
        .await?;
        tx.commit().await?;
        Ok(found)
    }
}
