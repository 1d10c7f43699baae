//! Hot aggregates, kept in memory.
//!
//! Bounded, and never trusted alone: a write on a stale state loses the race on its stream's
//! version and is decided again; a read asks the tail whether it is fresh.

use std::any::Any;
use std::fmt;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use daybook_domain::kernel::TenantId;
use moka::ops::compute::Op;
use moka::sync::Cache;
use uuid::Uuid;

type Key = (TenantId, Uuid);

/// States by stream.
#[derive(Clone)]
pub(crate) struct StateCache {
    states: Cache<Key, Cached>,
    /// Counts invalidations, so that a load that was under way meanwhile is not kept.
    invalidations: Arc<AtomicU64>,
}

/// A state as of a version.
#[derive(Clone)]
pub(crate) struct Cached {
    pub(crate) version: i64,
    pub(crate) state: Arc<dyn Any + Send + Sync>,
}

impl fmt::Debug for StateCache {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("StateCache")
            .field("states", &self.states.entry_count())
            .finish()
    }
}

impl StateCache {
    pub(crate) fn new(most: u64) -> Self {
        Self {
            states: Cache::new(most),
            invalidations: Arc::default(),
        }
    }

    pub(crate) fn get(&self, tenant: TenantId, stream_id: Uuid) -> Option<Cached> {
        self.states.get(&(tenant, stream_id))
    }

    /// To be read before a load and given to [`Self::keep_loaded`] after it.
    pub(crate) fn mark(&self) -> u64 {
        self.invalidations.load(Ordering::Acquire)
    }

    /// Keeps a state that was just written by this process.
    pub(crate) fn keep(&self, tenant: TenantId, stream_id: Uuid, cached: Cached) {
        self.keep_if(tenant, stream_id, cached, || true);
    }

    /// Keeps a loaded state unless something was invalidated since `mark`.
    pub(crate) fn keep_loaded(&self, tenant: TenantId, stream_id: Uuid, cached: Cached, mark: u64) {
        self.keep_if(tenant, stream_id, cached, || self.mark() == mark);
    }

    pub(crate) fn evict(&self, tenant: TenantId, stream_id: Uuid) {
        self.invalidations.fetch_add(1, Ordering::AcqRel);
        self.states.invalidate(&(tenant, stream_id));
    }

    fn keep_if(&self, tenant: TenantId, stream_id: Uuid, cached: Cached, if_so: impl Fn() -> bool) {
        self.states
            .entry((tenant, stream_id))
            .and_compute_with(|entry| {
                let newer = entry.is_none_or(|entry| entry.value().version < cached.version);
                if newer && if_so() {
                    Op::Put(cached)
                } else {
                    Op::Nop
                }
            });
    }
}
