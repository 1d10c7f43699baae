//! What does a read model say so that its rows can be listed, and how are they then?

use chrono::NaiveDate;
use daybook_store::{StoreError, TenantTx};
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use super::cursor::{Cursor, Page, SortValue, Window};
use super::error::QueryError;
use super::select::Select;
use crate::engine::ReadModel;

/// A read model whose rows are read in lists.
pub trait Listed: ReadModel {
    /// Which rows are wanted.
    type Filter;
    /// What they can be ordered by; [`OnlyOrder`] where there is no choice. It is part of cursors.
    type Order: Copy;
    /// The projection that writes the rows.
    const PROJECTION: &'static str;

    /// A row's id: it tells the row from others of the same value.
    fn id(row: &Self::Row) -> Uuid;

    /// What rows in an order are ordered by.
    fn column(order: Self::Order) -> Column<Self::Row>;

    /// Only the rows that a filter wants.
    fn narrowed<'q, R: DeserializeOwned>(
        select: Select<'q, R>,
        filter: &Self::Filter,
    ) -> Select<'q, R>;
}

/// The order of a list that has only one.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct OnlyOrder;

/// The column by which rows are ordered, as it is indexed, and what a row holds there.
#[derive(Debug)]
pub enum Column<R> {
    /// Text in C collation, never null.
    Text(&'static str, fn(&R) -> &str),
    /// A bigint, never null.
    Integer(&'static str, fn(&R) -> i64),
    /// A date that may be null.
    Date(&'static str, fn(&R) -> Option<NaiveDate>),
}

impl<R> Column<R> {
    /// What stands in the index.
    pub(crate) fn expression(&self) -> String {
        match self {
            Self::Text(name, _) | Self::Integer(name, _) => (*name).to_owned(),
            Self::Date(name, _) => format!("coalesce({name}, 'infinity'::date)"),
        }
    }

    fn value(&self, row: &R) -> SortValue {
        match self {
            Self::Text(_, held) => SortValue::Text(held(row).to_owned()),
            Self::Integer(_, held) => SortValue::Integer(held(row)),
            Self::Date(_, held) => SortValue::Date(held(row)),
        }
    }
}

/// A row's place in an order.
pub fn place<L: Listed>(order: L::Order, row: &L::Row) -> Cursor {
    Cursor {
        value: L::column(order).value(row),
        id: L::id(row),
    }
}

/// One page of the tenant's rows that a filter wants.
///
/// # Errors
/// When the cursor is of another order or the database is away.
pub async fn page<L: Listed>(
    tx: &mut TenantTx,
    filter: &L::Filter,
    window: &Window<L::Order>,
) -> Result<Page<L::Row>, QueryError> {
    let select = L::narrowed(Select::new(tx, (L::TABLE, L::PROJECTION)), filter);
    select.page::<L>(tx, window).await
}

/// All of the tenant's rows that a filter wants, in no order. For filters that name ids.
///
/// # Errors
/// When the database is away.
pub async fn matching<L: Listed>(
    tx: &mut TenantTx,
    filter: &L::Filter,
) -> Result<Vec<L::Row>, StoreError> {
    let select = L::narrowed(Select::new(tx, (L::TABLE, L::PROJECTION)), filter);
    select.fetch(tx).await
}

/// How many of the tenant's rows a filter wants.
///
/// # Errors
/// When the database is away.
pub async fn count<L: Listed>(tx: &mut TenantTx, filter: &L::Filter) -> Result<i64, StoreError> {
    let select = L::narrowed(Select::counting(tx, (L::TABLE, L::PROJECTION)), filter);
    select.count(tx).await
}
