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
            name: name_of(vantage.generation),
        }))
    }

    /// Drops the schema of a generation of the past; nothing where it has none. `false`: somebody looks
    /// into it and went on for two seconds; the tenant's rows are gone, and the schema is still there.
    ///
    /// # Errors
    /// When the database is away.
    pub async fn drop_scratch_schema(
        &self,
        (tenant, generation): (TenantId, i32),
    ) -> Result<bool, StoreError> {
        let mut tx = self.background_tx(tenant).await?;
        let dropped = sqlx::query("select drop_scratch_schema($1)")
            .bind(generation)
            .execute(tx.connection())
            .await;
        match dropped {
            Ok(_) => tx.commit().await.map(|()| true),
            Err(error) if is_in_the_way(&error) => {
                drop(tx);
                self.empty_scratch_schema((tenant, generation)).await?;
                Ok(false)
            }
            Err(error) => Err(error.into()),
        }
    }

    /// Takes the tenant's rows out of a schema: who looks into it does not keep us from that.
    async fn empty_scratch_schema(
        &self,
        (tenant, generation): (TenantId, i32),
    ) -> Result<(), StoreError> {
        let schema = name_of(generation);
        let mut tx = self.background_tx(tenant).await?;
        let tables: Vec<String> =
            sqlx::query_scalar("select tablename::text from pg_tables where schemaname = $1")
                .bind(&schema)
                .fetch_all(tx.connection())
                .await?;
        for table in tables {
            let statement = format!("delete from {schema}.{table} where tenant_id = $1");
            sqlx::query(&statement)
                .bind(tenant.0)
                .execute(tx.connection())
                .await?;
        }
        tx.commit().await
    }

    /// The generations that have a schema, and whether it is a stray: it belongs to no vantage, since a
    /// process that knows nothing of schemas took that away.
    ///
    /// # Errors
    /// When the database is away.
    pub async fn scratch_schemas(&self) -> Result<Vec<(i32, bool)>, StoreError> {
        let mut tx = self.dispatch_tx().await?;
        let found = sqlx::query_as(
            "select s.generation, \
               not exists (select from vantages v where v.generation = s.generation) \
             from (select (-substr(nspname, length('daybook_scratch_') + 1)::bigint)::integer \
                 as generation \
               from pg_namespace where nspname ~ '^daybook_scratch_[0-9]{1,10}$') s",
        )
        .fetch_all(tx.connection())
        .await?;
        tx.commit().await?;
        Ok(found)
    }
}

/// Whether others hold what is to go: its locks, or locks in another order.
fn is_in_the_way(error: &sqlx::Error) -> bool {
    let code = error.as_database_error().and_then(|error| error.code());
    // lock_not_available, deadlock_detected
    matches!(code.as_deref(), Some("55P03" | "40P01"))
}

fn name_of(generation: i32) -> String {
    format!("daybook_scratch_{}", generation.unsigned_abs())
}
