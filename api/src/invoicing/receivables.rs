//! What is still to be paid, by how long it has been due.

use async_graphql::{Enum, SimpleObject};
use daybook_projections::invoicing::receivables::{Age, Aged, Bucket};
use rust_decimal::Decimal;

use crate::graphql::{CurrencyCode, Money};

/// How long something has been due.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Enum)]
#[graphql(remote = "Age")]
pub enum ReceivableAge {
    /// It is due that day or later.
    NotDue,
    /// For 1 to 30 days.
    #[graphql(name = "DAYS_1_TO_30")]
    Days1To30,
    /// For 31 to 60 days.
    #[graphql(name = "DAYS_31_TO_60")]
    Days31To60,
    /// For 61 to 90 days.
    #[graphql(name = "DAYS_61_TO_90")]
    Days61To90,
    /// For more than 90 days.
    #[graphql(name = "OVER_90_DAYS")]
    Over90Days,
}

/// What is to be paid of one age.
#[derive(Debug, Clone, SimpleObject)]
pub struct ReceivablesBucket {
    /// How long it has been due.
    age: ReceivableAge,
    /// How much is outstanding.
    outstanding: Money,
    /// On how many invoices.
    invoice_count: i64,
}

/// What is still to be paid of sent invoices in one currency.
#[derive(Debug, Clone, SimpleObject)]
pub struct Receivables {
    /// The currency of the sums.
    currency: CurrencyCode,
    /// All of it.
    outstanding: Money,
    /// The part of that which was due before that day.
    overdue: Money,
    /// On how many invoices something is outstanding.
    invoice_count: i64,
    /// The same by age: one for every age, the youngest first.
    buckets: Vec<ReceivablesBucket>,
}

impl From<Aged> for Receivables {
    fn from(aged: Aged) -> Self {
        let money = |amount| Money::new(amount, aged.currency);
        let sum = |is_meant: fn(&&Bucket) -> bool| -> Decimal {
            let meant = aged.buckets.iter().filter(is_meant);
            meant.map(|bucket| bucket.outstanding).sum()
        };
        let bucket = |bucket: &Bucket| ReceivablesBucket {
            age: bucket.age.into(),
            outstanding: money(bucket.outstanding),
            invoice_count: bucket.invoices,
        };
        Self {
            currency: CurrencyCode(aged.currency),
            outstanding: money(sum(|_| true)),
            overdue: money(sum(|bucket| bucket.age != Age::NotDue)),
            invoice_count: aged.buckets.iter().map(|bucket| bucket.invoices).sum(),
            buckets: aged.buckets.iter().map(bucket).collect(),
        }
    }
}
