//! How exports are read.

use daybook_domain::kernel::ExportId;
use daybook_store::{StoreError, TenantTx};
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use super::project::{ExportRow, ExportState, Exports};
use crate::audit::EXPORTS;
use crate::engine::ReadModel;
use crate::list::{Column, Cursor, Order, Page, QueryError, Select, SortValue, Window};
use crate::text::stored_name;

const PLACE: (&str, &str) = (Exports::TABLE, EXPORTS);

/// Which exports are wanted; what is empty asks for nothing.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Filter {
    /// In one of these states.
    pub states: Vec<ExportState>,
}

/// Exports are ordered by when something happened to them last.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct OrderBy;

impl Order<ExportRow> for OrderBy {
    fn column(self) -> Column {
        Column::Integer("position")
    }

    fn cursor(self, row: &ExportRow) -> Cursor {
        Cursor {
            value: SortValue::Integer(row.position),
            id: row.id.0,
        }
    }
}

impl OrderBy {
    /// An export's place in this order.
    pub fn cursor_of(self, row: &ExportRow) -> Cursor {
        self.cursor(row)
    }
}

fn narrowed<'q, R: DeserializeOwned>(select: Select<'q, R>, filter: &Filter) -> Select<'q, R> {
    let states: Vec<String> = filter.states.iter().map(stored_name).collect();
    select.among("state", states)
}

/// One page of the tenant's exports.
///
/// # Errors
/// When the cursor is of another order or the database is away.
pub async fn list(
    tx: &mut TenantTx,
    filter: &Filter,
    window: &Window<OrderBy>,
) -> Result<Page<ExportRow>, QueryError> {
    let select = narrowed(Select::new(tx, PLACE), filter);
    select.page(tx, window).await
}

/// How many of the tenant's exports there are.
///
/// # Errors
/// When the database is away.
pub async fn count(tx: &mut TenantTx, filter: &Filter) -> Result<i64, StoreError> {
    narrowed(Select::counting(tx, PLACE), filter)
        .count(tx)
        .await
}

/// Exports by their ids, in no order; unknown ids are left out.
///
/// # Errors
/// When the database is away.
pub async fn by_ids(tx: &mut TenantTx, ids: &[ExportId]) -> Result<Vec<ExportRow>, StoreError> {
    let ids: Vec<Uuid> = ids.iter().map(|id| id.0).collect();
    if ids.is_empty() {
        return Ok(Vec::new());
    }
    Select::new(tx, PLACE).among("id", ids).fetch(tx).await
}
