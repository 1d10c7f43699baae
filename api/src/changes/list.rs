//! What a context says about its list so that it can be live.

use std::future::Future;
use std::sync::Arc;

use daybook_projections::list::{self, Cursor, Direction, Listed, Window};
use daybook_store::{HistoryFilter, Recorded, TenantTx};
use uuid::Uuid;

use crate::fault::Fault;

/// A row that an event may have changed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Touched {
    /// Which row.
    pub id: Uuid,
    /// The position of the event.
    pub position: i64,
    /// Whether the row may have been in the list before, so that its absence is news.
    pub may_leave: bool,
}

impl Touched {
    /// The row whose own stream the event is of. One that begins with the event cannot have been
    /// in any list.
    pub fn itself(event: &Recorded) -> Self {
        Self {
            id: event.stream_id,
            position: event.position,
            may_leave: event.version > 1,
        }
    }
}

/// Rows of a list by their ids, and the cursor of the last one when there are more.
pub type Page<T> = (Vec<(Uuid, T)>, Option<Cursor>);

/// What is shown of the rows that a filter wants, by their ids.
///
/// # Errors
/// The database is away.
pub async fn rows_of<L: Listed, T: From<L::Row>>(
    tx: &mut TenantTx,
    filter: &L::Filter,
) -> Result<Vec<(Uuid, T)>, Fault> {
    let rows = list::matching::<L>(tx, filter).await?;
    Ok(rows.into_iter().map(with_id::<L, T>).collect())
}

/// What is shown of a page of the rows that a filter wants, in an order, from its first row on.
///
/// # Errors
/// The database is away.
pub async fn page_of<L: Listed, T: From<L::Row>>(
    tx: &mut TenantTx,
    filter: &L::Filter,
    (order, after): (L::Order, Option<Cursor>),
) -> Result<Page<T>, Fault> {
    let window = Window {
        first: list::MOST,
        after,
        order,
        direction: Direction::Ascending,
    };
    let page = list::page::<L>(tx, filter, &window).await?;
    let last = page.rows.last().filter(|_| page.has_more);
    let next = last.map(|row| list::place::<L>(order, row));
    let rows = page.rows.into_iter().map(with_id::<L, T>);
    Ok((rows.collect(), next))
}

fn with_id<L: Listed, T: From<L::Row>>(row: L::Row) -> (Uuid, T) {
    (L::id(&row), T::from(row))
}

/// Those of the ids that a filter admits which may name ids itself.
pub fn admitted<I: From<Uuid> + PartialEq>(ids: &[Uuid], named: Option<&Vec<I>>) -> Vec<I> {
    let ids = ids.iter().copied().map(I::from);
    ids.filter(|id| named.is_none_or(|named| named.contains(id)))
        .collect()
}

/// A list as one caller sees it, with the caller's filter.
pub trait LiveList: Send + Sync + 'static {
    /// What is shown of a row.
    type Row: Send + Sync + 'static;

    /// The read models that are read, also by what is selected beneath a row.
    fn read_models(&self) -> &'static [&'static str];

    /// The events that may change the list.
    fn events(&self) -> HistoryFilter;

    /// The rows that events may have changed and that the caller may know of, in order of position.
    fn touched(
        &self,
        tx: &mut TenantTx,
        events: &[Arc<Recorded>],
    ) -> impl Future<Output = Result<Vec<Touched>, Fault>> + Send;

    /// Those of the rows that are in the list, in any order.
    fn find(
        &self,
        tx: &mut TenantTx,
        ids: &[Uuid],
    ) -> impl Future<Output = Result<Vec<(Uuid, Self::Row)>, Fault>> + Send;

    /// A page of the list in an order that no change of a row disturbs.
    fn page(
        &self,
        tx: &mut TenantTx,
        after: Option<Cursor>,
    ) -> impl Future<Output = Result<Page<Self::Row>, Fault>> + Send;
}
