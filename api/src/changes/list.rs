//! What a context says about its list so that it can be live.

use std::future::Future;
use std::sync::Arc;

use daybook_projections::list::{self, Cursor};
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

/// What is shown of rows, by their ids.
pub fn rows_of<R, T: From<R>>(rows: Vec<R>, id: impl Fn(&R) -> Uuid) -> Vec<(Uuid, T)> {
    let with_id = |row: R| (id(&row), T::from(row));
    rows.into_iter().map(with_id).collect()
}

/// What is shown of a page, where `cursor` is a row's place in the page's order.
pub fn page_of<R, T: From<R>>(page: list::Page<R>, cursor: impl Fn(&R) -> Cursor) -> Page<T> {
    let last = page.rows.last().filter(|_| page.has_more);
    let next = last.map(&cursor);
    (rows_of(page.rows, |row| cursor(row).id), next)
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
