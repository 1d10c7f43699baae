//! A page of a read model's list, as every context shows it.

use std::borrow::Cow;

use async_graphql::{Enum, Lookahead, Object, OutputType, SimpleObject, TypeName};
use daybook_projections::list::{Cursor, Direction, Page, QueryError, Window};
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};

use super::page::{Edge, PageInfo, PageRequest, Wanted};
use crate::fault::{Code, Fault};

/// In which direction a list is ordered.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Enum)]
#[graphql(remote = "Direction")]
pub enum OrderDirection {
    /// Smallest, oldest or first in the alphabet first.
    Ascending,
    /// The other way round.
    Descending,
}

/// A page of a list.
#[derive(Debug, Clone)]
pub struct Connection<T: OutputType> {
    edges: Vec<ConnectionEdge<T>>,
    page_info: PageInfo,
    total_count: Option<i64>,
}

/// A row of a page, with its place.
#[derive(Debug, Clone, SimpleObject)]
#[graphql(name_type)]
pub struct ConnectionEdge<T: OutputType> {
    /// Its place, for `after` and `before`.
    cursor: String,
    /// The row.
    node: T,
}

impl<T: OutputType> TypeName for Connection<T> {
    fn type_name() -> Cow<'static, str> {
        format!("{}Connection", T::type_name()).into()
    }
}

impl<T: OutputType> TypeName for ConnectionEdge<T> {
    fn type_name() -> Cow<'static, str> {
        format!("{}Edge", T::type_name()).into()
    }
}

/// A page of a list.
#[Object(name_type)]
impl<T: OutputType> Connection<T> {
    /// The rows with their places.
    async fn edges(&self) -> &[ConnectionEdge<T>] {
        &self.edges
    }

    /// The rows alone.
    async fn nodes(&self) -> Vec<&T> {
        self.edges.iter().map(|edge| &edge.node).collect()
    }

    /// What is beyond the page.
    async fn page_info(&self) -> &PageInfo {
        &self.page_info
    }

    /// How many rows the whole list has.
    async fn total_count(&self) -> Result<i64, Fault> {
        self.total_count.ok_or_else(|| {
            tracing::error!("a list was asked for its length and did not count");
            Fault::internal()
        })
    }
}

/// A page that is wanted, in an order.
#[derive(Debug, Clone)]
pub struct Listing<O> {
    wanted: Wanted<Place<O>>,
    order: O,
    direction: Direction,
}

/// A cursor that knows its order: in another one it has no place.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
struct Place<O> {
    #[serde(rename = "o")]
    order: O,
    #[serde(rename = "c")]
    cursor: Cursor,
}

impl<O: Copy + PartialEq + Serialize + DeserializeOwned> Listing<O> {
    /// The page of a list in that order, checked.
    ///
    /// # Errors
    /// `BAD_USER_INPUT` for sizes out of range, mixed directions or a cursor of another order.
    pub fn read(page: PageRequest, order: O, direction: Direction) -> Result<Self, Fault> {
        let wanted: Wanted<Place<O>> = page.read()?;
        if wanted
            .from
            .as_ref()
            .is_some_and(|place| place.order != order)
        {
            let text = "the cursor belongs to another order; start from the first page";
            return Err(Fault::new(Code::BadUserInput, text));
        }
        Ok(Self {
            wanted,
            order,
            direction,
        })
    }

    /// What the read model is asked for.
    pub fn window(&self) -> Window<O> {
        let direction = match (self.direction, self.wanted.backwards) {
            (Direction::Ascending, false) | (Direction::Descending, true) => Direction::Ascending,
            (Direction::Descending, false) | (Direction::Ascending, true) => Direction::Descending,
        };
        Window {
            first: u32::try_from(self.wanted.limit).unwrap_or(1),
            after: self.wanted.from.as_ref().map(|place| place.cursor.clone()),
            order: self.order,
            direction,
        }
    }

