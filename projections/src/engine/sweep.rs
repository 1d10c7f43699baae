//! How do rows of a generation go away?

use std::collections::BTreeSet;
use std::sync::Arc;
use std::time::Duration;

use daybook_domain::kernel::TenantId;
use daybook_store::reader::ReaderKey;
use daybook_store::{Store, StoreError};
use sqlx::PgConnection;

use super::batch::{Checkpoint, Desk, Lost};
use super::fault::Trouble;
use super::projection::Projection;

/// Rows taken away in one transaction, so that none is long.
const SLICE: i64 = 5_000;

/// How long a vantage is kept that nobody uses.
const VANTAGE_KEPT: Duration = Duration::from_secs(5 * 60);
/// How long a replaced generation is kept to go back to.
const PREVIOUS_KEPT: Duration = Duration::from_secs(7 * 24 * 60 * 60);

/// Gives up what was kept long enough, and takes away all rows of the generations that were given
/// up, of the projections of this binary.
///
/// # Errors
/// When the database is away; what is left is taken away the next time.
pub(super) async fn sweep(
    store: &Store,
    projections: &[Arc<Projection>],
) -> Result<(), StoreError> {
    store.retire_idle_vantages(VANTAGE_KEPT).await?;
    store.retire_previous_generations(PREVIOUS_KEPT).await?;
    take_away(store, projections, None).await?;
    for (generation, is_stray) in store.scratch_schemas().await? {
        // It needs no tenant to be dropped.
        let scratch = (TenantId::PLATFORM, generation);
        if is_stray && store.drop_scratch_schema(scratch).await? {
            tracing::warn!(
                generation,
                "a scratch schema that belonged to nobody is gone"
            );
        }
    }
    Ok(())
}

/// Takes away the rows of retired generations: of all, or of one tenant's vantages. A scratch schema that
/// somebody looks into is emptied, and goes the next time.
///
/// # Errors
/// When the database is away; what is left is taken away the next time.
pub(crate) async fn take_away(
    store: &Store,
    projections: &[Arc<Projection>],
    only: Option<TenantId>,
) -> Result<(), StoreError> {
    let retired = store.retired_generations().await?;
    // What was built apart is not among the live rows; it goes at once, with all of its read models.
    // Looked up last: none is made for what is retired already.
    let schemas = store.scratch_schemas().await?;
    let mut apart: BTreeSet<i32> = schemas.into_iter().map(|(it, _)| it).collect();
    let mut looked_into = BTreeSet::new();
    for key in retired {
        let Some(projection) = projections.iter().find(|p| p.name() == key.name) else {
            continue;
        };
        if looked_into.contains(&key.generation) {
            continue;
        }
        // A vantage's generation is one tenant's alone.
        let tenants = if key.generation < 0 {
            store.tenant_of_vantage(&key).await?.into_iter().collect()
        } else {
            store.tenants_in_log().await?
        };
        if only.is_some_and(|only| key.generation >= 0 || !tenants.contains(&only)) {
            continue;
        }
        for tenant in tenants {
            if apart.remove(&key.generation)
                && !store.drop_scratch_schema((tenant, key.generation)).await?
            {
                looked_into.insert(key.generation);
            }
            for table in projection.tables() {
                let mut more = true;
                while more {
                    let mut tx = store.background_tx(tenant).await?;
                    more = delete_slice(tx.connection(), table, (tenant, &key)).await?;
                    tx.commit().await?;
                }
            }
        }
        if !looked_into.contains(&key.generation) {
            store.forget_generation(&key).await?;
            announce(&key);
        }
    }
    store.forget_vantages().await
}

fn announce(key: &ReaderKey) {
    let (projection, generation) = (&key.name, key.generation);
    if generation < 0 {
        // A look at the past made it, and looks are many.
        tracing::debug!(
            projection,
            generation,
            "the rows of a look at the past are gone"
        );
    } else {
        tracing::info!(
            projection,
            generation,
            "the rows of a generation that was given up are gone"
        );
    }
}

impl Desk {
    /// Takes away what was built so far, of all tenants.
    pub(super) async fn wipe(&self) -> Result<Result<(), Lost>, Trouble> {
        for tenant in self.store.tenants_in_log().await? {
            if self.wipe_tenant(tenant).await?.is_err() {
                return Ok(Err(Lost));
            }
        }
        Ok(Ok(()))
    }

    /// Takes away what was built so far of a tenant, parked streams included. Each transaction
    /// proves the lease: nobody else's build may be touched.
    pub(super) async fn wipe_tenant(&self, tenant: TenantId) -> Result<Result<(), Lost>, Trouble> {
        let rows = (tenant, &self.lease.key);
        for table in self.projection.tables() {
            let mut more = true;
            while more {
                let mut tx = self.begin().await?;
                tx.enter(tenant).await?;
                more = delete_slice(tx.connection(), table, rows).await?;
                if self.commit(tx, Checkpoint::Stay).await?.is_err() {
                    return Ok(Err(Lost));
                }
            }
        }
        let mut tx = self.begin().await?;
        tx.enter(tenant).await?;
        let unpark = "delete from parked_streams \
                      where tenant_id = $1 and reader = $2 and generation = $3";
        sqlx::query(unpark)
            .bind(tenant.0)
            .bind(&self.lease.key.name)
            .bind(self.lease.key.generation)
            .execute(tx.connection())
            .await?;
        self.commit(tx, Checkpoint::Stay).await
    }
}

/// Takes away at most a slice of a table's rows; whether there may be more.
async fn delete_slice(
    connection: &mut PgConnection,
    table: &str,
    (tenant, key): (TenantId, &ReaderKey),
) -> Result<bool, StoreError> {
    let statement = format!(
        "delete from {table} where tenant_id = $1 and generation = $2 and ctid = any (array( \
           select ctid from {table} where tenant_id = $1 and generation = $2 limit $3))"
    );
    let gone = sqlx::query(&statement)
        .bind(tenant.0)
        .bind(key.generation)
        .bind(SLICE)
        .execute(connection)
        .await?;
    Ok(gone.rows_affected() == SLICE.unsigned_abs())
}
