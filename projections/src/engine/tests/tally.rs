//! A projection that counts, so that nothing can be lost or doubled unnoticed: one row per client,
//! with how many events it had.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use daybook_domain::crm::client::fixtures as client;
use daybook_domain::crm::client::{Client, ClientEvent};
use daybook_domain::kernel::{NoteId, TenantId};
use daybook_store::reader::ReaderState;
use daybook_store::{Receipt, Store};
use serde::{Deserialize, Serialize};
use sqlx::Executor;
use tokio::task::JoinSet;
use tokio_util::sync::CancellationToken;
use uuid::Uuid;

use crate::engine::{
    Definition, Envelope, Fault, Positions, Projection, Projector, ReadModel, Rebuild, Rollback,
    existing,
};
use crate::testing::{World, happen, id, now};

pub(super) const NAME: &str = "test.tally";

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(super) struct Tally {
    id: Uuid,
    total: i64,
    last: Option<String>,
}

/// Broken, it panics at a note that says so and fails at another.
#[derive(Debug)]
pub(super) enum Tallies<const BROKEN: bool> {}

impl<const BROKEN: bool> ReadModel for Tallies<BROKEN> {
    type Event = ClientEvent;
    type Row = Tally;
    type Key = Uuid;
    const TABLE: &'static str = "test_tally";
    const KEY: &'static [&'static str] = &["id"];

    fn key(row: &Tally) -> Uuid {
        row.id
    }

    fn keys(_: &ClientEvent, envelope: &Envelope) -> Vec<Uuid> {
        vec![envelope.stream_id]
    }

    fn apply(
        row: &mut Option<Tally>,
        id: &Uuid,
        event: &ClientEvent,
        _: &Envelope,
    ) -> Result<(), Fault> {
        if let ClientEvent::Registered(_) = event {
            *row = Some(Tally {
                id: *id,
                total: 0,
                last: None,
            });
        }
        let row = existing(row)?;
        row.total += 1;
        if let ClientEvent::NoteAdded(added) = event {
            assert!(!BROKEN || added.text != "panic", "told to");
            if BROKEN && added.text == "fault" {
                return Err(Fault("told to".to_owned()));
            }
            row.last = Some(added.text.clone());
        }
        Ok(())
    }
}

pub(super) fn tally() -> Arc<Projection> {
    Definition::of::<Client>(NAME, 1)
        .table::<Tallies<false>>()
        .build()
}

pub(super) fn broken_tally() -> Arc<Projection> {
    Definition::of::<Client>(NAME, 1)
        .table::<Tallies<true>>()
        .build()
}

/// The code that repairs it.
pub(super) fn mended_tally() -> Arc<Projection> {
    Definition::of::<Client>(NAME, 2)
        .table::<Tallies<false>>()
        .build()
}

/// A world with the tally's table.
pub(super) async fn world() -> World {
    let world = World::new().await;
    let create = "create table test_tally (tenant_id uuid not null, generation integer not null, \
          id uuid not null, total bigint not null, last text, \
          primary key (tenant_id, generation, id)); \
        alter table test_tally enable row level security; \
        create policy tenant on test_tally to daybook_app \
          using (tenant_id = (select current_tenant())); \
        grant select, insert, update, delete on test_tally to daybook_app";
    world.administrator().await.execute(create).await.unwrap();
    world
}

pub(super) fn note(text: &str) -> ClientEvent {
    let ClientEvent::NoteAdded(mut added) = client::note_added(1) else {
        panic!("a note is a note");
    };
    added.note_id = NoteId(id());
    added.text = text.to_owned();
    ClientEvent::NoteAdded(added)
}

/// A client with this many notes.
pub(super) async fn noted(store: &Store, tenant: TenantId, notes: &[&str]) -> Uuid {
    let stream = id();
    let mut events = vec![client::registered()];
    events.extend(notes.iter().map(|text| note(text)));
    happen::<Client>(store, (tenant, stream), &events).await;
    stream
}

pub(super) async fn add_note(store: &Store, tenant: TenantId, stream: Uuid) -> Receipt {
    happen::<Client>(store, (tenant, stream), &[note("one more")]).await
}

/// What a generation says, over all tenants.
pub(super) async fn tallies_of(world: &World, generation: i32) -> BTreeMap<Uuid, i64> {
    let rows: Vec<(Uuid, i64)> =
        sqlx::query_as("select id, total from test_tally where generation = $1")
            .bind(generation)
            .fetch_all(&mut world.administrator().await)
            .await
            .unwrap();
    rows.into_iter().collect()
}

/// What the log says.
pub(super) async fn tallies_of_log(world: &World) -> BTreeMap<Uuid, i64> {
    let rows: Vec<(Uuid, i64)> = sqlx::query_as(
        "select stream_id, count(*) from events where stream_type = 'crm.client' group by 1",
    )
    .fetch_all(&mut world.administrator().await)
    .await
    .unwrap();
    rows.into_iter().collect()
}

