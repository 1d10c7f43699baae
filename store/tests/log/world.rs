//! How does a test get a database, stores on it, and commands to run?

use std::sync::atomic::{AtomicU32, Ordering};

use chrono::{DateTime, Utc};
use daybook_domain::kernel::{Command, TenantId};
use daybook_postgres::testing::{Server, shared};
use daybook_store::vault::MasterKey;
use daybook_store::{
    Actor, Context, Database, ExecuteError, Fingerprint, Receipt, Recorded, Refused, Store,
    StoreOptions,
};
use serde::Serialize;
use sqlx::{Connection, Executor, PgConnection};
use uuid::Uuid;

pub(crate) const OPTIONS: StoreOptions = StoreOptions {
    connections: 8,
    queue: 4_096,
    cached: 10_000,
    clock: now,
    master: MasterKey::new([7; 32]),
};

#[expect(
    clippy::disallowed_methods,
    reason = "the edge of a test is where its time comes from"
)]
pub(crate) fn now() -> DateTime<Utc> {
    Utc::now()
}

#[expect(
    clippy::disallowed_methods,
    reason = "the edge of a test is where its ids come from"
)]
pub(crate) fn id() -> Uuid {
    Uuid::now_v7()
}

pub(crate) fn tenant() -> TenantId {
    TenantId(id())
}

/// A migrated database of its own.
pub(crate) struct World {
    pub(crate) database: Database,
    pub(crate) url: String,
}

impl World {
    pub(crate) async fn new() -> Self {
        Self::on(shared()).await
    }

    pub(crate) async fn on(server: &Server) -> Self {
        let url = empty_database(server).await;
        let database = Database::from_url(&url).unwrap();
        database.migrate().await.unwrap();
        Self { database, url }
    }

    /// A store as another process would have it: it shares nothing with the others but the database.
    pub(crate) async fn store(&self) -> Store {
        Store::open(&self.database, OPTIONS).await.unwrap()
    }

    pub(crate) async fn administrator(&self) -> PgConnection {
        PgConnection::connect(&self.url).await.unwrap()
    }

    /// The whole log, read by a superuser past all of our code.
    pub(crate) async fn log(&self) -> Vec<Row> {
        self.rows("true").await
    }

    /// These tenants' part of the log, in the log's order.
    pub(crate) async fn log_of(&self, tenants: &[TenantId]) -> Vec<Row> {
        let tenants: Vec<String> = tenants.iter().map(|t| format!("'{t}'")).collect();
        let which = format!("tenant_id in ({})", tenants.join(", "));
        self.rows(&which).await
    }

    async fn rows(&self, which: &str) -> Vec<Row> {
        let sql = format!(
            "select log_position, tenant_id, position, stream_id, version, event_type, \
               command_id, payload from daybook.events where {which} order by log_position"
        );
        let mut admin = self.administrator().await;
        sqlx::query_as(&sql).fetch_all(&mut admin).await.unwrap()
    }
}

/// A database with nothing in it.
pub(crate) async fn empty_database(server: &Server) -> String {
    static NEXT: AtomicU32 = AtomicU32::new(1);
    let name = format!("store_{}", NEXT.fetch_add(1, Ordering::Relaxed));
    let mut admin = PgConnection::connect(&server.admin_url()).await.unwrap();
    admin
        .execute(format!("create database {name}").as_str())
        .await
        .unwrap();
    server.url(&name)
}

/// A row of the log as the database has it.
#[derive(Debug, Clone, PartialEq, Eq, sqlx::FromRow)]
pub(crate) struct Row {
    pub(crate) log_position: i64,
    pub(crate) tenant_id: Uuid,
    pub(crate) position: i64,
    pub(crate) stream_id: Uuid,
    pub(crate) version: i64,
    pub(crate) event_type: String,
    pub(crate) command_id: Uuid,
    pub(crate) payload: Vec<u8>,
}

impl From<&Recorded> for Row {
    fn from(record: &Recorded) -> Self {
        Self {
            log_position: record.log_position,
            tenant_id: record.tenant.0,
            position: record.position,
            stream_id: record.stream_id,
            version: record.version,
            event_type: record.event_type.clone(),
            command_id: record.command_id,
            payload: record.payload.clone(),
        }
    }
}

/// No gap anywhere: not in the database, not in a tenant, not in a stream.
#[track_caller]
pub(crate) fn assert_gapless(log: &[Row]) {
    use std::collections::HashMap;
    let mut tenants: HashMap<Uuid, i64> = HashMap::new();
    let mut streams: HashMap<(Uuid, Uuid), i64> = HashMap::new();
    for (expected, row) in (1..).zip(log) {
        assert_eq!(row.log_position, expected, "the log has a gap: {row:?}");
        let position = tenants.entry(row.tenant_id).or_default();
        *position += 1;
        assert_eq!(row.position, *position, "the tenant has a gap: {row:?}");
        let version = streams.entry((row.tenant_id, row.stream_id)).or_default();
        *version += 1;
        assert_eq!(row.version, *version, "the stream has a gap: {row:?}");
    }
}

/// A command's context, its fingerprint taken from the command.
pub(crate) fn context(command_id: Uuid, input: &impl Serialize) -> Context {
    Context::new(
        Actor::System("test"),
        command_id,
        Fingerprint::of("test", input),
        now(),
    )
}

/// Runs a command under a new command id.
pub(crate) async fn run<C: Command + Serialize>(
    store: &Store,
    tenant: TenantId,
    stream: Uuid,
    command: C,
) -> Result<Receipt, ExecuteError> {
    run_as(store, (tenant, stream), id(), command).await
}

/// Runs a command under this command id.
pub(crate) async fn run_as<C: Command + Serialize>(
    store: &Store,
    (tenant, stream): (TenantId, Uuid),
    command_id: Uuid,
    command: C,
) -> Result<Receipt, ExecuteError> {
    let context = context(command_id, &command);
    store.execute(tenant, stream, command, context).await
}

/// The refusal, or a panic with what came instead.
#[track_caller]
pub(crate) fn refused(outcome: Result<Receipt, ExecuteError>) -> Refused {
    match outcome {
        Err(ExecuteError::Refused(refused)) => refused,
        other => panic!("expected a refusal, not {other:?}"),
    }
}

/// Follows a store's tail from the beginning until it has seen this many events.
pub(crate) async fn follow(store: &Store, until: i64) -> Vec<Row> {
    let mut seen: Vec<Row> = Vec::new();
    let mut at = 0;
    while at < until {
        store.tail().past(at).await;
        for record in store.tail().after(at, 100).await.unwrap() {
            assert_eq!(record.log_position, at + 1, "the tail has a gap");
            at = record.log_position;
            seen.push(Row::from(&*record));
        }
    }
    seen
}

/// Waits until a condition holds, at most 10 seconds.
pub(crate) async fn until<F: Future<Output = bool>>(what: &str, mut holds: impl FnMut() -> F) {
    let deadline = std::time::Instant::now() + std::time::Duration::from_secs(10);
    while !holds().await {
        assert!(std::time::Instant::now() < deadline, "{what} does not come");
        tokio::time::sleep(std::time::Duration::from_millis(5)).await;
    }
}
