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
