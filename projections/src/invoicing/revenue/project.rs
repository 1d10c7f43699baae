//! How a day's revenue follows from the documents that bear its date.

use chrono::NaiveDate;
use daybook_domain::crm::public::Country;
use daybook_domain::kernel::{Currency, round_to_minor_unit};
use rust_decimal::Decimal;
use serde::{Deserialize, Serialize};

use crate::engine::{Contribution, Sign, Summary};
use crate::invoicing::invoices::InvoiceRow;

/// The revenue of one day, country and currency. Only sent documents count; credit notes subtract,
/// adjustments have their own sign.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct RevenueRow {
    /// The date the documents bear.
    pub day: NaiveDate,
    /// Where the sales belong, as it was named; empty where that is not known.
    pub country: String,
    /// In which currency.
    pub currency: Currency,
    /// The net sum.
    pub net: Decimal,
    /// The tax.
    pub tax: Decimal,
    /// Both together.
    pub total: Decimal,
    /// How many documents there are.
    pub documents: i64,
}

/// What one document adds to its day.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Share {
    pub(super) net: Decimal,
    pub(super) tax: Decimal,
    pub(super) total: Decimal,
}

/// The read model of revenue.
#[derive(Debug)]
pub enum Revenue {}

impl Summary for Revenue {
    type Source = InvoiceRow;
    type Row = RevenueRow;
    type Key = (NaiveDate, String, Currency);
    type Share = Share;
    const TABLE: &'static str = "invoicing_revenue";
    const KEY: &'static [&'static str] = &["day", "country", "currency"];

    fn key(row: &RevenueRow) -> Self::Key {
        (row.day, row.country.clone(), row.currency)
    }

    fn shares(invoice: &InvoiceRow) -> Vec<(Self::Key, Share)> {
        let Some(day) = invoice.issued_on.filter(|_| invoice.is_sent()) else {
            return Vec::new();
        };
        let country = invoice.country.as_ref().map(Country::to_string);
        let sign = invoice.kind.sign();
        let share = Share {
            net: sign * invoice.net,
            tax: sign * invoice.tax,
            total: sign * invoice.total,
        };
        let key = (day, country.unwrap_or_default(), invoice.currency);
        vec![(key, share)]
    }

    fn apply(
        row: &mut Option<RevenueRow>,
        (day, country, currency): &Self::Key,
        contribution: Contribution<&Share>,
    ) {
        let zero = round_to_minor_unit(Decimal::ZERO, *currency);
        let now = row.get_or_insert_with(|| RevenueRow {
            day: *day,
            country: country.clone(),
            currency: *currency,
            net: zero,
            tax: zero,
            total: zero,
            documents: 0,
        });
        let share = contribution.share;
        let (factor, count) = match contribution.sign {
            Sign::Plus => (Decimal::ONE, 1),
            Sign::Minus => (Decimal::NEGATIVE_ONE, -1),
        };
        now.net += factor * share.net;
        now.tax += factor * share.tax;
        now.total += factor * share.total;
        now.documents += count;
        if now.documents == 0 {
            *row = None;
        }
    }
}
