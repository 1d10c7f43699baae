//! What surrounds the building and retiring of generations: beginning, whose rows there are, and forgetting.

use std::time::Duration;

use daybook_domain::kernel::TenantId;
use uuid::Uuid;

use super::progress::ReaderKey;
use crate::error::StoreError;
use crate::store::Store;
use crate::tenant_tx::DispatchTx;

impl Store {
    /// Begins a new generation of a reader beside the live one, for code of this version; returns it. One
    /// of this version that is being built already is returned as it is, and one of another version given
    /// up. None: newer code wrote the live one, or is at work on one.
    ///
    /// # Errors
    /// When the reader is not registered or the database is away.
    pub async fn begin_generation(
        &self,
        name: &str,
        version: i32,
    ) -> Result<Option<ReaderKey>, StoreError> {
        let mut tx = self.dispatch_tx().await?;
        // In order of generation, as a promotion takes them.
        let rows: Vec<(i32, i32, String, bool)> = sqlx::query_as(
            "select generation, version, state, \
               coalesce(heartbeat_at > clock_timestamp() - interval '10 seconds', false) \
             from readers where name = $1 and state in ('building', 'live', 'previous') \
             order by generation for update",
        )
        .bind(name)
        .fetch_all(tx.connection())
        .await?;
        let (mut is_known, mut is_newer, mut building) = (false, false, None);
        for (generation, wrote, state, at_work) in rows {
            let (is_live, is_built) = (state == "live", state == "building");
            is_known |= is_live;
            is_newer |= wrote > version && (is_live || (is_built && at_work));
            if is_built && wrote == version {
                building = Some(generation);
            }
        }
        if !is_known {
            return Err(StoreError::Broken(format!("no reader is called {name}")));
        }
        if is_newer {
            return Ok(None);
        }
        let generation = match building {
            Some(generation) => generation,
            None => insert_generation(&mut tx, name, version).await?,
        };
        // Whoever builds rows of another version finds that the lease is lost.
        sqlx::query(
            "update readers set state = 'retired', epoch = epoch + 1 \
             where name = $1 and state = 'building' and version <> $2",
        )
        .bind(name)
        .bind(version)
        .execute(tx.connection())
        .await?;
        tx.commit().await?;
        Ok(Some(ReaderKey {
            name: name.to_owned(),
            generation,
        }))
    }

    /// Every tenant that has events, in order of id.
    ///
    /// # Errors
    /// When the database is away.
    pub async fn tenants_in_log(&self) -> Result<Vec<TenantId>, StoreError> {
        let mut connection = self.log_connection().await?;
        // One probe of the index per tenant, not one row per event.
        let rows: Vec<Uuid> = sqlx::query_scalar(
            "with recursive t (id) as ( \
               (select tenant_id from events order by tenant_id limit 1) \
               union all \
               select (select e.tenant_id from events e where e.tenant_id > t.id \
                       order by e.tenant_id limit 1) from t where t.id is not null) \
             select id from t where id is not null",
        )
        .fetch_all(&mut *connection)
        .await?;
        Ok(rows.into_iter().map(TenantId).collect())
    }

    /// Generations that were replaced and not forgotten yet, of all readers.
    ///
    /// # Errors
    /// When the database is away.
    pub async fn retired_generations(&self) -> Result<Vec<ReaderKey>, StoreError> {
        let mut tx = self.dispatch_tx().await?;
        let rows: Vec<(String, i32)> = sqlx::query_as(
            "select name, generation from readers where state = 'retired' order by 1, 2",
        )
        .fetch_all(tx.connection())
        .await?;
        tx.commit().await?;
        let key = |(name, generation)| ReaderKey { name, generation };
        Ok(rows.into_iter().map(key).collect())
    }

    /// Gives up replaced generations that nobody went back to for a while.
    ///
    /// # Errors
    /// When the database is away.
    pub async fn retire_previous_generations(&self, kept: Duration) -> Result<(), StoreError> {
        let statement = sqlx::query(
            "update readers set state = 'retired', epoch = epoch + 1 where state = 'previous' \
               and replaced_at < clock_timestamp() - make_interval(secs => $1)",
        )
        .bind(kept.as_secs_f64());
        self.dispatch(statement).await?;
        Ok(())
    }

    /// Forgets a retired generation, once its rows are gone.
    ///
    /// # Errors
    /// When the database is away.
    pub async fn forget_generation(&self, key: &ReaderKey) -> Result<(), StoreError> {
        self.unpark(key).await?;
        let statement = sqlx::query(
            "delete from readers where name = $1 and generation = $2 and state = 'retired'",
        )
        .bind(&key.name)
        .bind(key.generation);
        self.dispatch(statement).await?;
        Ok(())
    }

    /// Forgets which streams a generation is parked at, for one that starts again from nothing.
    ///
    /// # Errors
    /// When the database is away.
    pub async fn unpark(&self, key: &ReaderKey) -> Result<(), StoreError> {
        let statement =
            sqlx::query("delete from parked_streams where reader = $1 and generation = $2")
                .bind(&key.name)
                .bind(key.generation);
        self.dispatch(statement).await?;
        Ok(())
    }
}

async fn insert_generation(
    tx: &mut DispatchTx,
    name: &str,
    version: i32,
) -> Result<i32, StoreError> {
    let generation = sqlx::query_scalar(
        "insert into readers (name, generation, version, state, log_position) \
         select $1, max(generation) + 1, $2, 'building', 0 from readers where name = $1 \
         returning generation",
    )
    .bind(name)
    .bind(version)
    .fetch_one(tx.connection())
    .await?;
    Ok(generation)
}
