//! Which share of the database's own limit does the log reach?
//!
//! Ours: 256 clients, each registering clients and waiting for the answer. The limit: one
//! connection that inserts the very same rows into copies of the same tables with the same
//! indexes and constraints, in batches of the very sizes ours had, one plain statement and one
//! commit each, prepared in memory beforehand, and does nothing else.
#![expect(
    clippy::unwrap_used,
    clippy::print_stdout,
    clippy::disallowed_methods,
    clippy::indexing_slicing,
    reason = "a program that measures: it ends at the first fault, and is its own edge"
)]

use std::time::{Duration, Instant};

use chrono::{DateTime, Utc};
use daybook_domain::kernel::TenantId;
use daybook_postgres::testing::private;
use daybook_store::vault::MasterKey;
use daybook_store::{Database, Store, StoreOptions};
use daybook_tests::press::{Sample, Verdict};
use daybook_tests::registrations::register_clients;
use sqlx::{Connection, Executor, PgConnection};
use uuid::Uuid;

const CLIENTS: usize = 256;
const COMMANDS: usize = 12_000;
const ROUNDS: usize = 4;
const LEAST: f64 = 0.6;

const COPIES: &str = "create schema plain; \
    create table plain.events (like daybook.events including all); \
    create table plain.commands (like daybook.commands including all); \
    create table plain.subject_keys (like keys.subject_keys including all)";

/// All tables in one round trip and one commit: for events and commands the fastest of the plain ways
/// we tried, before two statements in a transaction and COPY.
const INSERT: &str = "with e as (insert into plain.events (log_position, tenant_id, position, \
      stream_type, stream_id, version, event_type, event_version, event_id, command_id, \
      correlation_id, causation_id, actor, request, recorded_at, payload, personal, leaf_hash) \
    select unnest($1::bigint[]), unnest($2::uuid[]), unnest($3::bigint[]), unnest($4::text[]), \
      unnest($5::uuid[]), unnest($6::bigint[]), unnest($7::text[]), unnest($8::smallint[]), \
      unnest($9::uuid[]), unnest($10::uuid[]), unnest($11::uuid[]), unnest($12::uuid[]), \
      unnest($13::text[]), unnest($14::bytea[]), unnest($15::timestamptz[]), \
      unnest($16::bytea[]), unnest($17::bytea[]), unnest($18::bytea[])), \
    k as (insert into plain.subject_keys (tenant_id, subject, key_id, sealed, master_id) \
    select unnest($2::uuid[]), unnest($5::uuid[]), unnest($24::uuid[]), unnest($25::bytea[]), \
      unnest($26::bytea[])) \
    insert into plain.commands (tenant_id, command_id, fingerprint, position, count) \
    select unnest($19::uuid[]), unnest($20::uuid[]), unnest($21::bytea[]), unnest($22::bigint[]), \
      unnest($23::integer[])";

#[tokio::main]
async fn main() {
    let server = private();
    let mut admin = PgConnection::connect(&server.admin_url()).await.unwrap();
    admin.execute("create database log").await.unwrap();
    let url = server.url("log");
    let database = Database::from_url(&url).unwrap();
    database.migrate().await.unwrap();
    let mut plain = PgConnection::connect(&url).await.unwrap();
    plain.execute(COPIES).await.unwrap();
    let options = StoreOptions {
        connections: 16,
        queue: 4_096,
        cached: 100_000,
        clock: Utc::now,
        master: MasterKey::new([7; 32]),
    };
    let store = Store::open(&database, options).await.unwrap();
    let (mut ours, mut limit) = (Sample::default(), (0, Duration::ZERO));
    // The first round of each is for caches and plans.
    for round in 0..=ROUNDS {
        let from = store.tail().head();
        let sample = append(&store).await;
        let batches = read_back(&mut plain, from).await;
        let took = insert(&mut plain, &batches).await;
        let rows: usize = batches.iter().map(|batch| batch.events.len()).sum();
        println!(
            "round {round}: ours {:>6.0} events/s, plain {:>6.0} events/s, {} batches of {}",
            sample.per_second(),
            per_second(rows, took),
            batches.len(),
            rows / batches.len().max(1),
        );
        if round > 0 {
            ours.extend(sample);
            limit = (limit.0 + rows, limit.1 + took);
        }
    }
    store.close().await;
    let mut verdict = Verdict::default();
    let rates = (ours.per_second(), per_second(limit.0, limit.1));
    verdict.at_least("events_per_second", rates, LEAST);
    verdict.print("append_limit");
}

