//! How is a query put together?

use std::marker::PhantomData;

use daybook_store::{Seen, StoreError, TenantTx};
use serde::de::DeserializeOwned;
use sqlx::postgres::PgRow;
use sqlx::{Encode, Postgres, QueryBuilder, Row, Type};

use super::cursor::{Direction, MOST, Page, SortValue, Window};
use super::error::QueryError;
use super::listed::{Column, Listed};
use crate::engine::{decode_row, field_names};

/// A query on a read model's table, of the transaction's tenant and of the live generation, or of
/// the one that holds the rows as of the position from which the transaction looks.
pub struct Select<'q, R> {
    sql: QueryBuilder<'q, Postgres>,
    /// Why there is no answer; none when there is one.
    unanswerable: Option<String>,
    rows: PhantomData<fn() -> R>,
}

/// A value that can be compared with a column.
pub(crate) trait Bind<'q>: Encode<'q, Postgres> + Type<Postgres> + Send + 'q {}
impl<'q, T: Encode<'q, Postgres> + Type<Postgres> + Send + 'q> Bind<'q> for T {}

impl<'q, R: DeserializeOwned> Select<'q, R> {
    /// All rows of `table`, which `projection` writes.
    pub(crate) fn new(tx: &TenantTx, (table, projection): (&str, &str)) -> Self {
        let columns = field_names::<R>().join(", ");
        Self::of(tx, &columns, (table, projection))
    }

    /// These columns of all rows; with sums, end with a `group by`.
    pub(crate) fn of(tx: &TenantTx, columns: &str, (table, projection): (&str, &str)) -> Self {
        let mut select = Self::of_tenant(tx, (columns, table));
        match tx.seen(projection) {
            Seen::Live => select.push_live(projection),
            Seen::Generation(generation) => {
                select.sql.push(" and generation = ");
                select.sql.push_bind(generation);
            }
            Seen::Unbuilt(position) => {
                let text = format!("{projection} is read as of {position}, and was not built");
                select.unanswerable = Some(text);
            }
        }
        select
    }

    /// As [`Self::of`], of the live generation, from wherever the transaction looks.
    pub(crate) fn live(tx: &TenantTx, columns: &str, (table, projection): (&str, &str)) -> Self {
        let mut select = Self::of_tenant(tx, (columns, table));
        select.push_live(projection);
        select
    }

    fn of_tenant(tx: &TenantTx, (columns, table): (&str, &str)) -> Self {
        let mut sql = QueryBuilder::new(format!(
            "select {columns} from {table} t where tenant_id = "
        ));
        sql.push_bind(tx.tenant().0);
        Self {
            sql,
            unanswerable: None,
            rows: PhantomData,
        }
    }

    fn push_live(&mut self, projection: &str) {
        self.sql.push(format!(
            " and generation = (select generation from readers \
              where name = '{projection}' and state = 'live')"
        ));
    }

    fn check(&mut self) -> Result<(), StoreError> {
        let why = self.unanswerable.take();
        why.map_or(Ok(()), |why| Err(StoreError::Broken(why)))
    }

    /// Only rows for which `column operator value` holds.
    pub(crate) fn only(mut self, comparison: &str, value: impl Bind<'q>) -> Self {
        self.sql.push(format!(" and {comparison} "));
        self.sql.push_bind(value);
        self
    }

    /// Only rows whose column is one of these values: no rows when there are none, all rows
    /// without a list.
    pub(crate) fn one_of<T>(mut self, column: &str, values: Option<Vec<T>>) -> Self
    where
        Vec<T>: Bind<'q>,
    {
        if let Some(values) = values {
            self.sql.push(format!(" and {column} = any ("));
            self.sql.push_bind(values);
            self.sql.push(")");
        }
        self
    }

    /// Only rows for which a condition without values holds.
    pub(crate) fn holding(mut self, condition: &str) -> Self {
        self.sql.push(format!(" and {condition}"));
        self
    }

    /// As [`Self::only`], if there is a value to compare with.
    pub(crate) fn only_some(self, comparison: &str, value: Option<impl Bind<'q>>) -> Self {
        match value {
            Some(value) => self.only(comparison, value),
            None => self,
        }
    }

