//! Which results of a group are kept, and for whom that is enough.

use std::collections::VecDeque;

use async_graphql::ServerError;

use super::assignment::Mark;
use super::execution::Item;
use crate::engine::LiveSettings;

/// Why a group has ended.
#[derive(Debug, Clone)]
pub(super) enum End {
    /// The resolver's stream is over.
    Complete,
    /// The caller it ran under lost its rights: somebody else has to start it again.
    Renew,
    /// It could not run.
    Refused(Vec<ServerError>),
}

/// What a reader finds at its place.
#[derive(Debug)]
pub(super) enum Found {
    Item(Item),
    /// Nothing yet.
    Nothing,
    /// What it wants is no longer kept.
    Behind,
    Ended(End),
}

/// The newest results of a group. Places count results from the start of the group.
#[derive(Debug)]
pub(super) struct Ring {
    items: VecDeque<Item>,
    bytes: usize,
    first: u64,
    /// Everything after this position is kept.
    floor: u64,
    /// Everything up to this position has been in the ring.
    position: u64,
    end: Option<End>,
    settings: LiveSettings,
}

impl Ring {
    pub(super) fn new(from: u64, settings: LiveSettings) -> Self {
        Self {
            items: VecDeque::new(),
            bytes: 0,
            first: 0,
            floor: from,
            position: from,
            end: None,
            settings,
        }
    }

    /// Keeps a result; the oldest make room.
    pub(super) fn push(&mut self, mut item: Item) {
        if let Some(mark) = &mut item.mark {
            self.position = in_order(mark, self.position);
        }
        self.bytes = self.bytes.saturating_add(weight(&item));
        self.items.push_back(item);
        while self.items.len() > self.settings.ring_results
            || (self.bytes > self.settings.ring_bytes && self.items.len() > 1)
        {
            let Some(dropped) = self.items.pop_front() else {
                break;
            };
            self.bytes = self.bytes.saturating_sub(weight(&dropped));
            self.first = self.first.saturating_add(1);
            if let Some(mark) = dropped.mark {
                self.floor = self.floor.max(mark.position);
            }
        }
    }

    /// Ends the ring; what is kept can still be read. The first end counts.
    pub(super) fn end(&mut self, end: End) {
        self.end.get_or_insert(end);
    }

    pub(super) fn has_ended(&self) -> bool {
        self.end.is_some()
    }

    /// Everything up to here has been in the ring.
    pub(super) fn position(&self) -> u64 {
        self.position
    }

    /// The place of the next result.
    pub(super) fn head(&self) -> u64 {
        self.first
            .saturating_add(u64::try_from(self.items.len()).unwrap_or(u64::MAX))
    }

    /// The place of the first result after a position; `None` when some of those are gone.
    pub(super) fn place_after(&self, position: u64) -> Option<u64> {
        if position < self.floor {
            return None;
        }
        let seen = |item: &Item| item.mark.is_none_or(|mark| mark.position <= position);
        // Marks do not decrease, so what is seen comes first.
        let seen = self
            .items
            .iter()
            .rposition(seen)
            .map_or(0, |last| last.saturating_add(1));
        Some(
            self.first
                .saturating_add(u64::try_from(seen).unwrap_or(u64::MAX)),
        )
    }

    pub(super) fn read(&self, place: u64) -> Found {
        let Some(offset) = place.checked_sub(self.first) else {
            return Found::Behind;
        };
        let offset = usize::try_from(offset).unwrap_or(usize::MAX);
        match (self.items.get(offset), &self.end) {
            (Some(item), _) => Found::Item(item.clone()),
            (None, Some(end)) => Found::Ended(end.clone()),
            (None, None) => Found::Nothing,
        }
    }
}

/// The bytes of a result.
fn weight(item: &Item) -> usize {
    item.payload.as_ref().map_or(0, |payload| payload.len())
}

/// Keeps positions from decreasing: readers skip by them.
fn in_order(mark: &mut Mark, last: u64) -> u64 {
    if mark.position < last {
        tracing::error!(last, found = mark.position, "a subscription went backwards");
        mark.position = last;
    }
    mark.position
}

#[cfg(test)]
mod tests {
    use super::*;

    fn item(position: u64, is_complete: bool) -> Item {
        let mark = Some(Mark {
            position,
            is_complete,
        });
        Item {
            mark,
            payload: Some(format!("{position}").into()),
        }
    }

    fn ring(results: usize) -> Ring {
        Ring::new(
            10,
            LiveSettings {
                ring_results: results,
                ring_bytes: 1_000,
                strikes: 3,
            },
        )
    }

    fn texts(ring: &Ring, mut place: u64) -> Vec<String> {
        let mut texts = Vec::new();
        while let Found::Item(item) = ring.read(place) {
            texts.push(item.payload.unwrap().to_string());
            place += 1;
        }
        texts
    }

    #[test]
    fn keeps_the_newest_and_knows_for_whom_that_is_enough() {
        let mut ring = ring(3);
        for position in [12, 15, 15, 20, 21] {
            ring.push(item(position, true));
        }
        assert_eq!((ring.position(), ring.head()), (21, 5));
        assert!(matches!(ring.read(1), Found::Behind));
        assert_eq!(ring.place_after(14), None);
        assert_eq!(texts(&ring, ring.place_after(15).unwrap()), ["20", "21"]);
        assert_eq!(texts(&ring, ring.place_after(20).unwrap()), ["21"]);
        assert_eq!(ring.place_after(21), Some(5));
        assert_eq!(ring.place_after(99), Some(5));
        assert!(matches!(ring.read(5), Found::Nothing));
    }

    #[test]
    fn an_empty_ring_serves_whoever_has_seen_its_start() {
        let ring = ring(3);
        assert_eq!(ring.place_after(9), None);
        assert_eq!(ring.place_after(10), Some(0));
    }

    #[test]
    fn drops_by_bytes_but_keeps_the_newest() {
        let mut ring = ring(100);
        ring.settings.ring_bytes = 3;
        for position in [11, 12, 13] {
            ring.push(item(position, true));
        }
        assert_eq!(texts(&ring, 2), ["13"]);
    }

    #[test]
    fn tells_the_end_after_what_is_kept() {
        let mut ring = ring(3);
        ring.push(item(11, true));
        ring.end(End::Complete);
        ring.end(End::Renew);
        assert!(matches!(ring.read(0), Found::Item(_)));
        assert!(matches!(ring.read(1), Found::Ended(End::Complete)));
    }
}
