//! Hot aggregates, kept in memory.
//!
//! Bounded, and never trusted alone: a write on a stale state loses the race on its stream's
//! version and is decided again; a read asks the tail whether it is fresh.

use std::any::Any;
use std::fmt;
use std::hash::{DefaultHasher, Hash, Hasher};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use daybook_domain::kernel::TenantId;
use moka::ops::compute::Op;
use moka::sync::Cache;
use uuid::Uuid;

type Key = (TenantId, Uuid);

/// Streams share a mark; a mark that moved for another stream only costs a load.
const MARKS: u64 = 1_024;

/// States by stream.
#[derive(Clone)]
pub(crate) struct StateCache {
    states: Cache<Key, Cached>,
    /// Counts invalidations, so that a state that was being made meanwhile is not kept.
    marks: Arc<[AtomicU64]>,
}

/// A state as of a version.
#[derive(Clone)]
pub(crate) struct Cached {
    pub(crate) version: i64,
    pub(crate) state: Arc<dyn Any + Send + Sync>,
}

/// How often a stream was invalidated when one began to make a state of it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Mark(u64);

impl fmt::Debug for StateCache {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("StateCache")
            .field("states", &self.states.entry_count())
            .finish_non_exhaustive()
    }
}

impl StateCache {
    pub(crate) fn new(most: u64) -> Self {
        Self {
            states: Cache::new(most),
            marks: (0..MARKS).map(|_| AtomicU64::new(0)).collect(),
        }
    }

    pub(crate) fn get(&self, tenant: TenantId, stream_id: Uuid) -> Option<Cached> {
        self.states.get(&(tenant, stream_id))
    }

    /// To be taken before a load or a decision and given to [`Self::keep`] after it.
    pub(crate) fn mark(&self, tenant: TenantId, stream_id: Uuid) -> Mark {
        let mark = self.counter(tenant, stream_id);
        Mark(mark.map_or(0, |mark| mark.load(Ordering::Acquire)))
    }

    /// Keeps a state unless its stream was invalidated since `mark` or a newer one is kept.
    pub(crate) fn keep(&self, tenant: TenantId, stream_id: Uuid, cached: Cached, mark: Mark) {
        self.states
            .entry((tenant, stream_id))
            .and_compute_with(|entry| {
                let newer = entry.is_none_or(|entry| entry.value().version < cached.version);
                if newer && self.mark(tenant, stream_id) == mark {
                    Op::Put(cached)
                } else {
                    Op::Nop
                }
            });
    }

    /// Forgets a stream's state and those being made of it.
    pub(crate) fn evict(&self, tenant: TenantId, stream_id: Uuid) {
        self.outdate(tenant, stream_id, i64::MAX);
    }

    /// As [`Self::evict`], unless what is kept is of this version or newer.
    pub(crate) fn outdate(&self, tenant: TenantId, stream_id: Uuid, version: i64) {
        // One after the other with `keep` of the same stream: no put can follow the removal.
        self.states
            .entry((tenant, stream_id))
            .and_compute_with(|entry| {
                let kept = entry.as_ref().map(|entry| entry.value().version);
                if kept.is_some_and(|kept| kept >= version) {
                    return Op::Nop;
                }
                if let Some(mark) = self.counter(tenant, stream_id) {
                    mark.fetch_add(1, Ordering::AcqRel);
                }
                match entry {
                    Some(_) => Op::Remove,
                    None => Op::Nop,
                }
            });
    }

    fn counter(&self, tenant: TenantId, stream_id: Uuid) -> Option<&AtomicU64> {
        let mut hash = DefaultHasher::new();
        (tenant, stream_id).hash(&mut hash);
        let index = usize::try_from(hash.finish() % MARKS).ok()?;
        self.marks.get(index)
    }
}
