//! The lines of a document.

use async_graphql::{ID, SimpleObject};
use daybook_domain::kernel::{Currency, InvoiceId};
use daybook_projections::invoicing::lines::{LineRow, Lines};
use daybook_projections::list::{self, Direction, OnlyOrder};
use daybook_store::TenantTx;

use crate::fault::Fault;
use crate::graphql::{Connection, Decimal, Listing, Money, PageRequest, encode_id};

/// A line of a document.
#[derive(Debug, Clone, SimpleObject)]
pub struct InvoiceLine {
    /// Its id.
    id: ID,
    /// What it is about; empty when the product code says it.
    description: String,
    /// The product's code.
    product_code: Option<String>,
    /// How many or how much; negative for what came back.
    quantity: Decimal,
    /// The price of one, with at most 6 decimals.
    unit_price: Money,
    /// Quantity × unit price, rounded half to even to the currency's minor unit.
    total: Money,
}

impl InvoiceLine {
    pub(super) fn of(row: LineRow, currency: Currency) -> Self {
        Self {
            id: encode_id(row.id),
            description: row.description,
            product_code: row.product_code,
            quantity: Decimal(row.quantity),
            unit_price: Money::new(row.unit_price, currency),
            total: Money::new(row.total, currency),
        }
    }
}

/// A page of a document's lines.
///
/// # Errors
/// A page that makes no sense, or the database is away.
pub(super) async fn lines_of(
    tx: &mut TenantTx,
    (invoice_id, currency, count): (InvoiceId, Currency, i64),
    page: PageRequest,
) -> Result<Connection<InvoiceLine>, Fault> {
    let listing = Listing::read(page, OnlyOrder, Direction::Ascending)?;
    let found = list::page::<Lines>(tx, &invoice_id, &listing.window()).await?;
    let found = listing.places(found, list::place::<Lines>).counting(count);
    Ok(found.converted(|row| InvoiceLine::of(row, currency)))
}
