//! How payments are read.

use daybook_domain::kernel::InvoiceId;
use daybook_store::{StoreError, TenantTx};
use serde::de::DeserializeOwned;
use uuid::Uuid;

use super::project::{PaymentRow, Payments};
use crate::engine::ReadModel;
use crate::invoicing::INVOICES;
use crate::list::{Column, Listed, OnlyOrder, Select};
use crate::past;

const PLACE: (&str, &str) = (Payments::TABLE, INVOICES);

/// Which payments are wanted; what is empty asks for nothing.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Filter {
    /// On one of these invoices.
    pub invoices: Vec<InvoiceId>,
}

impl Listed for Payments {
    type Filter = Filter;
    type Order = OnlyOrder;
    const PROJECTION: &'static str = INVOICES;

    fn id(row: &PaymentRow) -> Uuid {
        row.id.0
    }

    fn column(_: OnlyOrder) -> Column<PaymentRow> {
        // When it was recorded.
        Column::Integer("position", |row| row.position)
    }

    fn narrowed<'q, R: DeserializeOwned>(select: Select<'q, R>, filter: &Filter) -> Select<'q, R> {
        let invoices: Vec<Uuid> = filter.invoices.iter().map(|id| id.0).collect();
        select.among("invoice_id", invoices)
    }
}

/// All payments on some invoices, in the order of recording within each.
///
/// # Errors
/// When the database is away.
pub async fn of_invoices(
    tx: &mut TenantTx,
    invoices: &[InvoiceId],
) -> Result<Vec<PaymentRow>, StoreError> {
    let ids: Vec<Uuid> = invoices.iter().map(|id| id.0).collect();
    if ids.is_empty() {
        return Ok(Vec::new());
    }
    if let Some(position) = past::unbuilt(tx, INVOICES) {
        let mut rows = past::rows::<Payments>(tx, &ids, position).await?;
        rows.sort_by_key(|row| (row.invoice_id.0, row.position, row.id.0));
        return Ok(rows);
    }
    let select = Select::new(tx, PLACE).among("invoice_id", ids);
    select
        .ending("order by invoice_id, position, id")
        .fetch(tx)
        .await
}
