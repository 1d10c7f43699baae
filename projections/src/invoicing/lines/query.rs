//! How lines are read.

use daybook_domain::kernel::InvoiceId;
use daybook_store::{StoreError, TenantTx};
use serde::de::DeserializeOwned;
use uuid::Uuid;

use super::project::{LineRow, Lines};
use crate::engine::ReadModel;
use crate::invoicing::INVOICES;
use crate::list::{Column, Listed, OnlyOrder, Select};
use crate::past;

const PLACE: (&str, &str) = (Lines::TABLE, INVOICES);

impl Listed for Lines {
    /// Of which document.
    type Filter = InvoiceId;
    type Order = OnlyOrder;
    const PROJECTION: &'static str = INVOICES;

    fn id(row: &LineRow) -> Uuid {
        row.id.0
    }

    fn column(_: OnlyOrder) -> Column<LineRow> {
        // As the document shows it.
        Column::Integer("place", |row| row.place)
    }

    fn narrowed<'q, R: DeserializeOwned>(
        select: Select<'q, R>,
        invoice: &InvoiceId,
    ) -> Select<'q, R> {
        select.only("invoice_id =", invoice.0)
    }
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
