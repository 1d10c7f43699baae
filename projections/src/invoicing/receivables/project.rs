//! How what is to be paid follows from the invoices it is to be paid for.

use chrono::NaiveDate;
use daybook_domain::invoicing::invoice::Kind;
use daybook_domain::kernel::{ClientId, Currency, round_to_minor_unit};
use rust_decimal::Decimal;
use serde::{Deserialize, Serialize};

use crate::engine::{Contribution, Sign, Summary};
use crate::invoicing::invoices::InvoiceRow;

/// What a client has to pay in one currency until one day.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct ReceivableRow {
    /// Who has to pay.
    pub client_id: ClientId,
    /// In which currency.
    pub currency: Currency,
    /// When it is due.
    pub due_on: NaiveDate,
    /// How much; positive.
    pub outstanding: Decimal,
    /// For how many invoices.
    pub invoices: i64,
}

/// What is outstanding on one invoice.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Share(Decimal);

/// The read model of receivables.
#[derive(Debug)]
pub enum Receivables {}

impl Summary for Receivables {
    type Source = InvoiceRow;
    type Row = ReceivableRow;
    type Key = (ClientId, Currency, NaiveDate);
    type Share = Share;
    const TABLE: &'static str = "invoicing_receivables";
    const KEY: &'static [&'static str] = &["client_id", "currency", "due_on"];

    fn key(row: &ReceivableRow) -> Self::Key {
        (row.client_id, row.currency, row.due_on)
    }

    fn shares(invoice: &InvoiceRow) -> Vec<(Self::Key, Share)> {
        let is_open = invoice.is_sent()
            && invoice.kind == Kind::Invoice
            && invoice.outstanding > Decimal::ZERO;
        // An invoice is always due some day.
        let due_on = invoice.due_on.or(invoice.issued_on);
        match due_on.filter(|_| is_open) {
            Some(due_on) => {
                let key = (invoice.client_id, invoice.currency, due_on);
                vec![(key, Share(invoice.outstanding))]
            }
            None => Vec::new(),
        }
    }

    fn apply(
        row: &mut Option<ReceivableRow>,
        (client_id, currency, due_on): &Self::Key,
        contribution: Contribution<&Share>,
    ) {
        let now = row.get_or_insert_with(|| ReceivableRow {
            client_id: *client_id,
            currency: *currency,
            due_on: *due_on,
            outstanding: round_to_minor_unit(Decimal::ZERO, *currency),
            invoices: 0,
        });
        match contribution.sign {
            Sign::Plus => {
                now.outstanding += contribution.share.0;
                now.invoices += 1;
            }
            Sign::Minus => {
                now.outstanding -= contribution.share.0;
                now.invoices -= 1;
            }
        }
        if now.invoices == 0 {
            *row = None;
        }
    }
}
