//! The payments on an invoice.

use async_graphql::{ID, SimpleObject};
use chrono::{DateTime, Utc};
use daybook_domain::kernel::InvoiceId;
use daybook_projections::invoicing::payments::{Filter, PaymentRow, Payments};
use daybook_projections::list::{self, Direction, OnlyOrder};
use daybook_store::TenantTx;

use super::kinds::PaymentMethod;
use crate::fault::Fault;
use crate::graphql::{Connection, Date, Listing, Money, PageRequest, encode_id};

/// Money that came in for an invoice; never changed.
#[derive(Debug, Clone, SimpleObject)]
pub struct Payment {
    /// Its id.
    id: ID,
    /// How much; positive.
    amount: Money,
    /// The day it came in.
    received_on: Date,
    /// How it came in.
    method: PaymentMethod,
    /// The payer's reference.
    reference: Option<String>,
    /// When it was recorded.
    created_at: DateTime<Utc>,
}

impl From<PaymentRow> for Payment {
    fn from(row: PaymentRow) -> Self {
        Self {
            id: encode_id(row.id),
            amount: Money::new(row.amount, row.currency),
            received_on: Date(row.received_on),
            method: row.method.into(),
            reference: row.reference,
            created_at: row.created_at,
        }
    }
}

/// A page of an invoice's payments; `counted` when the number of all is wanted.
///
/// # Errors
/// A page that makes no sense, or the database is away.
pub(super) async fn payments_of(
    tx: &mut TenantTx,
    (invoice_id, counted): (InvoiceId, bool),
    page: PageRequest,
) -> Result<Connection<Payment>, Fault> {
    let listing = Listing::read(page, OnlyOrder, Direction::Ascending)?;
    let filter = Filter {
        invoices: vec![invoice_id],
        ..Filter::default()
    };
    let found = list::page::<Payments>(tx, &filter, &listing.window()).await?;
    let mut found = listing.places(found, list::place::<Payments>);
    if counted {
        found = found.counting(list::count::<Payments>(tx, &filter).await?);
    }
    Ok(found.converted(Payment::from))
}
