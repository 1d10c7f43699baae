//! Which moments of a tenant's past are kept ready? Its read models as of a position, in a
//! generation of their own, for some minutes.
//!
//! A generation of a vantage is negative and the tenant's alone. Whoever reads from it holds its
//! row until the transaction ends; whoever takes it away needs that row for itself.

use std::time::Duration;

use daybook_domain::kernel::TenantId;
use sqlx::PgConnection;
use uuid::Uuid;

use super::progress::ReaderKey;
use crate::error::StoreError;
use crate::store::Store;
use crate::tenant_tx::DispatchTx;

/// The read models of a tenant as of a position.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Vantage {
    /// Whose.
    pub tenant: TenantId,
    /// The tenant's position of the last event that is seen; 0 is before everything.
    pub position: i64,
    /// That event's place in the database's order.
    pub log_position: i64,
    /// Under which the rows are kept; 0, of which there are none, for position 0.
    pub generation: i32,
}

/// A vantage that is wanted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Wanted<'a> {
    /// Whose.
    pub tenant: TenantId,
    /// The tenant's position of the last event that is seen.
    pub position: i64,
    /// That event's place in the database's order.
    pub log_position: i64,
    /// Which code builds: other code's rows are not taken.
    pub code: &'a str,
}

/// How many vantages a tenant may have, and for how long.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct VantageLimits {
    /// At most so many at once.
    pub most: i64,
    /// One that was used more recently does not make room for another.
    pub rest: Duration,
}

/// Those of a tenant whose rows are still going away, besides those in use.
const MOST_LEAVING: i64 = 8;

impl Vantage {
    /// Nothing had happened yet: there is nothing to build.
    pub fn is_before_everything(&self) -> bool {
        self.position == 0
    }

    /// Keeps it from being taken away until the transaction ends. `false`: it is gone.
    pub(crate) async fn hold(&self, connection: &mut PgConnection) -> Result<bool, StoreError> {
        let held = sqlx::query(
            "select from vantages where tenant_id = $1 and generation = $2 and not retired \
             for share",
        )
        .bind(self.tenant.0)
        .bind(self.generation)
        .fetch_optional(connection)
        .await?;
        Ok(held.is_some())
    }
}

impl Store {
    /// The vantage that is wanted, made if need be. None: the tenant has as many as it may have,
    /// and none that rests.
    ///
    /// # Errors
    /// When the database is away.
    pub async fn open_vantage(
        &self,
        wanted: &Wanted<'_>,
        limits: VantageLimits,
    ) -> Result<Option<Vantage>, StoreError> {
        let vantage = |generation| Vantage {
            tenant: wanted.tenant,
            position: wanted.position,
            log_position: wanted.log_position,
            generation,
        };
        if wanted.position == 0 {
            return Ok(Some(vantage(0)));
        }
        let mut tx = self.dispatch_tx().await?;
        let mut found = find(&mut tx, wanted).await?;
        if found.is_none() {
            // One at a time for each tenant: two would both count one too few.
            sqlx::query("select pg_advisory_xact_lock(hashtextextended($1, 7))")
                .bind(format!("vantages of {}", wanted.tenant))
                .execute(tx.connection())
                .await?;
            found = find(&mut tx, wanted).await?;
        }
        if found.is_none() && make_room(&mut tx, wanted.tenant, limits).await? {
            found = Some(insert(&mut tx, wanted).await?);
        }
        tx.commit().await?;
        Ok(found.map(vantage))
    }

    /// Whether a vantage was not given up.
    ///
    /// # Errors
    /// When the database is away.
    pub async fn keeps_vantage(&self, vantage: &Vantage) -> Result<bool, StoreError> {
        let mut tx = self.dispatch_tx().await?;
        let kept = sqlx::query_scalar(
            "select exists (select from vantages \
               where tenant_id = $1 and generation = $2 and not retired)",
        )
        .bind(vantage.tenant.0)
        .bind(vantage.generation)
        .fetch_one(tx.connection())
        .await?;
        tx.commit().await?;
        Ok(kept)
    }

