//! Relay pages: cursors that are opaque to clients and typed to us.

use async_graphql::SimpleObject;
use serde::Serialize;
use serde::de::DeserializeOwned;

use crate::fault::{Code, Fault};

/// Rows in a page when the client does not say.
const USUAL: i32 = 50;
/// Rows in a page at most.
const MOST: i32 = 100;

/// About a page and what is beyond it.
#[derive(Debug, Clone, Default, PartialEq, Eq, SimpleObject)]
pub struct PageInfo {
    /// Whether there is more after the last edge.
    pub has_next_page: bool,
    /// Whether there is more before the first edge.
    pub has_previous_page: bool,
    /// The cursor of the first edge; null for an empty page.
    pub start_cursor: Option<String>,
    /// The cursor of the last edge; null for an empty page.
    pub end_cursor: Option<String>,
}

/// The arguments of a connection: `first` with `after`, or `last` with `before`.
#[derive(Debug, Clone, Default)]
pub struct PageRequest {
    /// How many, from the front: 1 to 100, 50 when neither `first` nor `last` is given.
    pub first: Option<i32>,
    /// Only what comes after this cursor.
    pub after: Option<String>,
    /// How many, from the back: 1 to 100.
    pub last: Option<i32>,
    /// Only what comes before this cursor.
    pub before: Option<String>,
}

/// A page as a read model is asked for it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Wanted<C> {
    /// The place to go on from; none at the end that `backwards` says.
    pub from: Option<C>,
    /// From the back.
    pub backwards: bool,
    /// Rows, 1 to 100.
    pub limit: i64,
}

/// One row of a page, with its place.
#[derive(Debug, Clone)]
pub struct Edge<T> {
    /// Its place.
    pub cursor: String,
    /// The row.
    pub node: T,
}

impl PageRequest {
    /// The arguments as they are declared: `first` with `after`, `last` with `before`.
    pub fn of(
        (first, after): (Option<i32>, Option<String>),
        (last, before): (Option<i32>, Option<String>),
    ) -> Self {
        Self {
            first,
            after,
            last,
            before,
        }
    }

    /// The page that is wanted, checked.
    ///
    /// # Errors
    /// `BAD_USER_INPUT` for sizes out of range, mixed directions or a cursor of another list.
    pub fn read<C: DeserializeOwned>(self) -> Result<Wanted<C>, Fault> {
        let bad = |text: &'static str| Fault::new(Code::BadUserInput, text);
        let (size, from, backwards) = match (self.first, self.last) {
            (Some(_), Some(_)) => return Err(bad("ask for first or for last, not for both")),
            (None, Some(last)) if self.after.is_none() => (last, self.before, true),
            (first, None) if self.before.is_none() => (first.unwrap_or(USUAL), self.after, false),
            _ => return Err(bad("after goes with first, before goes with last")),
        };
        if !(1..=MOST).contains(&size) {
            return Err(bad("a page has 1 to 100 rows"));
        }
        let foreign = || bad("the cursor is not one of this list");
        let from = from
            .map(|text| decode(&text).ok_or_else(foreign))
            .transpose()?;
        Ok(Wanted {
            from,
            backwards,
            limit: i64::from(size),
        })
    }
}

impl<T> Edge<T> {
    /// A row at a place.
    pub fn at(place: &impl Serialize, node: T) -> Self {
        let cursor = hex::encode(serde_json::to_vec(place).unwrap_or_default());
        Self { cursor, node }
    }
}

impl PageInfo {
    /// About a page; `more` says whether the read model had another row beyond it.
    pub fn of<C, T>(wanted: &Wanted<C>, edges: &[Edge<T>], more: bool) -> Self {
        let beyond = (more, wanted.from.is_some());
        let (next, previous) = if wanted.backwards {
            (beyond.1, beyond.0)
        } else {
            beyond
        };
        Self {
            has_next_page: next,
            has_previous_page: previous,
            start_cursor: edges.first().map(|edge| edge.cursor.clone()),
            end_cursor: edges.last().map(|edge| edge.cursor.clone()),
        }
    }
}

fn decode<C: DeserializeOwned>(text: &str) -> Option<C> {
    // Longer ones are not ours.
    let bytes = hex::decode(text).ok().filter(|_| text.len() <= 2_048)?;
    serde_json::from_slice(&bytes).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(first: Option<i32>, after: Option<&str>) -> Result<Wanted<(String, u8)>, Fault> {
        let after = after.map(str::to_owned);
        PageRequest {
            first,
            after,
            ..PageRequest::default()
        }
        .read()
    }

    #[test]
    fn reads_its_own_cursors() {
        let place = ("Ada".to_owned(), 7);
        let edge = Edge::at(&place, ());
        let wanted = read(Some(2), Some(&edge.cursor)).unwrap();
        assert_eq!(
            wanted,
            Wanted {
                from: Some(place),
                backwards: false,
                limit: 2
            }
        );
        assert_eq!(read(None, None).unwrap().limit, 50);
    }

    #[test]
    fn refuses_what_makes_no_sense() {
        for first in [0, 101, -1, i32::MAX] {
            assert!(read(Some(first), None).is_err());
        }
        assert!(read(None, Some("zz")).is_err());
        assert!(read(None, Some(&Edge::at(&1, ()).cursor)).is_err());
        let both = PageRequest {
            first: Some(1),
            last: Some(1),
            ..PageRequest::default()
        };
        assert!(both.read::<u8>().is_err());
        let before = Some(Edge::at(&1, ()).cursor);
        let mixed = PageRequest {
            first: Some(1),
            before,
            ..PageRequest::default()
        };
        assert!(mixed.read::<u8>().is_err());
    }
}
