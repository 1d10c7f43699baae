//! How often something may be tried, by whoever tries it.

use std::fmt;
use std::hash::Hash;
use std::time::{Duration, Instant};

use moka::ops::compute::Op;
use moka::sync::Cache;

/// Keys remembered at most. Beyond, the least used are forgotten: a flood of new keys costs us
/// memory up to here and no further, and lets a few of them try more often than they should.
const KEYS: u64 = 100_000;

/// A bucket of attempts for each key, in this process: so many at once, then one at a time.
#[derive(Clone)]
pub(crate) struct Attempts<K> {
    /// When the key's bucket will be full again; not there when it is.
    full_at: Cache<K, Instant>,
    every: Duration,
    at_once: u32,
}

impl<K> fmt::Debug for Attempts<K> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { every, at_once, .. } = self;
        write!(f, "Attempts({at_once} at once, one each {every:?})")
    }
}

impl<K: Hash + Eq + Send + Sync + Clone + 'static> Attempts<K> {
    /// `at_once` attempts, and one more after each `every`.
    pub(crate) fn new(at_once: u32, every: Duration) -> Self {
        let full_at = Cache::builder()
            .max_capacity(KEYS)
            .time_to_idle(every * at_once)
            .build();
        Self {
            full_at,
            every,
            at_once,
        }
    }

    /// Takes one attempt.
    ///
    /// # Errors
    /// How long to wait for the next one; nothing is taken then.
    pub(crate) fn take(&self, key: &K) -> Result<(), Duration> {
        let now = Instant::now();
        let mut taken = Ok(());
        self.full_at.entry_by_ref(key).and_compute_with(|entry| {
            let full_at = entry.map_or(now, |entry| *entry.value()).max(now);
            let missing = full_at.duration_since(now);
            // With less than one attempt in the bucket there is none to take.
            let room = self.every * (self.at_once - 1);
            match missing.checked_sub(room).filter(|wait| !wait.is_zero()) {
                Some(wait) => {
                    taken = Err(wait);
                    Op::Nop
                }
                None => Op::Put(full_at + self.every),
            }
        });
        taken
    }

    /// Puts one attempt back.
    pub(crate) fn give_back(&self, key: &K) {
        self.full_at.entry_by_ref(key).and_compute_with(|entry| {
            let earlier = entry.and_then(|entry| entry.value().checked_sub(self.every));
            match earlier {
                Some(earlier) if earlier > Instant::now() => Op::Put(earlier),
                Some(_) => Op::Remove,
                None => Op::Nop,
            }
        });
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn gives_so_many_at_once_to_each_key() {
        let attempts = Attempts::new(3, Duration::from_secs(10));
        for _ in 0..3 {
            assert_eq!(attempts.take(&"a"), Ok(()));
        }
        let wait = attempts.take(&"a").unwrap_err();
        assert!(
            wait > Duration::from_secs(9) && wait <= Duration::from_secs(10),
            "{wait:?}"
        );
        assert_eq!(attempts.take(&"b"), Ok(()));
        attempts.give_back(&"a");
        assert_eq!(attempts.take(&"a"), Ok(()));
        assert!(attempts.take(&"a").is_err());
    }

    #[test]
    fn never_holds_more_than_fit() {
        let attempts = Attempts::new(1, Duration::from_secs(10));
        attempts.give_back(&"a");
        assert_eq!(attempts.take(&"a"), Ok(()));
        attempts.give_back(&"a");
        attempts.give_back(&"a");
        assert_eq!(attempts.take(&"a"), Ok(()));
        assert!(attempts.take(&"a").is_err());
    }

    #[test]
    fn refills() {
        let attempts = Attempts::new(1, Duration::from_millis(5));
        assert_eq!(attempts.take(&"a"), Ok(()));
        let begun = Instant::now();
        while attempts.take(&"a").is_err() {
            assert!(begun.elapsed() < Duration::from_secs(5));
            std::thread::yield_now();
        }
    }
}
