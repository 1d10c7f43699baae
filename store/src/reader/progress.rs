//! How far readers are, which generation is live, and what is parked.

use std::time::Duration;

use chrono::{DateTime, Utc};
use daybook_domain::kernel::TenantId;
use sqlx::FromRow;
use uuid::Uuid;

use super::lease::EXPIRY;
use super::transaction::ReaderTx;
use crate::error::StoreError;
use crate::store::Store;

/// One generation of a reader.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct ReaderKey {
    /// Which reader, `context.read_model`.
    pub name: String,
    /// Which of its generations; each rebuild begins a new one.
    pub generation: i32,
}

/// What a generation is to queries.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ReaderState {
    /// Catches up beside the live one.
    Building,
    /// What queries see.
    Live,
    /// What queries saw before the live one; they can again.
    Previous,
}

impl ReaderState {
    /// The name under which it is stored.
    pub fn name(self) -> &'static str {
        match self {
            Self::Building => "building",
            Self::Live => "live",
            Self::Previous => "previous",
        }
    }
}

/// A generation and where it stands.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ReaderStatus {
    /// Which one.
    pub key: ReaderKey,
    /// The version of the code that writes it.
    pub version: i32,
    /// What it is to queries.
    pub state: ReaderState,
    /// How far it has read.
    pub log_position: i64,
    /// How many events it has yet to read.
    pub lag: i64,
    /// How many events more it has read than the log has; 0 unless the log was cut.
    pub ahead: i64,
    /// Whether a process is at it: one that gave a sign of life within 10 seconds.
    pub at_work: bool,
    /// How long ago its lease was taken or renewed; none when nobody has one that has not run out.
    pub renewed_ago: Option<Duration>,
    /// Streams it stopped at.
    pub parked: i64,
}

/// A generation as it is looked up.
#[derive(Debug, FromRow)]
struct StatusRow {
    name: String,
    generation: i32,
    version: i32,
    state: String,
    log_position: i64,
    lag: i64,
    ahead: i64,
    at_work: bool,
    renewed_ms: Option<i64>,
    parked: i64,
}

impl From<StatusRow> for ReaderStatus {
    fn from(row: StatusRow) -> Self {
        let state = match row.state.as_str() {
            "live" => ReaderState::Live,
            "previous" => ReaderState::Previous,
            _ => ReaderState::Building,
        };
        // The server's clock may have been put back meanwhile.
        let since = |ms: i64| Duration::from_millis(u64::try_from(ms).unwrap_or_default());
        Self {
            key: ReaderKey {
                name: row.name,
                generation: row.generation,
            },
            version: row.version,
            state,
            log_position: row.log_position,
            lag: row.lag,
            ahead: row.ahead,
            at_work: row.at_work,
            renewed_ago: row.renewed_ms.map(since),
            parked: row.parked,
        }
    }
}

/// A stream that a reader stopped at.
#[derive(Debug, Clone, PartialEq, Eq, FromRow)]
pub struct ParkedStream {
    /// Whose stream.
    pub tenant_id: Uuid,
    /// Which reader stopped.
    pub reader: String,
    /// Which generation of it.
    pub generation: i32,
    /// The stream.
    pub stream_id: Uuid,
    /// The tenant's position of the event it stopped at.
    pub position: i64,
    /// That event's type.
    pub event_type: String,
    /// What was wrong.
    pub reason: String,
    /// Since when.
    pub parked_at: DateTime<Utc>,
}

impl Store {
    /// Registers a reader: live from the log's beginning when it is new; a new generation beside
    /// the live one when the code's version is higher than the live generation's, and than that of one
    /// that is being built. Looks at the past and what is kept to go back to do not count. Builds of
    /// older code are given up.
    ///
    /// # Errors
    /// When the database is away.
    pub async fn register_reader(&self, name: &str, version: i32) -> Result<(), StoreError> {
        let mut tx = self.dispatch_tx().await?;
        sqlx::query(
            "insert into readers (name, generation, version, state, log_position) \
             values ($1, 1, $2, 'live', 0) on conflict do nothing",
        )
        .bind(name)
        .bind(version)
        .execute(tx.connection())
        .await?;
        sqlx::query(
            "insert into readers (name, generation, version, state, log_position) \
             select $1, max(generation) + 1, $2, 'building', 0 from readers where name = $1 \
             having coalesce(max(version) filter (where state in ('live', 'building')), 0) < $2 \
             on conflict do nothing",
        )
        .bind(name)
        .bind(version)
        .execute(tx.connection())
        .await?;
        sqlx::query(
            "update readers set state = 'retired', epoch = epoch + 1 \
             where name = $1 and state = 'building' and version < $2",
        )
        .bind(name)
        .bind(version)
        .execute(tx.connection())
        .await?;
        tx.commit().await
    }

