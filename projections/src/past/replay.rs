//! Are a tenant's live rows those that its log leaves?
//!
//! All read models are built anew from the log, into a scratch schema, first in bulk up to a position,
//! then page by page up to the head. Then they are compared with the live rows, row by row and column
//! by column, in one snapshot in which both have read the same events. A vantage that nobody else uses
//! says who builds there: with it the schema goes, whoever is left to take it away.

use std::sync::Arc;
use std::sync::atomic::AtomicU64;
use std::time::Duration;

use chrono::{DateTime, Utc};
use daybook_domain::kernel::TenantId;
use daybook_store::reader::{ScratchSchema, Vantage, VantageLimits, Wanted};
use daybook_store::{AsOf, Store, StoreError, TenantTx};
use serde::Serialize;
use serde_json::Value;
use sqlx::Row;
use thiserror::Error;
use tokio::time::{Instant, interval_at, sleep};
use uuid::Uuid;

use super::diff::{Change, changes};
use crate::engine::{Projection, Scratch, take_away};

/// How long the live rows may take to read what the tenant wrote, and the tenant to be quiet for
/// the moment in which both are compared.
const PATIENCE: Duration = Duration::from_secs(60);
const LOOK: Duration = Duration::from_millis(20);
/// How often we say that the vantage is in use.
const SIGN: Duration = Duration::from_secs(2);

/// Builds a tenant's read models anew and compares.
#[derive(Debug, Clone)]
pub struct Replay {
    /// The log and the rows.
    pub store: Store,
    /// What is built, usually [`crate::all`].
    pub projections: Vec<Arc<Projection>>,
    /// Whose.
    pub tenant: TenantId,
    /// Who builds: an id of its own.
    pub holder: Uuid,
    /// What time it is.
    pub clock: fn() -> DateTime<Utc>,
    /// Differences told of each table; all are counted.
    pub most: i64,
}

/// Where a replay builds.
#[derive(Debug)]
struct Apart {
    /// The generation that its rows bear, and the sign that somebody is at it.
    vantage: Vantage,
    schema: ScratchSchema,
}

/// A table and how far live and rebuilt rows agree.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Compared {
    /// The read model, `context.read_model`.
    pub read_model: String,
    /// One of its tables.
    pub table: String,
    /// The tenant's live rows.
    pub rows: i64,
    /// Rows that differ, or are on one side only.
    pub differing: i64,
    /// The first of them, by key.
    pub differences: Vec<Difference>,
}

/// A row that is not what the log leaves.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Difference {
    /// The columns of its key.
    pub key: Value,
    /// Whether the live row is missing.
    pub is_missing: bool,
    /// Whether the live row should not be there.
    pub is_extra: bool,
    /// What is different, by column: before is what the log leaves, after what is live.
    pub columns: Vec<Change>,
}

/// The comparison did not come about.
#[derive(Debug, Error)]
pub enum ReplayError {
    /// Nothing ever happened to it.
    #[error("there is no tenant {0}")]
    NoTenant(TenantId),
    /// The log is not there yet.
    #[error("the tenant's log ends at position {head}; give a position from 1 to that")]
    NoPosition {
        /// The last one.
        head: i64,
    },
    /// Another process took over what was being built.
    #[error("the build was taken away; try again")]
    Lost,
    /// Live rows that did not get there, or a tenant that never paused.
    #[error(
        "there was no moment within a minute at which {0} had read all of the tenant's events; is \
         `daybook up` or `daybook work` running?"
    )]
    NoMoment(String),
    /// The database is away.
    #[error(transparent)]
    Store(#[from] StoreError),
}

impl Replay {
    /// Builds up to a position of the tenant, or its head, goes on to the head, and compares.
    ///
    /// # Errors
    /// When that does not come about; what was built is taken away in any case, if need be by whoever
    /// sweeps.
    pub async fn run(
        &self,
        to: Option<i64>,
        tell: impl Fn(&str),
    ) -> Result<(i64, Vec<Compared>), ReplayError> {
        let (head, _) = self.store.tenant_head(self.tenant).await?;
        if head == 0 {
            return Err(ReplayError::NoTenant(self.tenant));
        }
        let found = match to.unwrap_or(head) {
            1.. => {
                self.store
                    .moment_of(self.tenant, to.unwrap_or(head))
                    .await?
            }
            _ => None,
        };
        let start = found.ok_or(ReplayError::NoPosition { head })?;
        let code = format!("replay {}", self.holder);
        let wanted = Wanted {
            tenant: self.tenant,
            position: start.position,
            log_position: start.log_position,
            code: &code,
        };
        let vantage = self.open(&wanted).await?;
        let done = tokio::select! {
            done = self.build_and_compare(vantage, start, tell) => done,
            error = self.keep(&wanted, &vantage) => Err(error),
        };
        let done = match done {
            // Whatever it was that failed, it was taken away first.
            Err(ReplayError::Store(_)) if !self.store.keeps_vantage(&vantage).await? => {
                Err(ReplayError::Lost)
            }
            done => done,
        };
        if let Err(error) = self.clear(&vantage).await {
            tracing::warn!(%error, "what a replay built is still there; it is swept later");
        }
        done
    }

