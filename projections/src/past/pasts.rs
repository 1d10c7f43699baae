//! How are lists and sums read as of a position?
//!
//! From a vantage: rows that the engine builds up to that position, for one tenant, in a generation
//! of their own, and keeps for some minutes. A build goes on when whoever asked has no more
//! patience. One tenant builds one read model at a time, so that it cannot keep the others from
//! theirs.

use std::collections::HashMap;
use std::fmt::{self, Debug};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError, Weak};
use std::time::Duration;

use chrono::{DateTime, Utc};
use daybook_domain::kernel::TenantId;
use daybook_store::reader::{Vantage, VantageLimits, Wanted};
use daybook_store::{AsOf, Store, StoreError, TenantTx};
use thiserror::Error;
use tokio::sync::{Notify, Semaphore};
use tokio::time::{Instant, timeout};
use tokio_util::task::TaskTracker;
use uuid::Uuid;

use crate::engine::{Projection, Scratch, take_away};

/// Moments of its past that a tenant may look from at once.
const LIMITS: VantageLimits = VantageLimits {
    most: 4,
    rest: Duration::from_secs(5),
};
/// Tenants for which this process builds at once.
const BUILDS: usize = 2;
/// How often it is looked whether another process has finished.
const LOOK: Duration = Duration::from_millis(50);

/// The past of all tenants. Cheap to clone; one per process.
#[derive(Clone)]
pub struct Pasts {
    inner: Arc<Inner>,
}

struct Inner {
    store: Store,
    projections: Vec<Arc<Projection>>,
    /// Names and versions of the projections: what other code built is not taken.
    code: String,
    holder: Uuid,
    clock: fn() -> DateTime<Utc>,
    building: Semaphore,
    turns: Mutex<HashMap<TenantId, Weak<Semaphore>>>,
    underway: Mutex<HashMap<(i32, &'static str), Arc<AtomicU64>>>,
    finished: Notify,
    tasks: TaskTracker,
}

/// The past cannot be looked at now.
#[derive(Debug, Error)]
pub enum PastError {
    /// It is being made ready, which goes on. Safe to try again.
    #[error(
        "the read models as of position {position} are being built: {read} of at most {position} events are read"
    )]
    Preparing {
        /// The position.
        position: i64,
        /// Events that were read so far.
        read: u64,
    },
    /// The tenant looks from as many moments as it may. Safe to try again.
    #[error("too many moments of the past are looked at at once; try again in a few seconds")]
    TooMany,
    /// The database is away.
    #[error(transparent)]
    Store(#[from] StoreError),
}

impl Debug for Pasts {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Pasts")
            .field("building", &lock(&self.inner.underway).len())
            .finish_non_exhaustive()
    }
}

impl Pasts {
    /// The past as these projections tell it. `holder`: one id per process.
    pub fn new(
        store: &Store,
        projections: Vec<Arc<Projection>>,
        (holder, clock): (Uuid, fn() -> DateTime<Utc>),
    ) -> Self {
        let version = |it: &Arc<Projection>| format!("{}:{}", it.name(), it.version());
        let code: Vec<String> = projections.iter().map(version).collect();
        let inner = Inner {
            store: store.clone(),
            projections,
            code: code.join(" "),
            holder,
            clock,
            building: Semaphore::new(BUILDS),
            turns: Mutex::default(),
            underway: Mutex::default(),
            finished: Notify::new(),
            tasks: TaskTracker::new(),
        };
        Self {
            inner: Arc::new(inner),
        }
    }

