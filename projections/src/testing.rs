//! How does a test post events, with and without a database?

use std::collections::BTreeMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};

use chrono::{DateTime, TimeDelta, Utc};
use daybook_domain::kernel::{Aggregate, Command, Decision, TenantId};
use daybook_postgres::testing::{Server, shared};
use daybook_store::vault::MasterKey;
use daybook_store::{
    Actor, Context, Database, Fingerprint, Receipt, Store, StoreOptions, TenantTx,
};
use sqlx::{Connection, Executor, PgConnection};
use uuid::Uuid;

use crate::engine::testing::catch_up;
use crate::engine::{Envelope, Fault, Projection, ReadModel};

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

/// The tenant of pure tests.
pub(crate) const TENANT: TenantId = TenantId(Uuid::from_u128(900));

/// When the event at a position was recorded, in pure tests.
pub(crate) fn recorded(position: i64) -> DateTime<Utc> {
    let start: DateTime<Utc> = "2026-01-01T00:00:00Z".parse().unwrap();
    start + TimeDelta::minutes(position)
}

/// The rows after events of one stream, which are the tenant's only ones.
pub(crate) fn rows_after<M: ReadModel>(
    stream: impl Into<Uuid>,
    events: &[M::Event],
) -> BTreeMap<M::Key, M::Row> {
    try_rows_after::<M>(stream.into(), events).unwrap()
}

/// As [`rows_after`], of the only row there is.
pub(crate) fn row_after<M: ReadModel>(stream: impl Into<Uuid>, events: &[M::Event]) -> M::Row {
    let rows = rows_after::<M>(stream, events);
    assert_eq!(rows.len(), 1, "{rows:?}");
    rows.into_values().next().unwrap()
}

pub(crate) fn try_rows_after<M: ReadModel>(
    stream_id: Uuid,
    events: &[M::Event],
) -> Result<BTreeMap<M::Key, M::Row>, Fault> {
    let mut rows = BTreeMap::new();
    for (position, event) in (1..).zip(events) {
        let envelope = Envelope {
            tenant: TENANT,
            position,
            stream_id,
            version: position,
            recorded_at: recorded(position),
        };
        for key in M::keys(event, &envelope) {
            let mut row = rows.remove(&key);
            M::apply(&mut row, &key, event, &envelope)?;
            if let Some(row) = row {
                assert_eq!(
                    M::key(&row),
                    key,
                    "a row's key is the one it was reached by"
                );
                rows.insert(key, row);
            }
        }
    }
    Ok(rows)
}

/// A migrated database of its own, with a store on it.
pub(crate) struct World {
    pub(crate) database: Database,
    pub(crate) store: Store,
    pub(crate) url: String,
}

impl World {
    pub(crate) async fn new() -> Self {
        Self::on(shared()).await
    }

    pub(crate) async fn on(server: &Server) -> Self {
        static NEXT: AtomicU32 = AtomicU32::new(1);
        let name = format!("projections_{}", NEXT.fetch_add(1, Ordering::Relaxed));
        let mut admin = PgConnection::connect(&server.admin_url()).await.unwrap();
        let create = format!("create database {name}");
        admin.execute(create.as_str()).await.unwrap();
        let url = server.url(&name);
        let database = Database::from_url(&url).unwrap();
        database.migrate().await.unwrap();
        let store = open(&database).await;
        Self {
            database,
            store,
            url,
        }
    }

    /// A store as another process would have it.
    pub(crate) async fn another_store(&self) -> Store {
        open(&self.database).await
    }

    /// A connection past all of our code.
    pub(crate) async fn administrator(&self) -> PgConnection {
        let mut connection = PgConnection::connect(&self.url).await.unwrap();
        connection
            .execute("set search_path = daybook")
            .await
            .unwrap();
        connection
    }

    /// Appends events as they are, whatever the rules.
    pub(crate) async fn happen<A: Aggregate>(
        &self,
        tenant: TenantId,
        stream: impl Into<Uuid>,
        events: &[A::Event],
    ) -> Receipt {
        happen::<A>(&self.store, (tenant, stream.into()), events).await
    }

    /// Posts everything there is.
    pub(crate) async fn post(&self, projections: &[Arc<Projection>]) {
        for projection in projections {
            catch_up(&self.store, projection, id()).await;
        }
    }

    pub(crate) async fn tx(&self, tenant: TenantId) -> TenantTx {
        self.store.tenant_tx(tenant).await.unwrap()
    }
}

async fn open(database: &Database) -> Store {
    let options = StoreOptions {
        connections: 10,
        queue: 4_096,
        cached: 1_000,
        clock: now,
        master: MasterKey::new([7; 32]),
    };
    Store::open(database, options).await.unwrap()
}

/// Decides exactly these events.
#[derive(Debug)]
struct Happen<A: Aggregate>(Vec<A::Event>);

impl<A: Aggregate> Command for Happen<A> {
    type Aggregate = A;
    fn decide(&self, _: &A) -> Decision<A> {
        Ok(self.0.clone())
    }
}

pub(crate) async fn happen<A: Aggregate>(
    store: &Store,
    (tenant, stream): (TenantId, Uuid),
    events: &[A::Event],
) -> Receipt {
    let context = Context::new(
        Actor::System("test"),
        id(),
        Fingerprint::of("test", &stream),
        now(),
    );
    let command = Happen::<A>(events.to_vec());
    store
        .execute(tenant, stream, command, context)
        .await
        .unwrap()
}
