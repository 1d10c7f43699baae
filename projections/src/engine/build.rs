//! How are generations built from history, beside the live ones?
//!
//! Those that are built at the same time are built from one reading of the log. Tenants are built in
//! parallel. Each is folded in memory from its first event and written in bulk, in slices where it is
//! huge, so that memory stays bounded. A checkpoint moves once, when all tenants are done; a build that
//! was interrupted begins again from nothing. Every transaction proves the lease. A generation whose
//! build fails, or whose lease goes to somebody else, stops none of the others, which go on at the pace
//! of the slowest of them.

use std::collections::{BTreeSet, VecDeque};
use std::num::NonZero;
use std::panic::AssertUnwindSafe;
use std::sync::atomic::AtomicU64;
use std::sync::{Arc, Mutex, PoisonError};

use daybook_domain::kernel::TenantId;
use daybook_store::{Store, StoreError};
use futures::FutureExt;
use futures::future::join_all;
use tokio::task::JoinSet;
use tokio_util::sync::CancellationToken;

use super::batch::{Checkpoint, Desk, Lost};
use super::fault::{Trouble, copy_of};
use super::history::History;
use super::tenant_build::TenantBuild;

/// Tenants built at once; more would only wait for the database.
const MOST_WORKERS: usize = 8;

/// Builds generations together.
#[derive(Debug)]
pub(super) struct Build {
    store: Store,
    parts: Vec<Arc<Part>>,
}

/// One generation that is built.
#[derive(Debug)]
pub(super) struct Part {
    desk: Desk,
    /// Events read so far, of those the projection reads.
    read: Arc<AtomicU64>,
    /// How its build ended; none while it goes on.
    built: Mutex<Option<Built>>,
    /// It ended.
    over: CancellationToken,
}

/// The log position up to which a generation is built.
pub(super) type Built = Result<Result<i64, Lost>, Trouble>;

/// The tenants that are still to be built.
type Queue = Arc<Mutex<VecDeque<TenantId>>>;

impl Part {
    /// `read` counts the events as they are read.
    pub(super) fn new(desk: Desk, read: Arc<AtomicU64>) -> Arc<Self> {
        Arc::new(Self {
            desk,
            read,
            built: Mutex::new(None),
            over: CancellationToken::new(),
        })
    }

    /// Waits for its end; how it ended, to the first who asks.
    pub(super) async fn ended(&self) -> Built {
        self.over.cancelled().await;
        let mut built = self.built.lock().unwrap_or_else(PoisonError::into_inner);
        built.take().unwrap_or(Ok(Err(Lost)))
    }

    /// Ends it here, unless it ended before; what it is at is dropped, with every transaction it has open.
    pub(super) fn end(&self, how: Built) {
        let mut built = self.built.lock().unwrap_or_else(PoisonError::into_inner);
        if self.is_under_way() {
            *built = Some(how);
            self.over.cancel();
        }
    }

    fn is_under_way(&self) -> bool {
        !self.over.is_cancelled()
    }

    /// Takes a step of it, as long as it goes on. One that does not go well ends it.
    async fn step(&self, step: impl Future<Output = Result<Result<(), Lost>, Trouble>>) {
        let step = AssertUnwindSafe(step).catch_unwind();
        match self.over.run_until_cancelled(step).await {
            None | Some(Ok(Ok(Ok(())))) => {}
            Some(Ok(Ok(Err(Lost)))) => self.end(Ok(Err(Lost))),
            Some(Ok(Err(trouble))) => self.end(Err(trouble)),
            Some(Err(_)) => {
                let name = self.desk.projection.name();
                let died = format!("the build of {name} panicked");
                self.end(Err(StoreError::Broken(died).into()));
            }
        }
    }

    /// Ends it where it was built before; clears away what somebody may have begun and not finished.
    async fn prepare(&self) {
        let lease = &self.desk.lease;
        if lease.log_position > 0 {
            self.end(Ok(Ok(lease.log_position)));
        } else if lease.epoch > 1 {
            self.step(self.desk.wipe()).await;
        }
    }

    /// Moves the checkpoint to where all tenants are built.
    async fn finish(&self, until: i64) {
        let finish = async {
            let tx = self.desk.begin().await?;
            let checkpoint = Checkpoint::Move { from: 0, to: until };
            self.desk.commit(tx, checkpoint).await
        };
        self.step(finish).await;
        self.end(Ok(Ok(until)));
    }
}