    /// The page that came, row by row with its place, in the list's own direction.
    pub fn places<R>(&self, page: Page<R>, cursor: impl Fn(O, &R) -> Cursor) -> Found<R> {
        let place = |row: R| {
            let cursor = cursor(self.order, &row);
            Edge::at(
                &Place {
                    order: self.order,
                    cursor,
                },
                row,
            )
        };
        let mut edges: Vec<Edge<R>> = page.rows.into_iter().map(place).collect();
        if self.wanted.backwards {
            edges.reverse();
        }
        let page_info = PageInfo::of(&self.wanted, &edges, page.has_more);
        let (cursors, rows) = edges
            .into_iter()
            .map(|edge| (edge.cursor, edge.node))
            .unzip();
        Found {
            rows,
            cursors,
            page_info,
            total_count: None,
        }
    }
}

/// A page of rows, before they are what clients see.
#[derive(Debug)]
pub struct Found<R> {
    /// The rows, in order.
    pub rows: Vec<R>,
    cursors: Vec<String>,
    page_info: PageInfo,
    total_count: Option<i64>,
}

impl<R> Found<R> {
    /// The same, knowing how many rows the whole list has.
    #[must_use]
    pub fn counting(self, total_count: i64) -> Self {
        Self {
            total_count: Some(total_count),
            ..self
        }
    }

    /// The page as clients see it, row by row.
    pub fn converted<T: OutputType>(mut self, show: impl FnMut(R) -> T) -> Connection<T> {
        let rows = std::mem::take(&mut self.rows);
        self.shown(rows.into_iter().map(show).collect())
    }

    /// The page as clients see it: `shown` has as many entries as there are rows, in order.
    pub fn shown<T: OutputType>(self, shown: Vec<T>) -> Connection<T> {
        let edges = self.cursors.into_iter().zip(shown);
        let edges = edges
            .map(|(cursor, node)| ConnectionEdge { cursor, node })
            .collect();
        Connection {
            edges,
            page_info: self.page_info,
            total_count: self.total_count,
        }
    }
}

/// What is selected of the rows of a connection: through `nodes` and through `edges`.
pub fn of_nodes<'a>(connection: &Lookahead<'a>) -> Vec<Lookahead<'a>> {
    vec![
        connection.field("nodes"),
        connection.field("edges").field("node"),
    ]
}

/// What is selected of a field of these selections.
pub fn within<'a>(selected: &[Lookahead<'a>], field: &str) -> Vec<Lookahead<'a>> {
    let inner = selected.iter().map(|one| one.field(field));
    inner.filter(Lookahead::exists).collect()
}

impl From<QueryError> for Fault {
    fn from(error: QueryError) -> Self {
        match error {
            QueryError::ForeignCursor => {
                Self::new(Code::BadUserInput, "the cursor is not one of this list")
            }
            QueryError::Store(error) => error.into(),
        }
    }
}

#[cfg(test)]
mod tests {
    use daybook_projections::list::SortValue;
    use uuid::Uuid;

    use super::*;

    fn page(first: Option<i32>, after: Option<String>, last: Option<i32>) -> PageRequest {
        PageRequest {
            first,
            after,
            last,
            before: None,
        }
    }

    fn cursor(row: i64) -> Cursor {
        Cursor {
            value: SortValue::Integer(row),
            id: Uuid::nil(),
        }
    }

    fn numbers(rows: Vec<i64>, has_more: bool, listing: &Listing<u8>) -> Found<i64> {
        listing.places(Page { rows, has_more }, |_, row| cursor(*row))
    }

    #[test]
    fn goes_on_after_its_own_cursor() {
        let listing = Listing::read(page(Some(2), None, None), 1, Direction::Ascending).unwrap();
        assert_eq!(listing.window().after, None);
        let found = numbers(vec![5, 6], true, &listing);
        assert!(found.page_info.has_next_page && !found.page_info.has_previous_page);
        let after = found.page_info.end_cursor;
        let next = page(Some(2), after.clone(), None);
        let next = Listing::read(next, 1_u8, Direction::Ascending).unwrap();
        assert_eq!(next.window().after, Some(cursor(6)));
        assert!(Listing::read(page(Some(2), after, None), 2_u8, Direction::Ascending).is_err());
    }

    #[test]
    fn reads_backwards_from_the_end() {
        let listing = Listing::read(page(None, None, Some(2)), 1, Direction::Ascending).unwrap();
        assert_eq!(listing.window().direction, Direction::Descending);
        let found = numbers(vec![9, 8], true, &listing);
        assert_eq!(found.rows, [8, 9]);
        assert!(!found.page_info.has_next_page && found.page_info.has_previous_page);
    }
}
