//! What is kept of what was used lately, and how much of it?

use std::hash::{Hash, RandomState};
use std::sync::Arc;

use quick_cache::sync::{Cache, DefaultLifecycle};
use quick_cache::{OptionsBuilder, UnitWeighter};

/// A bounded cache that threads share.
pub(crate) type Recent<K, V> = Arc<Cache<K, V, UnitWeighter, RandomState>>;

/// The part that only what is asked for again gets into. As little as the library advises: who wrote
/// to a stream just now is likely to write to it again, which frequency would be slow to learn.
const ASKED_AGAIN: f64 = 0.5;

/// An empty one, for so many.
pub(crate) fn recent<K: Eq + Hash + Clone, V: Clone>(most: u64) -> Recent<K, V> {
    let most_items = usize::try_from(most).unwrap_or(usize::MAX);
    let mut options = OptionsBuilder::new();
    options
        .estimated_items_capacity(most_items)
        .weight_capacity(most)
        .hot_allocation(ASKED_AGAIN);
    // Refused are only builders to which a capacity was not given.
    let cache = options.build().map_or_else(
        |_| {
            Cache::with(
                most_items,
                most,
                UnitWeighter,
                RandomState::new(),
                DefaultLifecycle::default(),
            )
        },
        |options| {
            Cache::with_options(
                options,
                UnitWeighter,
                RandomState::new(),
                DefaultLifecycle::default(),
            )
        },
    );
    Arc::new(cache)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keeps_what_was_just_written_however_much_was_before() {
        let kept = recent(10_000);
        for n in 0..100_000 {
            kept.insert(n, n);
            // What is asked for again all the time must not take the room of what is new.
            kept.get(&(n % 5_000));
        }
        assert!((96_000..100_000).all(|n| kept.get(&n) == Some(n)));
        assert!(kept.len() <= 10_000, "{}", kept.len());
    }

    #[test]
    fn keeps_nothing_where_there_is_room_for_nothing() {
        let kept = recent(0);
        kept.insert(1, 1);
        assert_eq!(kept.get(&1), None);
    }
}
