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

/// Payments that are read at one time.
const MOST: usize = 5_000;
/// One more tells that there are more.
const ORDER: &str = "order by invoice_id, position, id limit 5001";

/// All payments on some invoices, in the order of recording within each; none when there are more than
/// 5,000 of them together.
///
/// # Errors
/// When the database is away.
pub async fn of_invoices(
    tx: &mut TenantTx,
    invoices: &[InvoiceId],
) -> Result<Option<Vec<PaymentRow>>, StoreError> {
    let ids: Vec<Uuid> = invoices.iter().map(|id| id.0).collect();
    if ids.is_empty() {
        return Ok(Some(Vec::new()));
    }
    let rows = if let Some(position) = past::unbuilt(tx, INVOICES) {
        let mut rows = past::rows::<Payments>(tx, &ids, position).await?;
        rows.sort_by_key(|row| (row.invoice_id.0, row.position, row.id.0));
        rows
    } else {
        let select = Select::new(tx, PLACE).among("invoice_id", ids);
        select.ending(ORDER).fetch(tx).await?
    };
    Ok((rows.len() <= MOST).then_some(rows))
}