    /// Registers read models of a vantage, by name and version, for somebody to build them. Those
    /// that are registered stay as they are.
    ///
    /// # Errors
    /// When the database is away.
    pub async fn begin_scratch(
        &self,
        vantage: &Vantage,
        read_models: &[(&str, i32)],
    ) -> Result<(), StoreError> {
        let (names, versions): (Vec<&str>, Vec<i32>) = read_models.iter().copied().unzip();
        // Not for one that is being taken away meanwhile: its rows would stay for ever.
        let statement = sqlx::query(
            "with there as (select generation from vantages \
               where tenant_id = $1 and generation = $2 and not retired for share) \
             insert into readers (name, generation, version, state, log_position) \
             select u.name, there.generation, u.version, 'scratch', 0 \
             from there cross join unnest($3::text[], $4::integer[]) as u (name, version) \
             on conflict do nothing",
        )
        .bind(vantage.tenant.0)
        .bind(vantage.generation)
        .bind(names)
        .bind(versions);
        self.dispatch(statement).await?;
        Ok(())
    }

    /// Which of these read models are not built from a vantage yet.
    ///
    /// # Errors
    /// When the database is away.
    pub async fn unbuilt(
        &self,
        vantage: &Vantage,
        read_models: &[&'static str],
    ) -> Result<Vec<&'static str>, StoreError> {
        if vantage.is_before_everything() {
            return Ok(Vec::new());
        }
        let mut tx = self.dispatch_tx().await?;
        let built: Vec<String> = sqlx::query_scalar(
            "select name from readers where generation = $1 and name = any ($2) \
               and state = 'scratch' and log_position > 0",
        )
        .bind(vantage.generation)
        .bind(read_models)
        .fetch_all(tx.connection())
        .await?;
        tx.commit().await?;
        let is_unbuilt = |name: &&'static str| !built.iter().any(|it| it == name);
        Ok(read_models.iter().copied().filter(is_unbuilt).collect())
    }

    /// Gives up vantages that nobody used for a while, and those whose builder is gone. Their rows
    /// are taken away by whoever sweeps.
    ///
    /// # Errors
    /// When the database is away.
    pub async fn retire_idle_vantages(&self, idle: Duration) -> Result<(), StoreError> {
        self.retire_where(
            "not v.retired and (v.used_at < clock_timestamp() - make_interval(secs => $1) \
               or exists (select from readers r where r.generation = v.generation \
                 and r.log_position = 0 \
                 and coalesce(r.heartbeat_at, v.used_at) < clock_timestamp() - interval '30 s')) \
             for update skip locked",
            |query| query.bind(idle.as_secs_f64()),
        )
        .await
    }

    /// Gives up every vantage of a tenant, or one of them: who reads from it is waited for.
    ///
    /// # Errors
    /// When the database is away.
    pub async fn retire_vantages(
        &self,
        tenant: TenantId,
        generation: Option<i32>,
    ) -> Result<(), StoreError> {
        self.retire_where(
            "v.tenant_id = $1 and ($2::integer is null or v.generation = $2) for update",
            |query| query.bind(tenant.0).bind(generation),
        )
        .await
    }