impl Build {
    pub(super) fn new(store: Store, parts: Vec<Arc<Part>>) -> Self {
        Self { store, parts }
    }

    /// Builds up to what is the log's end now and moves the checkpoints there. Each part ends; one that
    /// was built before is left as it is.
    pub(super) async fn run(&self) {
        join_all(self.parts.iter().map(|part| part.prepare())).await;
        let until = self.store.tail().head();
        if self.is_under_way()
            && let Err(error) = self.build(until).await
        {
            for part in &self.parts {
                part.end(Err(copy_of(&error).into()));
            }
        }
        join_all(self.parts.iter().map(|part| part.finish(until))).await;
    }

    async fn build(&self, until: i64) -> Result<(), StoreError> {
        let tenants = self.store.tenants_in_log().await?;
        let tenants: Queue = Arc::new(Mutex::new(tenants.into()));
        let mut workers = JoinSet::new();
        for _ in 0..workers_wanted(self.store.background_connections()) {
            let worker = Worker::new(self, until);
            workers.spawn(worker.work(Arc::clone(&tenants)));
        }
        while let Some(done) = workers.join_next().await {
            done.map_err(|e| StoreError::Broken(format!("a build worker died: {e}")))??;
        }
        Ok(())
    }

    fn is_under_way(&self) -> bool {
        self.parts.iter().any(|part| part.is_under_way())
    }
}

/// Builds one tenant after the other, of all parts.
struct Worker {
    store: Store,
    until: i64,
    /// What any of the parts reads.
    streams: Vec<&'static str>,
    builds: Vec<(Arc<Part>, TenantBuild)>,
}

impl Worker {
    fn new(build: &Build, until: i64) -> Self {
        let parts = build.parts.iter().filter(|part| part.is_under_way());
        let builds: Vec<_> = parts
            .map(|part| {
                let building = TenantBuild::new(part.desk.clone(), until, Arc::clone(&part.read));
                (Arc::clone(part), building)
            })
            .collect();
        let streams = builds
            .iter()
            .flat_map(|(it, _)| it.desk.projection.streams());
        let streams: BTreeSet<&'static str> = streams.copied().collect();
        Self {
            store: build.store.clone(),
            until,
            streams: streams.into_iter().collect(),
            builds,
        }
    }

    async fn work(mut self, tenants: Queue) -> Result<(), StoreError> {
        while let Some(tenant) = next(&tenants) {
            if self.is_idle() {
                return Ok(());
            }
            self.build(tenant).await?;
        }
        for (part, building) in &mut self.builds {
            part.step(building.flush()).await;
        }
        Ok(())
    }

    async fn build(&mut self, tenant: TenantId) -> Result<(), StoreError> {
        for (_, building) in &mut self.builds {
            building.begin(tenant);
        }
        let history = History::new(&self.store, &self.streams, (tenant, self.until));
        let mut pages = history.ahead();
        while let Some(page) = pages.next().await? {
            if self.is_idle() {
                return Ok(());
            }
            let events = page.events()?;
            for (part, building) in &mut self.builds {
                let take = async { building.take(&events).await.map(Ok) };
                part.step(take).await;
            }
        }
        for (part, building) in &mut self.builds {
            part.step(building.end()).await;
        }
        Ok(())
    }

    /// Puts away what is not built any more; whether nothing is left.
    fn is_idle(&mut self) -> bool {
        self.builds.retain(|(part, _)| part.is_under_way());
        self.builds.is_empty()
    }
}

fn next(tenants: &Queue) -> Option<TenantId> {
    // A queue is whole after every step: a panicking holder leaves it usable.
    tenants
        .lock()
        .unwrap_or_else(PoisonError::into_inner)
        .pop_front()
}

/// Two for each core, since each waits for the database half of the time. Each takes two of the readers'
/// connections, and two are left to those that follow the log.
fn workers_wanted(connections: u32) -> usize {
    let cores = std::thread::available_parallelism().map_or(1, NonZero::get);
    let affordable = usize::try_from(connections.saturating_sub(2) / 2).unwrap_or(1);
    (cores * 2).min(affordable).clamp(1, MOST_WORKERS)
}
