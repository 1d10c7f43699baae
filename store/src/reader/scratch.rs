//! Where are rows built that are never to be among the live ones?
//!
//! In a schema of their own, with copies of the read models' tables. It goes as a whole, and leaves no
//! dead rows behind. It belongs to a vantage: it is dropped with that one's generation, by whoever sweeps.

use daybook_domain::kernel::TenantId;

use super::vantage::Vantage;
use crate::error::StoreError;
use crate::store::Store;

/// The schema of a vantage that is built apart.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ScratchSchema {
    name: String,
}

impl ScratchSchema {
    /// What it is called. Nothing in it needs quoting.
    pub fn name(&self) -> &str {
        &self.name
    }
}

impl Store {
    /// Makes the schema of a vantage, with copies of these tables of read models, and no rows. None: the
    /// vantage was given up, and nobody would take the schema away.
    ///
    /// # Errors
    /// When it is there already, or the database is away.
    pub async fn make_scratch_schema(
        &self,
        vantage: &Vantage,
        tables: &[&str],
    ) -> Result<Option<ScratchSchema>, StoreError> {
        let mut tx = self.background_tx(vantage.tenant).await?;
        if !vantage.hold(tx.connection()).await? {
            return Ok(None);
        }
        sqlx::query("select make_scratch_schema($1, $2)")
            .bind(vantage.generation)
            .bind(tables)
            .execute(tx.connection())
            .await?;
        tx.commit().await?;
        Ok(Some(ScratchSchema {
            name: format!("daybook_scratch_{}", vantage.generation.unsigned_abs()),
        }))
    }

    /// Whether the schema is still there.
    ///
    /// # Errors
    /// When the database is away.
    pub async fn has_scratch_schema(
        &self,
        (tenant, schema): (TenantId, &ScratchSchema),
    ) -> Result<bool, StoreError> {
        let mut tx = self.background_tx(tenant).await?;
        let is_there = sqlx::query_scalar("select to_regnamespace($1) is not null")
            .bind(&schema.name)
            .fetch_one(tx.connection())
            .await?;
        tx.commit().await?;
        Ok(is_there)
    }

    /// Drops the schema of a generation of the past; nothing where it has none.
    ///
    /// # Errors
    /// When somebody works in it for longer than five seconds, or the database is away.
    pub async fn drop_scratch_schema(
        &self,
        (tenant, generation): (TenantId, i32),
    ) -> Result<(), StoreError> {
        let mut tx = self.background_tx(tenant).await?;
        sqlx::query("select drop_scratch_schema($1)")
            .bind(generation)
            .execute(tx.connection())
            .await?;
        tx.commit().await
    }
}
