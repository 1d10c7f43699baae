//! Hot aggregates, kept in memory.
//!
//! Bounded, and never trusted alone: a write on a stale state loses the race on its stream's
//! version and is decided again; a read asks the tail whether it is fresh.
//!
//! What is kept of a stream is never older than what this process knows of it: a state is made
//! (loaded, or decided and appended) under a [`Making`], which notices what becomes known
//! meanwhile. Who was told of a version therefore reads that version or a later one.

use std::any::Any;
use std::collections::{HashMap, HashSet};
use std::fmt;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use daybook_domain::kernel::TenantId;
use uuid::Uuid;

use crate::recent::{Recent, recent};

type Key = (TenantId, Uuid);

/// Locks; streams share them.
const SHARDS: usize = 64;

/// States by stream.
#[derive(Clone)]
pub(crate) struct StateCache {
    states: Recent<Key, Cached>,
    /// What is being made. Its lock is held over every change of its streams' states, but for those of
    /// whole tenants, which only go away.
    making: Arc<[Mutex<Shard>; SHARDS]>,
}

type Shard = HashMap<Key, News>;

/// What became known of a stream since somebody began to make a state of it.
#[derive(Debug, Default)]
struct News {
    makers: usize,
    /// The version a state must have to be kept.
    newest: i64,
    /// How often the stream was evicted; what was begun before that is not kept.
    evictions: u64,
}

/// A state as of a version.
#[derive(Clone)]
pub(crate) struct Cached {
    pub(crate) version: i64,
    pub(crate) state: Arc<dyn Any + Send + Sync>,
}

/// A state of a stream in the making: begun before the first look at what it is made of.
#[derive(Debug)]
pub(crate) struct Making {
    cache: StateCache,
    key: Key,
    evictions: u64,
}

impl fmt::Debug for StateCache {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("StateCache")
            .field("states", &self.states.len())
            .finish_non_exhaustive()
    }
}

impl StateCache {
    pub(crate) fn new(most: u64) -> Self {
        Self {
            states: recent(most),
            making: Arc::new(std::array::from_fn(|_| Mutex::default())),
        }
    }

    pub(crate) fn get(&self, tenant: TenantId, stream_id: Uuid) -> Option<Cached> {
        self.states.get(&(tenant, stream_id))
    }

    /// Begins to make a state, before anything it is made of is looked at.
    pub(crate) fn make(&self, tenant: TenantId, stream_id: Uuid) -> Making {
        let key = (tenant, stream_id);
        let mut shard = self.shard(key);
        let news = shard.entry(key).or_default();
        news.makers += 1;
        let (cache, evictions) = (self.clone(), news.evictions);
        Making {
            cache,
            key,
            evictions,
        }
    }

    /// Whatever version the stream is at: forgets its state, and those being made of it.
    pub(crate) fn evict(&self, tenant: TenantId, stream_id: Uuid) {
        let key = (tenant, stream_id);
        let mut shard = self.shard(key);
        if let Some(news) = shard.get_mut(&key) {
            news.evictions += 1;
        }
        self.states.remove(&key);
    }

    /// Forgets all states of these tenants, and those being made: somebody in them was erased, and
    /// nobody knows in which.
    pub(crate) fn evict_tenants(&self, tenants: &HashSet<TenantId>) {
        for shard in &*self.making {
            let mut shard = shard.lock().unwrap_or_else(PoisonError::into_inner);
            for (_, news) in shard.iter_mut().filter(|((it, _), _)| tenants.contains(it)) {
                news.evictions += 1;
            }
        }
        self.states
            .retain(|(tenant, _), _| !tenants.contains(tenant));
    }

    /// The stream is at this version: forgets older states, and older ones being made.
    pub(crate) fn outdate(&self, tenant: TenantId, stream_id: Uuid, version: i64) {
        let key = (tenant, stream_id);
        let mut shard = self.shard(key);
        if let Some(news) = shard.get_mut(&key) {
            news.newest = news.newest.max(version);
        }
        if self.kept(key).is_some_and(|kept| kept < version) {
            self.states.remove(&key);
        }
    }

    fn kept(&self, key: Key) -> Option<i64> {
        self.states.get(&key).map(|kept| kept.version)
    }