#[expect(
    clippy::as_conversions,
    clippy::cast_precision_loss,
    clippy::float_arithmetic,
    reason = "a rate is no money"
)]
fn per_second(count: usize, took: Duration) -> f64 {
    count as f64 / took.as_secs_f64()
}

async fn append(store: &Store) -> Sample {
    let tenants: Vec<TenantId> = (0..16).map(|_| TenantId(Uuid::now_v7())).collect();
    register_clients(store, tenants, (CLIENTS, COMMANDS)).await
}

#[derive(sqlx::FromRow)]
struct Event {
    log_position: i64,
    tenant_id: Uuid,
    position: i64,
    stream_type: String,
    stream_id: Uuid,
    version: i64,
    event_type: String,
    event_version: i16,
    event_id: Uuid,
    command_id: Uuid,
    correlation_id: Uuid,
    causation_id: Option<Uuid>,
    actor: String,
    request: Vec<u8>,
    recorded_at: DateTime<Utc>,
    payload: Vec<u8>,
    personal: Option<Vec<u8>>,
    leaf_hash: Vec<u8>,
    fingerprint: Vec<u8>,
    first: i64,
    count: i32,
    key_id: Uuid,
    sealed: Vec<u8>,
    master_id: Vec<u8>,
}

struct Batch {
    events: Vec<Event>,
}

/// What ours appended after a log position, by its batches: one stamp is one batch.
async fn read_back(connection: &mut PgConnection, from: i64) -> Vec<Batch> {
    let rows: Vec<Event> = sqlx::query_as(
        "select e.*, c.fingerprint, c.position as first, c.count, k.key_id, k.sealed, k.master_id \
         from daybook.events e \
         join daybook.commands c on c.tenant_id = e.tenant_id and c.command_id = e.command_id \
         join keys.subject_keys k on k.tenant_id = e.tenant_id and k.subject = e.stream_id \
         where e.log_position > $1 order by e.log_position",
    )
    .bind(from)
    .fetch_all(connection)
    .await
    .unwrap();
    assert_eq!(rows.len(), COMMANDS);
    let mut batches: Vec<Batch> = Vec::new();
    for row in rows {
        match batches.last_mut() {
            Some(batch) if batch.events[0].recorded_at == row.recorded_at => batch.events.push(row),
            _ => batches.push(Batch { events: vec![row] }),
        }
    }
    batches
}

macro_rules! column {
    ($batch:expr, $event:ident => $value:expr) => {
        $batch
            .events
            .iter()
            .map(|$event| $value)
            .collect::<Vec<_>>()
    };
}

async fn insert(connection: &mut PgConnection, batches: &[Batch]) -> Duration {
    let mut took = Duration::ZERO;
    for batch in batches {
        let query = sqlx::query(INSERT)
            .bind(column!(batch, e => e.log_position))
            .bind(column!(batch, e => e.tenant_id))
            .bind(column!(batch, e => e.position))
            .bind(column!(batch, e => &*e.stream_type))
            .bind(column!(batch, e => e.stream_id))
            .bind(column!(batch, e => e.version))
            .bind(column!(batch, e => &*e.event_type))
            .bind(column!(batch, e => e.event_version))
            .bind(column!(batch, e => e.event_id))
            .bind(column!(batch, e => e.command_id))
            .bind(column!(batch, e => e.correlation_id))
            .bind(column!(batch, e => e.causation_id))
            .bind(column!(batch, e => &*e.actor))
            .bind(column!(batch, e => &*e.request))
            .bind(column!(batch, e => e.recorded_at))
            .bind(column!(batch, e => &*e.payload))
            .bind(column!(batch, e => e.personal.as_deref()))
            .bind(column!(batch, e => &*e.leaf_hash))
            .bind(column!(batch, e => e.tenant_id))
            .bind(column!(batch, e => e.command_id))
            .bind(column!(batch, e => &*e.fingerprint))
            .bind(column!(batch, e => e.first))
            .bind(column!(batch, e => e.count))
            .bind(column!(batch, e => e.key_id))
            .bind(column!(batch, e => &*e.sealed))
            .bind(column!(batch, e => &*e.master_id));
        let started = Instant::now();
        query.execute(&mut *connection).await.unwrap();
        took += started.elapsed();
    }
    took
}
