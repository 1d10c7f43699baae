//! Which documents clients have registered, so that they need to send only a hash.
//!
//! Each tenant has a shelf of its own. What is kept is bounded for all together, and the fullest
//! shelf gives way first: whoever registers without end pushes out nothing but its own. A document
//! that is gone costs its client one more request, as the protocol foresees.

use std::collections::{BTreeMap, HashMap};
use std::sync::{Arc, Mutex, PoisonError};

use uuid::Uuid;

/// What a kept document costs besides its text.
const OVERHEAD: usize = 200;

/// SHA-256 of a document's text.
pub(crate) type Hash = [u8; 32];

/// The registered documents of this process.
#[derive(Debug)]
pub(super) struct Shelves {
    limit: usize,
    state: Mutex<State>,
}

#[derive(Debug, Default)]
struct State {
    shelves: HashMap<Uuid, Shelf>,
    bytes: usize,
    /// Counts uses: the higher, the more recent.
    uses: u64,
}

#[derive(Debug, Default)]
struct Shelf {
    documents: HashMap<Hash, (Arc<str>, u64)>,
    /// The documents by their last use.
    by_use: BTreeMap<u64, Hash>,
    bytes: usize,
}

impl Shelves {
    /// Empty shelves that hold so many bytes together.
    pub(super) fn new(limit: usize) -> Self {
        Self {
            limit,
            state: Mutex::default(),
        }
    }

    /// The text with that hash on a shelf.
    pub(super) fn find(&self, shelf: Uuid, hash: &Hash) -> Option<Arc<str>> {
        let mut state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
        let now = state.next_use();
        state.shelves.get_mut(&shelf)?.touch(hash, now)
    }

    /// Puts a text on a shelf; the caller has checked that it has that hash.
    pub(super) fn keep(&self, shelf: Uuid, hash: Hash, text: &str) {
        let mut state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
        let now = state.next_use();
        let place = state.shelves.entry(shelf).or_default();
        if place.touch(&hash, now).is_some() {
            return;
        }
        let bytes = weight(text);
        place.documents.insert(hash, (text.into(), now));
        place.by_use.insert(now, hash);
        place.bytes = place.bytes.saturating_add(bytes);
        state.bytes = state.bytes.saturating_add(bytes);
        while state.bytes > self.limit && state.drop_one() {}
    }
}

impl State {
    fn next_use(&mut self) -> u64 {
        self.uses = self.uses.wrapping_add(1);
        self.uses
    }

    /// Drops what the fullest shelf has not used for the longest time; false when there is nothing.
    fn drop_one(&mut self) -> bool {
        let fullest = self.shelves.iter_mut().max_by_key(|(_, shelf)| shelf.bytes);
        let Some((&id, shelf)) = fullest else {
            return false;
        };
        let dropped = shelf.drop_oldest();
        self.bytes = self.bytes.saturating_sub(dropped);
        if shelf.documents.is_empty() {
            self.shelves.remove(&id);
        }
        true
    }
}

impl Shelf {
    fn touch(&mut self, hash: &Hash, now: u64) -> Option<Arc<str>> {
        let (text, last) = self.documents.get_mut(hash)?;
        self.by_use.remove(last);
        self.by_use.insert(now, *hash);
        *last = now;
        Some(Arc::clone(text))
    }

    fn drop_oldest(&mut self) -> usize {
        let oldest = self.by_use.pop_first();
        let dropped = oldest.and_then(|(_, hash)| self.documents.remove(&hash));
        let bytes = dropped.map_or(0, |(text, _)| weight(&text));
        self.bytes = self.bytes.saturating_sub(bytes);
        bytes
    }
}

fn weight(text: &str) -> usize {
    text.len().saturating_add(OVERHEAD)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn hash(n: u8) -> Hash {
        [n; 32]
    }

    #[test]
    fn keeps_to_each_shelf_what_was_put_there() {
        let shelves = Shelves::new(10_000);
        let (one, two) = (Uuid::from_u128(1), Uuid::from_u128(2));
        shelves.keep(one, hash(1), "{a}");
        assert_eq!(shelves.find(one, &hash(1)).as_deref(), Some("{a}"));
        assert_eq!(shelves.find(two, &hash(1)), None);
        assert_eq!(shelves.find(one, &hash(2)), None);
    }

    #[test]
    fn the_least_used_document_gives_way() {
        let shelves = Shelves::new(3 * (OVERHEAD + 3));
        let shelf = Uuid::from_u128(1);
        for n in 1..=3 {
            shelves.keep(shelf, hash(n), "{a}");
        }
        shelves.find(shelf, &hash(1));
        shelves.keep(shelf, hash(4), "{a}");
        let kept = |n| shelves.find(shelf, &hash(n)).is_some();
        assert_eq!([1, 2, 3, 4].map(kept), [true, false, true, true]);
    }

    #[test]
    fn whoever_registers_without_end_pushes_out_only_its_own() {
        let shelves = Shelves::new(10 * (OVERHEAD + 3));
        let (modest, greedy) = (Uuid::from_u128(1), Uuid::from_u128(2));
        shelves.keep(modest, hash(1), "{a}");
        for n in 0..=255 {
            shelves.keep(greedy, hash(n), "{b}");
        }
        assert!(shelves.find(modest, &hash(1)).is_some());
        let state = shelves.state.lock().unwrap();
        assert_eq!(state.bytes, 10 * (OVERHEAD + 3));
        assert_eq!(state.shelves[&greedy].documents.len(), 9);
        assert_eq!(state.shelves[&greedy].by_use.len(), 9);
    }

    #[test]
    fn a_text_larger_than_everything_is_not_kept() {
        let shelves = Shelves::new(100);
        let shelf = Uuid::from_u128(1);
        shelves.keep(shelf, hash(1), &"x".repeat(200));
        assert_eq!(shelves.find(shelf, &hash(1)), None);
        assert!(shelves.state.lock().unwrap().shelves.is_empty());
    }
}
