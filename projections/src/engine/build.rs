//! How is a generation built from history, beside the live one?
//!
//! Tenants are built in parallel. Each is folded in memory from its first event and written in
//! bulk, in slices where it is huge, so that memory stays bounded. The checkpoint moves once, when
//! all are done; a build that was interrupted begins again from nothing. Every transaction proves
//! the lease.

use std::collections::VecDeque;
use std::num::NonZero;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

use daybook_domain::kernel::TenantId;
use daybook_store::StoreError;
use tokio::task::JoinSet;

use super::batch::{Checkpoint, Desk, Lost};
use super::fault::Trouble;
use super::tenant_build::TenantBuild;

/// Tenants built at once; more would only wait for the database.
const MOST_WORKERS: usize = 8;

/// Builds one generation.
#[derive(Debug, Clone)]
pub(super) struct Build {
    pub(super) desk: Desk,
    /// Events read so far.
    pub(super) read: Arc<AtomicU64>,
}

type Queue = Arc<Mutex<VecDeque<TenantId>>>;

impl Build {
    /// Builds up to what is the log's end now and moves the checkpoint there; returns it. A
    /// generation that was built before is left as it is.
    pub(super) async fn run(&self) -> Result<Result<i64, Lost>, Trouble> {
        let lease = &self.desk.lease;
        if lease.log_position > 0 {
            return Ok(Ok(lease.log_position));
        }
        let store = &self.desk.store;
        if lease.epoch > 1 {
            // Somebody may have begun and not finished.
            if self.desk.wipe().await?.is_err() {
                return Ok(Err(Lost));
            }
        }
        let until = store.tail().head();
        let tenants: Queue = Arc::new(Mutex::new(store.tenants_in_log().await?.into()));
        let mut workers = JoinSet::new();
        for _ in 0..workers_wanted(store.background_connections()) {
            let (build, tenants) = (self.clone(), Arc::clone(&tenants));
            workers.spawn(async move { build.work(&tenants, until).await });
        }
        while let Some(done) = workers.join_next().await {
            let died = |e| Trouble::Store(StoreError::Broken(format!("a build worker died: {e}")));
            if done.map_err(died)??.is_err() {
                return Ok(Err(Lost));
            }
        }
        let tx = self.desk.begin().await?;
        let moved = Checkpoint::Move { from: 0, to: until };
        Ok(self.desk.commit(tx, moved).await?.map(|()| until))
    }

    async fn work(&self, tenants: &Queue, until: i64) -> Result<Result<(), Lost>, Trouble> {
        let mut building = TenantBuild::new(self.clone(), until);
        while let Some(tenant) = next(tenants) {
            if building.build(tenant).await?.is_err() {
                return Ok(Err(Lost));
            }
        }
        building.flush().await
    }

    pub(super) fn count(&self, events: usize) {
        let events = u64::try_from(events).unwrap_or_default();
        self.read.fetch_add(events, Ordering::Relaxed);
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
