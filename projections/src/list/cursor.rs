//! Where does a page begin and end?

use chrono::NaiveDate;
use serde::{Deserialize, Serialize};
use uuid::Uuid;

/// The most rows of a page.
pub const MOST: u32 = 100;

/// In which direction a list is read.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Direction {
    /// Smallest, oldest or first in the alphabet first.
    #[default]
    Ascending,
    /// The other way round.
    Descending,
}

/// The value a row is ordered by.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum SortValue {
    /// Text, byte by byte; empty where the row has none.
    Text(String),
    /// A number.
    Integer(i64),
    /// A day; none comes after all others.
    Date(Option<NaiveDate>),
}

/// A row's place in an order.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Cursor {
    /// What it is ordered by.
    pub value: SortValue,
    /// Its id, among rows of the same value.
    pub id: Uuid,
}

/// Which page of a list is wanted.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Window<O> {
    /// How many rows; at most [`MOST`] are given.
    pub first: u32,
    /// The last row of the page before; none for the first page.
    pub after: Option<Cursor>,
    /// What the list is ordered by.
    pub order: O,
    /// In which direction.
    pub direction: Direction,
}

impl<O: Default> Default for Window<O> {
    /// The first page, as long as it can be.
    fn default() -> Self {
        Self {
            first: MOST,
            after: None,
            order: O::default(),
            direction: Direction::default(),
        }
    }
}

/// Some rows of a list, in order.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Page<R> {
    /// The rows.
    pub rows: Vec<R>,
    /// Whether there are more after them.
    pub has_more: bool,
}
