//! How lines are read.

use daybook_domain::kernel::InvoiceId;
use daybook_store::{StoreError, TenantTx};
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use super::project::{LineRow, Lines};
use crate::engine::ReadModel;
use crate::invoicing::INVOICES;
use crate::list::{Column, Cursor, Order, Page, QueryError, Select, SortValue, Window};
use crate::past;

const PLACE: (&str, &str) = (Lines::TABLE, INVOICES);

/// Lines are ordered as the document shows them.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct OrderBy;

impl Order<LineRow> for OrderBy {
    fn column(self) -> Column {
        Column::Integer("place")
    }

    fn cursor(self, row: &LineRow) -> Cursor {
        Cursor {
            value: SortValue::Integer(row.place),
            id: row.id.0,
        }
    }
}

impl OrderBy {
    /// A line's place in this order.
    pub fn cursor_of(self, row: &LineRow) -> Cursor {
        self.cursor(row)
    }
}

/// One page of a document's lines.
///
/// # Errors
/// When the cursor is of another order or the database is away.
pub async fn of_invoice(
    tx: &mut TenantTx,
    invoice: InvoiceId,
    window: &Window<OrderBy>,
) -> Result<Page<LineRow>, QueryError> {
    let select = Select::new(tx, PLACE).only("invoice_id =", invoice.0);
    select.page(tx, window).await
}

/// All lines of some documents, in order within each.
///
/// # Errors
/// When the database is away.
pub async fn of_invoices(
    tx: &mut TenantTx,
    invoices: &[InvoiceId],
) -> Result<Vec<LineRow>, StoreError> {
    let ids: Vec<Uuid> = invoices.iter().map(|id| id.0).collect();
    if ids.is_empty() {
        return Ok(Vec::new());
    }
    if let Some(position) = past::unbuilt(tx, INVOICES) {
        let mut rows = past::rows::<Lines>(tx, &ids, position).await?;
        rows.sort_by_key(|row| (row.invoice_id.0, row.place, row.id.0));
        return Ok(rows);
    }
    let select = Select::new(tx, PLACE).among("invoice_id", ids);
    select
        .ending("order by invoice_id, place, id")
        .fetch(tx)
        .await
}