    fn shard(&self, (_, stream_id): Key) -> MutexGuard<'_, Shard> {
        let [.., last] = stream_id.into_bytes();
        let [first, ..] = &*self.making;
        let shard = self.making.get(usize::from(last) % SHARDS).unwrap_or(first);
        shard.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Making {
    /// Keeps what was made, unless a later version became known meanwhile or the stream was
    /// evicted. Nothing older is kept from now on either way.
    pub(crate) fn keep(&self, made: Cached) {
        let mut shard = self.cache.shard(self.key);
        let Some(news) = shard.get_mut(&self.key) else {
            return;
        };
        // It is known now, even when it is not to be kept.
        news.newest = news.newest.max(made.version);
        if self.cache.kept(self.key) >= Some(made.version) {
            return;
        }
        if news.newest == made.version && news.evictions == self.evictions {
            self.cache.states.insert(self.key, made);
        } else {
            self.cache.states.remove(&self.key);
        }
    }
}

impl Drop for Making {
    fn drop(&mut self) {
        let mut shard = self.cache.shard(self.key);
        if let Some(news) = shard.get_mut(&self.key) {
            news.makers -= 1;
            if news.makers == 0 {
                shard.remove(&self.key);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const TENANT: TenantId = TenantId(Uuid::from_u128(1));
    const STREAM: Uuid = Uuid::from_u128(2);

    fn cache() -> StateCache {
        StateCache::new(100)
    }

    fn made(version: i64) -> Cached {
        let state = Arc::new(());
        Cached { version, state }
    }

    fn kept(cache: &StateCache) -> Option<i64> {
        cache.get(TENANT, STREAM).map(|kept| kept.version)
    }

    #[test]
    fn keeps_a_write_whatever_becomes_known_of_other_streams() {
        let cache = cache();
        cache.make(TENANT, STREAM).keep(made(4));
        let write = cache.make(TENANT, STREAM);
        for other in 3..10_000 {
            cache.outdate(TENANT, Uuid::from_u128(other), 5);
        }
        write.keep(made(5));
        assert_eq!(kept(&cache), Some(5));
    }

    #[test]
    fn keeps_nothing_that_was_read_before_a_write() {
        let cache = cache();
        let read = cache.make(TENANT, STREAM);
        cache.make(TENANT, STREAM).keep(made(5));
        // For want of room, not because it would be wrong.
        cache.states.remove(&(TENANT, STREAM));
        read.keep(made(4));
        assert_eq!(kept(&cache), None);
        drop(read);
        cache.make(TENANT, STREAM).keep(made(5));
        assert_eq!(kept(&cache), Some(5));
    }

    #[test]
    fn keeps_no_write_behind_which_another_process_wrote() {
        let cache = cache();
        cache.make(TENANT, STREAM).keep(made(4));
        let write = cache.make(TENANT, STREAM);
        cache.outdate(TENANT, STREAM, 6);
        assert_eq!(kept(&cache), None);
        write.keep(made(5));
        assert_eq!(kept(&cache), None);
        write.keep(made(6));
        assert_eq!(kept(&cache), Some(6));
    }

    #[test]
    fn keeps_what_is_as_new_as_what_becomes_known() {
        let cache = cache();
        cache.make(TENANT, STREAM).keep(made(5));
        cache.outdate(TENANT, STREAM, 5);
        cache.make(TENANT, STREAM).keep(made(4));
        assert_eq!(kept(&cache), Some(5));
    }

    #[test]
    fn forgets_what_is_kept_and_what_is_being_made() {
        let cache = cache();
        cache.make(TENANT, STREAM).keep(made(5));
        let read = cache.make(TENANT, STREAM);
        cache.evict(TENANT, STREAM);
        let later = cache.make(TENANT, STREAM);
        read.keep(made(6));
        assert_eq!(kept(&cache), None);
        later.keep(made(6));
        assert_eq!(kept(&cache), Some(6));
    }

    #[test]
    fn forgets_whole_tenants() {
        let cache = cache();
        let other = TenantId(Uuid::from_u128(9));
        for tenant in [TENANT, other] {
            cache.make(tenant, STREAM).keep(made(5));
        }
        let under_way = Uuid::from_u128(3);
        let making = cache.make(TENANT, under_way);
        cache.evict_tenants(&HashSet::from([TENANT]));
        making.keep(made(1));
        assert_eq!(kept(&cache), None);
        assert!(cache.get(TENANT, under_way).is_none());
        assert!(cache.get(other, STREAM).is_some());
    }

    #[test]
    fn knows_of_a_write_that_is_not_kept() {
        let cache = cache();
        let write = cache.make(TENANT, STREAM);
        cache.evict(TENANT, STREAM);
        let reads = [cache.make(TENANT, STREAM), cache.make(TENANT, STREAM)];
        reads[0].keep(made(4));
        write.keep(made(5));
        assert_eq!(kept(&cache), None);
        reads[1].keep(made(4));
        assert_eq!(kept(&cache), None);
    }

    #[test]
    fn remembers_nothing_of_what_nobody_makes() {
        let cache = cache();
        let (one, other) = (cache.make(TENANT, STREAM), cache.make(TENANT, STREAM));
        cache.evict(TENANT, STREAM);
        drop(one);
        assert_eq!(cache.shard((TENANT, STREAM)).len(), 1);
        drop(other);
        assert!(cache.shard((TENANT, STREAM)).is_empty());
    }
}