    /// A transaction that sees a tenant as of a moment, with these read models built as of then.
    ///
    /// # Errors
    /// When that takes longer than `patience`, the tenant looks from too many moments, or the
    /// database is away.
    pub async fn stand(
        &self,
        (tenant, moment): (TenantId, AsOf),
        read_models: &[&'static str],
        patience: Duration,
    ) -> Result<TenantTx, PastError> {
        let deadline = Instant::now() + patience;
        loop {
            let finished = self.inner.finished.notified();
            let Some(vantage) = self.open((tenant, moment)).await? else {
                return Err(PastError::TooMany);
            };
            let missing = self.inner.store.unbuilt(&vantage, read_models).await?;
            if missing.is_empty() {
                let mut tx = self.inner.store.tenant_tx(tenant).await?;
                if tx.stand_at(&vantage, moment, read_models).await? {
                    return Ok(tx);
                }
                continue;
            }
            self.begin(&vantage, &missing).await?;
            if Instant::now() >= deadline {
                return Err(PastError::Preparing {
                    position: moment.position,
                    read: self.read(&vantage),
                });
            }
            // Whether it was finished here or elsewhere is looked up.
            drop(timeout(LOOK, finished).await);
        }
    }

    /// Takes away everything that is kept of a tenant's past: it holds what the tenant's log held
    /// when it was built. Whoever reads from it at the moment is waited for.
    ///
    /// # Errors
    /// When the database is away.
    pub async fn forget(&self, tenant: TenantId) -> Result<(), StoreError> {
        let store = &self.inner.store;
        store.retire_vantages(tenant, None).await?;
        take_away(store, &self.inner.projections, Some(tenant)).await
    }

    async fn open(
        &self,
        (tenant, moment): (TenantId, AsOf),
    ) -> Result<Option<Vantage>, StoreError> {
        let wanted = Wanted {
            tenant,
            position: moment.position,
            log_position: moment.log_position,
            code: &self.inner.code,
        };
        self.inner.store.open_vantage(&wanted, LIMITS).await
    }

    /// Sees to it that these read models are being built.
    async fn begin(&self, vantage: &Vantage, missing: &[&'static str]) -> Result<(), StoreError> {
        let inner = &self.inner;
        let is_wanted = |it: &&Arc<Projection>| {
            let key = (vantage.generation, it.name());
            missing.contains(&it.name()) && !lock(&inner.underway).contains_key(&key)
        };
        let wanted: Vec<_> = inner.projections.iter().filter(is_wanted).collect();
        if wanted.is_empty() {
            return Ok(());
        }
        let names: Vec<(&str, i32)> = wanted.iter().map(|it| (it.name(), it.version())).collect();
        inner.store.begin_scratch(vantage, &names).await?;
        for projection in wanted {
            let key = (vantage.generation, projection.name());
            let read = Arc::new(AtomicU64::new(0));
            let mut underway = lock(&inner.underway);
            if underway.contains_key(&key) {
                continue;
            }
            underway.insert(key, Arc::clone(&read));
            drop(underway);
            let scratch = Scratch {
                store: inner.store.clone(),
                projection: Arc::clone(projection),
                holder: inner.holder,
                clock: inner.clock,
                vantage: *vantage,
                schema: None,
                read,
            };
            inner.tasks.spawn(build(Arc::clone(inner), scratch));
        }
        Ok(())
    }

    /// How many events were read of what is being built here from a vantage.
    fn read(&self, vantage: &Vantage) -> u64 {
        let underway = lock(&self.inner.underway);
        let ours = underway
            .iter()
            .filter(|(key, _)| key.0 == vantage.generation);
        ours.map(|(_, read)| read.load(Ordering::Relaxed))
            .max()
            .unwrap_or_default()
    }
}

/// Builds when it is the tenant's turn and there is room, and tells who waits.
async fn build(inner: Arc<Inner>, scratch: Scratch) {
    let turn = inner.turn_of(scratch.vantage.tenant);
    // Neither is ever closed.
    let _turn = turn.acquire().await;
    let _room = inner.building.acquire().await;
    if let Err(error) = scratch.build().await {
        tracing::warn!(
            %error,
            tenant = %scratch.vantage.tenant,
            projection = scratch.projection.name(),
            "a read model was not built as of the past"
        );
    }
    let key = (scratch.vantage.generation, scratch.projection.name());
    lock(&inner.underway).remove(&key);
    inner.finished.notify_waiters();
}

impl Inner {
    fn turn_of(&self, tenant: TenantId) -> Arc<Semaphore> {
        let mut turns = lock(&self.turns);
        turns.retain(|_, turn| turn.strong_count() > 0);
        let known = turns.get(&tenant).and_then(Weak::upgrade);
        known.unwrap_or_else(|| {
            let turn = Arc::new(Semaphore::new(1));
            turns.insert(tenant, Arc::downgrade(&turn));
            turn
        })
    }
}

fn lock<T>(mutex: &Mutex<T>) -> std::sync::MutexGuard<'_, T> {
    // Each is whole after every step: a panicking holder leaves it usable.
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