/// The generation that queries see.
pub(super) async fn live_generation(store: &Store, name: &str) -> i32 {
    let readers = store.readers().await.unwrap();
    let live = readers
        .into_iter()
        .find(|it| it.key.name == name && it.state == ReaderState::Live);
    live.expect("the projection is registered").key.generation
}

/// A process that projects, as far as projections are concerned.
pub(super) struct Process {
    pub(super) store: Store,
    pub(super) positions: Positions,
    stop: CancellationToken,
    tasks: JoinSet<()>,
}

impl Process {
    pub(super) fn start(store: Store, projections: &[Arc<Projection>]) -> Self {
        let positions = Positions::new(&store, projections);
        let projector = Projector {
            store: store.clone(),
            projections: projections.to_vec(),
            positions: positions.clone(),
            holder: id(),
            clock: now,
        };
        let stop = CancellationToken::new();
        let mut tasks = JoinSet::new();
        tasks.spawn(projector.run(stop.clone()));
        Self {
            store,
            positions,
            stop,
            tasks,
        }
    }

    /// Ends it as kill -9 would: nothing is given back.
    pub(super) async fn kill(mut self) {
        self.tasks.shutdown().await;
    }

    /// Ends it in order.
    pub(super) async fn stop(mut self) {
        self.stop.cancel();
        while let Some(ended) = self.tasks.join_next().await {
            ended.unwrap();
        }
    }

    /// Waits until everything in the log is posted.
    pub(super) async fn caught_up(&self, name: &'static str) {
        let head = self.store.tail().head();
        self.positions
            .wait(&[name], head, Duration::from_secs(30))
            .await
            .unwrap();
    }
}

/// A rebuild by a process of its own.
pub(super) fn rebuilding(store: &Store, projections: &[Arc<Projection>]) -> Rebuild {
    Rebuild {
        store: store.clone(),
        projections: projections.to_vec(),
        holder: id(),
        clock: now,
    }
}

/// A way back, by a process of its own.
pub(super) fn rollback(store: &Store, projection: &Arc<Projection>) -> Rollback {
    Rollback {
        store: store.clone(),
        projection: Arc::clone(projection),
        holder: id(),
        clock: now,
    }
}

/// Rebuilds one projection.
pub(super) async fn rebuild(store: &Store, projection: &Arc<Projection>) {
    let rebuilding = rebuilding(store, std::slice::from_ref(projection));
    for rebuilt in rebuilding.run(|_, _| ()).await {
        rebuilt.unwrap();
    }
}

/// Waits for something that must come true, 30 s at most.
pub(super) async fn eventually(what: &str, mut is_true: impl AsyncFnMut() -> bool) {
    let wait = async {
        while !is_true().await {
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    };
    let waited = tokio::time::timeout(Duration::from_secs(30), wait).await;
    assert!(waited.is_ok(), "{what} did not come true");
}

/// A process that posts the tally, and a client that gets one note after the other.
pub(super) struct Growing {
    pub(super) world: World,
    pub(super) process: Process,
    tenant: TenantId,
    stream: Uuid,
}

impl Growing {
    pub(super) async fn start() -> Self {
        let world = world().await;
        let process = Process::start(world.store.clone(), &[tally()]);
        let tenant = TenantId(id());
        let stream = noted(&world.store, tenant, &["a"]).await;
        process.caught_up(NAME).await;
        Self {
            world,
            process,
            tenant,
            stream,
        }
    }

    /// So many other tenants have a client each.
    pub(super) async fn others(&self, count: usize) {
        for _ in 0..count {
            noted(&self.world.store, TenantId(id()), &["b", "c"]).await;
        }
    }

    /// Grows as long as something goes on beside it, and a little longer. Every write is read back
    /// at once, whichever generation is live.
    pub(super) async fn beside<T: Send + 'static>(
        &self,
        going_on: impl Future<Output = T> + Send + 'static,
    ) -> T {
        let mut tasks = JoinSet::new();
        tasks.spawn(going_on);
        let (mut done, mut seen, mut rounds) = (None, 0, 0);
        while done.is_none() || rounds < 20 {
            rounds += 1;
            let total = self.grown().await;
            assert!(total > seen);
            seen = total;
            if let Some(ended) = tasks.try_join_next() {
                done = Some(ended.unwrap());
            }
        }
        done.unwrap()
    }

    /// The client's total after one more note, as queries see it.
    async fn grown(&self) -> i64 {
        let receipt = add_note(&self.world.store, self.tenant, self.stream).await;
        let limit = Duration::from_secs(5);
        let positions = &self.process.positions;
        let waited = positions.wait(&[NAME], receipt.log_position, limit);
        waited.await.unwrap();
        let total: i64 = sqlx::query_scalar(
            "select total from test_tally where id = $1 and generation = \
               (select generation from readers where name = 'test.tally' and state = 'live')",
        )
        .bind(self.stream)
        .fetch_one(&mut self.world.administrator().await)
        .await
        .unwrap();
        assert_eq!(total, receipt.version);
        total
    }
}