    /// Takes away what was built.
    async fn clear(&self, vantage: &Vantage) -> Result<(), StoreError> {
        let generation = Some(vantage.generation);
        self.store.retire_vantages(self.tenant, generation).await?;
        take_away(&self.store, &self.projections, Some(self.tenant)).await
    }

    async fn open(&self, wanted: &Wanted<'_>) -> Result<Vantage, ReplayError> {
        let limits = VantageLimits {
            most: i64::MAX,
            rest: SIGN,
        };
        let opened = self.store.open_vantage(wanted, limits).await?;
        opened.ok_or(ReplayError::Lost)
    }

    /// Says again and again that the vantage is in use; ends only when that fails, or it was given up.
    async fn keep(&self, wanted: &Wanted<'_>, vantage: &Vantage) -> ReplayError {
        // It was opened just now.
        let mut beat = interval_at(Instant::now() + SIGN, SIGN);
        loop {
            beat.tick().await;
            match self.open(wanted).await {
                Ok(found) if found == *vantage => {}
                // Another one was made in its place; nobody uses it, and it goes by itself.
                Ok(_) => return ReplayError::Lost,
                Err(error) => return error,
            }
        }
    }

    async fn build_and_compare(
        &self,
        vantage: Vantage,
        start: AsOf,
        tell: impl Fn(&str),
    ) -> Result<(i64, Vec<Compared>), ReplayError> {
        let apart = self.set_apart(vantage).await?;
        for projection in &self.projections {
            tell(&format!(
                "building {} up to {}",
                projection.name(),
                start.position
            ));
            if !self.scratch(projection, &apart).build().await? {
                return Err(ReplayError::Lost);
            }
        }
        tell("comparing");
        let deadline = Instant::now() + PATIENCE;
        let mut at = start;
        loop {
            let (position, _) = self.store.tenant_head(self.tenant).await?;
            if position > at.position {
                at = self.advance(&apart, (at, position)).await?;
            }
            let waiting_for = match self.behind(&at).await? {
                Some(name) => name,
                None => match self.compare(&apart, &at).await? {
                    Some(compared) => return Ok((at.position, compared)),
                    None => "everything".to_owned(),
                },
            };
            if Instant::now() >= deadline {
                return Err(ReplayError::NoMoment(waiting_for));
            }
            sleep(LOOK).await;
        }
    }

    /// Registers all that will be built, and makes the schema: in this order, since whoever takes away
    /// what is registered takes the schema away, too.
    async fn set_apart(&self, vantage: Vantage) -> Result<Apart, ReplayError> {
        let projections = self.projections.iter();
        let names: Vec<(&str, i32)> = projections.map(|it| (it.name(), it.version())).collect();
        self.store.begin_scratch(&vantage, &names).await?;
        let tables = self.projections.iter().flat_map(|it| it.tables());
        let tables: Vec<&str> = tables.copied().collect();
        let schema = self.store.make_scratch_schema(&vantage, &tables).await?;
        let schema = schema.ok_or(ReplayError::Lost)?;
        Ok(Apart { vantage, schema })
    }

    fn scratch(&self, projection: &Arc<Projection>, apart: &Apart) -> Scratch {
        Scratch {
            store: self.store.clone(),
            projection: Arc::clone(projection),
            holder: self.holder,
            clock: self.clock,
            vantage: apart.vantage,
            schema: Some(apart.schema.clone()),
            read: Arc::new(AtomicU64::new(0)),
        }
    }