    async fn retire_where(
        &self,
        condition: &str,
        bind: impl for<'q> FnOnce(Bound<'q>) -> Bound<'q>,
    ) -> Result<(), StoreError> {
        let statement = format!(
            "with gone as (update vantages set retired = true where (tenant_id, generation) in ( \
               select v.tenant_id, v.generation from vantages v where {condition}) \
               returning generation) \
             update readers r set state = 'retired', epoch = epoch + 1 \
             from gone where r.generation = gone.generation"
        );
        let statement = bind(sqlx::query(&statement));
        self.dispatch(statement).await?;
        Ok(())
    }

    /// Whose a retired vantage's generation is; none when it is nobody's.
    ///
    /// # Errors
    /// When the database is away.
    pub async fn tenant_of_vantage(&self, key: &ReaderKey) -> Result<Option<TenantId>, StoreError> {
        let mut tx = self.dispatch_tx().await?;
        let tenant: Option<Uuid> =
            sqlx::query_scalar("select tenant_id from vantages where generation = $1")
                .bind(key.generation)
                .fetch_optional(tx.connection())
                .await?;
        tx.commit().await?;
        Ok(tenant.map(TenantId))
    }

    /// Forgets retired vantages of which no rows are left.
    ///
    /// # Errors
    /// When the database is away.
    pub async fn forget_vantages(&self) -> Result<(), StoreError> {
        let statement = sqlx::query(
            "delete from vantages v where v.retired \
               and not exists (select from readers r where r.generation = v.generation)",
        );
        self.dispatch(statement).await?;
        Ok(())
    }
}

type Bound<'q> = sqlx::query::Query<'q, sqlx::Postgres, sqlx::postgres::PgArguments>;

/// The vantage, if it is there; notes that it is used.
async fn find(tx: &mut DispatchTx, wanted: &Wanted<'_>) -> Result<Option<i32>, StoreError> {
    let found: Option<(i32, bool)> = sqlx::query_as(
        "select generation, used_at < clock_timestamp() - interval '1 s' from vantages \
         where tenant_id = $1 and position = $2 and code = $3 and not retired",
    )
    .bind(wanted.tenant.0)
    .bind(wanted.position)
    .bind(wanted.code)
    .fetch_optional(tx.connection())
    .await?;
    let Some((generation, is_old)) = found else {
        return Ok(None);
    };
    if is_old {
        // Whoever reads from it holds the row; they need not be waited for.
        sqlx::query(
            "update vantages set used_at = clock_timestamp() where (tenant_id, generation) in ( \
               select tenant_id, generation from vantages \
               where tenant_id = $1 and generation = $2 for update skip locked)",
        )
        .bind(wanted.tenant.0)
        .bind(generation)
        .execute(tx.connection())
        .await?;
    }
    Ok(Some(generation))
}

/// Whether there is room for one more vantage, after one that rests was given up if need be.
async fn make_room(
    tx: &mut DispatchTx,
    tenant: TenantId,
    limits: VantageLimits,
) -> Result<bool, StoreError> {
    let (used, leaving): (i64, i64) = sqlx::query_as(
        "select count(*) filter (where not retired), count(*) filter (where retired) \
         from vantages where tenant_id = $1",
    )
    .bind(tenant.0)
    .fetch_one(tx.connection())
    .await?;
    if leaving >= MOST_LEAVING {
        return Ok(false);
    }
    if used < limits.most {
        return Ok(true);
    }
    let retired = sqlx::query(
        "with gone as (update vantages set retired = true where (tenant_id, generation) in ( \
           select tenant_id, generation from vantages where tenant_id = $1 and not retired \
             and used_at < clock_timestamp() - make_interval(secs => $2) \
           order by used_at limit 1 for update skip locked) returning generation), \
         readers_gone as (update readers r set state = 'retired', epoch = epoch + 1 \
           from gone where r.generation = gone.generation) \
         select generation from gone",
    )
    .bind(tenant.0)
    .bind(limits.rest.as_secs_f64())
    .fetch_optional(tx.connection())
    .await?;
    Ok(retired.is_some())
}

async fn insert(tx: &mut DispatchTx, wanted: &Wanted<'_>) -> Result<i32, StoreError> {
    let generation = sqlx::query_scalar(
        "insert into vantages (tenant_id, generation, position, log_position, code, used_at) \
         values ($1, nextval('vantage_generations'), $2, $3, $4, clock_timestamp()) \
         returning generation",
    )
    .bind(wanted.tenant.0)
    .bind(wanted.position)
    .bind(wanted.log_position)
    .bind(wanted.code)
    .fetch_one(tx.connection())
    .await?;
    Ok(generation)
}