    /// Only rows whose column is one of these values; all rows when there are none.
    pub(crate) fn among<T>(mut self, column: &str, values: Vec<T>) -> Self
    where
        Vec<T>: Bind<'q>,
    {
        if !values.is_empty() {
            self.sql.push(format!(" and {column} = any ("));
            self.sql.push_bind(values);
            self.sql.push(")");
        }
        self
    }

    /// Only rows in which one of these columns, lower-case text in C collation, begins with the
    /// text; all rows when it is empty.
    pub(crate) fn beginning(mut self, columns: &[&str], text: Option<&str>) -> Self {
        let text = text.map(|text| text.trim().to_lowercase());
        let Some(text) = text.filter(|text| !text.is_empty()) else {
            return self;
        };
        // A range keeps the index, which LIKE would lose. No text comes after this character.
        let end = format!("{text}\u{10FFFF}");
        for (at, column) in columns.iter().enumerate() {
            let opening = if at == 0 { " and ((" } else { " or (" };
            self.sql.push(format!("{opening}{column} >= "));
            self.sql.push_bind(text.clone());
            self.sql.push(format!(" and {column} < "));
            self.sql.push_bind(end.clone());
            self.sql.push(")");
        }
        self.sql.push(")");
        self
    }

    /// The rest of the statement, written out.
    pub(crate) fn ending(mut self, sql: &str) -> Self {
        self.sql.push(" ");
        self.sql.push(sql);
        self
    }

    /// The rows.
    pub(crate) async fn fetch(mut self, tx: &mut TenantTx) -> Result<Vec<R>, StoreError> {
        self.check()?;
        let rows = self.sql.build().fetch_all(tx.connection()).await?;
        rows.iter().map(read).collect()
    }

    /// One page of the rows.
    pub(crate) async fn page<L: Listed<Row = R>>(
        mut self,
        tx: &mut TenantTx,
        window: &Window<L::Order>,
    ) -> Result<Page<R>, QueryError> {
        let column = L::column(window.order);
        let expression = column.expression();
        let (after, direction) = match window.direction {
            Direction::Ascending => (">", "asc"),
            Direction::Descending => ("<", "desc"),
        };
        if let Some(cursor) = &window.after {
            self.sql.push(format!(" and ({expression}, id) {after} ("));
            self.push_sort_value(&column, &cursor.value)?;
            self.sql.push(", ");
            self.sql.push_bind(cursor.id);
            self.sql.push(")");
        }
        let first = window.first.clamp(1, MOST);
        self.sql.push(format!(
            " order by {expression} {direction}, id {direction} limit {}",
            first + 1
        ));
        let mut rows = self.fetch(tx).await?;
        let wanted = usize::try_from(first).unwrap_or(usize::MAX);
        let has_more = rows.len() > wanted;
        rows.truncate(wanted);
        Ok(Page { rows, has_more })
    }

    fn push_sort_value(&mut self, column: &Column<R>, value: &SortValue) -> Result<(), QueryError> {
        match (column, value) {
            (Column::Text(..), SortValue::Text(text)) => self.sql.push_bind(text.clone()),
            (Column::Integer(..), SortValue::Integer(number)) => self.sql.push_bind(*number),
            (Column::Date(..), SortValue::Date(Some(date))) => self.sql.push_bind(*date),
            (Column::Date(..), SortValue::Date(None)) => self.sql.push("'infinity'::date"),
            (
                Column::Text(..) | Column::Integer(..) | Column::Date(..),
                SortValue::Text(_) | SortValue::Integer(_) | SortValue::Date(_),
            ) => return Err(QueryError::ForeignCursor),
        };
        Ok(())
    }
}

impl Select<'_, i64> {
    /// How many rows there are.
    pub(crate) fn counting(tx: &TenantTx, (table, projection): (&str, &str)) -> Self {
        Self::of(tx, "count(*)", (table, projection))
    }

    /// The number.
    pub(crate) async fn count(mut self, tx: &mut TenantTx) -> Result<i64, StoreError> {
        self.check()?;
        let row = self.sql.build().fetch_one(tx.connection()).await?;
        Ok(row.try_get(0)?)
    }
}

/// A row as its struct.
pub(crate) fn read<R: DeserializeOwned>(row: &PgRow) -> Result<R, StoreError> {
    decode_row(row).map_err(|error| StoreError::Broken(error.to_string()))
}