    async fn advance(
        &self,
        apart: &Apart,
        (at, position): (AsOf, i64),
    ) -> Result<AsOf, ReplayError> {
        let to = self.store.moment_of(self.tenant, position).await?;
        let to = to.ok_or(ReplayError::NoPosition { head: at.position })?;
        for projection in &self.projections {
            let scratch = self.scratch(projection, apart);
            if !scratch.advance(&at, &to).await? {
                return Err(ReplayError::Lost);
            }
        }
        Ok(to)
    }

    /// A read model whose live rows have not read up to there.
    async fn behind(&self, at: &AsOf) -> Result<Option<String>, StoreError> {
        let live = self.store.live_positions().await?;
        let has_read = |it: &&Arc<Projection>| {
            live.iter()
                .any(|(name, position)| name == it.name() && *position >= at.log_position)
        };
        let behind = self.projections.iter().find(|it| !has_read(it));
        Ok(behind.map(|it| it.name().to_owned()))
    }

    /// What all tables say in one snapshot; none when the tenant wrote meanwhile.
    async fn compare(&self, apart: &Apart, at: &AsOf) -> Result<Option<Vec<Compared>>, StoreError> {
        let mut tx = self.store.tenant_snapshot(self.tenant).await?;
        let head: i64 = sqlx::query_scalar(
            "select position from events where tenant_id = $1 order by position desc limit 1",
        )
        .bind(self.tenant.0)
        .fetch_one(tx.connection())
        .await?;
        if head != at.position {
            return Ok(None);
        }
        let mut compared = Vec::new();
        for projection in &self.projections {
            for (table, key) in projection.keyed_tables() {
                let names = (projection.name(), *table, *key);
                compared.push(self.compare_table(&mut tx, apart, names).await?);
            }
        }
        tx.commit().await?;
        Ok(Some(compared))
    }

    async fn compare_table(
        &self,
        tx: &mut TenantTx,
        apart: &Apart,
        (read_model, table, key): (&str, &str, &[&str]),
    ) -> Result<Compared, StoreError> {
        let rows = sqlx::query(&statement((table, apart.schema.name()), key))
            .bind(self.tenant.0)
            .bind(read_model)
            .bind(apart.vantage.generation)
            .bind(self.most)
            .fetch_all(tx.connection())
            .await?;
        let mut compared = Compared {
            read_model: read_model.to_owned(),
            table: table.to_owned(),
            rows: 0,
            differing: 0,
            differences: Vec::new(),
        };
        for row in &rows {
            compared.rows = row.try_get(0)?;
            compared.differing = row.try_get(1)?;
            let key: Option<Value> = row.try_get(2)?;
            if let Some(key) = key {
                let sides = (row.try_get(3)?, row.try_get(4)?);
                compared.differences.push(Difference::of(key, sides));
            }
        }
        Ok(compared)
    }
}

impl Difference {
    fn of(key: Value, (rebuilt, live): (Option<Value>, Option<Value>)) -> Self {
        let is_missing = live.is_none();
        let is_extra = rebuilt.is_none();
        let columns = match (rebuilt, live) {
            (Some(rebuilt), Some(live)) => changes(&rebuilt, &live).0,
            (None, _) | (_, None) => Vec::new(),
        };
        Self {
            key,
            is_missing,
            is_extra,
            columns,
        }
    }
}

/// How many rows are live and how many differ, and the first of those; one row without a key when
/// none does. Text is compared, so that `1.0` is not `1.00`.
fn statement((table, schema): (&str, &str), key: &[&str]) -> String {
    let keys: Vec<String> = key
        .iter()
        .map(|column| format!("'{column}', t.{column}"))
        .collect();
    let side = |table: &str, generation: &str| {
        format!(
            "select jsonb_build_object({}) as k, to_jsonb(t) - 'tenant_id' - 'generation' as r \
             from {table} t where tenant_id = $1 and generation = {generation}",
            keys.join(", ")
        )
    };
    let live_generation = "(select generation from readers where name = $2 and state = 'live')";
    let live = side(table, live_generation);
    let rebuilt = side(&format!("{schema}.{table}"), "$3");
    format!(
        "with live as ({live}), rebuilt as ({rebuilt}), \
         differing as (select coalesce(live.k, rebuilt.k) as k, rebuilt.r as rebuilt, \
             live.r as live, count(*) over () as n \
           from live full join rebuilt on live.k = rebuilt.k \
           where live.r::text is distinct from rebuilt.r::text \
           order by coalesce(live.k, rebuilt.k)::text limit $4) \
         select (select count(*) from live), coalesce(d.n, 0), d.k, d.rebuilt, d.live \
         from (select 1) as one left join differing d on true"
    )
}