    /// Makes a generation that is building or was replaced the live one, in one transaction, unless
    /// it is behind the one it replaces. That one is kept as the previous one, and the one before
    /// it retired. `false`: it is behind, or neither building nor previous any more.
    ///
    /// # Errors
    /// When the database is away.
    pub async fn promote(&self, key: &ReaderKey) -> Result<bool, StoreError> {
        let mut tx = self.dispatch_tx().await?;
        // In order of generation, so that two promotions cannot wait for each other.
        let rows: Vec<(i32, String, i64)> = sqlx::query_as(
            "select generation, state, log_position from readers where name = $1 \
               and state in ('building', 'live', 'previous') order by generation for update",
        )
        .bind(&key.name)
        .fetch_all(tx.connection())
        .await?;
        let live = rows
            .iter()
            .find(|row| row.1 == "live")
            .map_or(0, |row| row.2);
        let ours = rows
            .iter()
            .find(|row| row.0 == key.generation && row.1 != "live");
        if ours.is_none_or(|ours| ours.2 < live) {
            return Ok(false);
        }
        // Whoever followed one that is replaced must take a lease anew, and finds it is not live.
        for change in [
            "update readers set state = 'retired', epoch = epoch + 1 \
             where name = $1 and generation <> $2 and state = 'previous'",
            "update readers set state = 'previous', epoch = epoch + 1, holder = null, \
               replaced_at = clock_timestamp() where name = $1 and state = 'live'",
            "update readers set state = 'live', replaced_at = null \
             where name = $1 and generation = $2",
        ] {
            sqlx::query(change)
                .bind(&key.name)
                .bind(key.generation)
                .execute(tx.connection())
                .await?;
        }
        tx.commit().await?;
        Ok(true)
    }

    /// Every generation that is live, being built or kept to go back to, by name.
    ///
    /// # Errors
    /// When the database is away.
    pub async fn readers(&self) -> Result<Vec<ReaderStatus>, StoreError> {
        let mut tx = self.dispatch_tx().await?;
        let statement = format!(
            "select r.name, r.generation, r.version, r.state, r.log_position, \
               greatest(h.log_position - r.log_position, 0) as lag, \
               greatest(r.log_position - h.log_position, 0) as ahead, \
               coalesce(r.heartbeat_at > clock_timestamp() - interval '10 seconds', false) as at_work, \
               case when r.holder is not null \
                    and r.heartbeat_at >= clock_timestamp() - interval '{EXPIRY}' \
                 then ceil(extract(epoch from clock_timestamp() - r.heartbeat_at) * 1000)::bigint \
               end as renewed_ms, \
               (select count(*) from parked_streams p \
                where p.reader = r.name and p.generation = r.generation) as parked \
             from readers r cross join log_head h \
             where r.state in ('building', 'live', 'previous') order by r.name, r.generation"
        );
        let rows: Vec<StatusRow> = sqlx::query_as(&statement)
            .fetch_all(tx.connection())
            .await?;
        tx.commit().await?;
        Ok(rows.into_iter().map(ReaderStatus::from).collect())
    }

    /// How far the live generations have read, by name.
    ///
    /// # Errors
    /// When the database is away.
    pub async fn live_positions(&self) -> Result<Vec<(String, i64)>, StoreError> {
        let mut tx = self.dispatch_tx().await?;
        let rows = sqlx::query_as(
            "select name, log_position from readers where state = 'live' order by name",
        )
        .fetch_all(tx.connection())
        .await?;
        tx.commit().await?;
        Ok(rows)
    }

    /// All parked streams, oldest first, at most 1,000.
    ///
    /// # Errors
    /// When the database is away.
    pub async fn parked_streams(&self) -> Result<Vec<ParkedStream>, StoreError> {
        let mut tx = self.dispatch_tx().await?;
        let rows = sqlx::query_as(
            "select tenant_id, reader, generation, stream_id, position, event_type, reason, \
               parked_at from parked_streams order by parked_at, stream_id limit 1000",
        )
        .fetch_all(tx.connection())
        .await?;
        tx.commit().await?;
        Ok(rows)
    }

    /// The streams a generation is parked at, for the reader to leave alone.
    ///
    /// # Errors
    /// When the database is away.
    pub async fn parked_at(&self, key: &ReaderKey) -> Result<Vec<(TenantId, Uuid)>, StoreError> {
        let mut tx = self.dispatch_tx().await?;
        let rows: Vec<(Uuid, Uuid)> = sqlx::query_as(
            "select tenant_id, stream_id from parked_streams where reader = $1 and generation = $2",
        )
        .bind(&key.name)
        .bind(key.generation)
        .fetch_all(tx.connection())
        .await?;
        tx.commit().await?;
        Ok(rows
            .into_iter()
            .map(|(tenant, stream)| (TenantId(tenant), stream))
            .collect())
    }
}

impl ReaderTx {
    /// Parks a stream of the entered tenant at an event.
    ///
    /// # Errors
    /// When the database is away.
    pub async fn park(&mut self, parked: &ParkedStream) -> Result<(), StoreError> {
        sqlx::query(
            "insert into parked_streams (tenant_id, reader, generation, stream_id, position, \
               event_type, reason, parked_at) \
             values ($1, $2, $3, $4, $5, $6, $7, $8) on conflict do nothing",
        )
        .bind(parked.tenant_id)
        .bind(&parked.reader)
        .bind(parked.generation)
        .bind(parked.stream_id)
        .bind(parked.position)
        .bind(&parked.event_type)
        .bind(&parked.reason)
        .bind(parked.parked_at)
        .execute(self.connection())
        .await?;
        Ok(())
    }
}
