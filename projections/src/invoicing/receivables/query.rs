//! How receivables are read: by age.

use std::collections::BTreeMap;

use chrono::NaiveDate;
use daybook_domain::kernel::{ClientId, Currency, round_to_minor_unit};
use daybook_store::{StoreError, TenantTx};
use rust_decimal::Decimal;
use serde::{Deserialize, Serialize};

use super::project::Receivables;
use crate::engine::Summary;
use crate::invoicing::INVOICES;
use crate::list::Select;

const PLACE: (&str, &str) = (Receivables::TABLE, INVOICES);

/// How long something has been due.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Age {
    /// It is due today or later.
    NotDue,
    /// For 1 to 30 days.
    Days1To30,
    /// For 31 to 60 days.
    Days31To60,
    /// For 61 to 90 days.
    Days61To90,
    /// For more than 90 days.
    Over90Days,
}

impl Age {
    /// All of them, the youngest first.
    pub const ALL: [Self; 5] = [
        Self::NotDue,
        Self::Days1To30,
        Self::Days31To60,
        Self::Days61To90,
        Self::Over90Days,
    ];

    /// The age on a day of what is due on another.
    pub fn on(day: NaiveDate, due_on: NaiveDate) -> Self {
        match day.signed_duration_since(due_on).num_days() {
            ..=0 => Self::NotDue,
            1..=30 => Self::Days1To30,
            31..=60 => Self::Days31To60,
            61..=90 => Self::Days61To90,
            91.. => Self::Over90Days,
        }
    }
}

/// What is to be paid of one age.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Bucket {
    /// The age.
    pub age: Age,
    /// How much.
    pub outstanding: Decimal,
    /// For how many invoices.
    pub invoices: i64,
}

/// What is to be paid in one currency.
#[derive(Debug, Clone, PartialEq)]
pub struct Aged {
    /// In which currency.
    pub currency: Currency,
    /// One for every age, the youngest first; empty ones are 0.
    pub buckets: Vec<Bucket>,
}

#[derive(Debug, Deserialize)]
struct Due {
    currency: Currency,
    due_on: NaiveDate,
    outstanding: Decimal,
    invoices: i64,
}

/// What is to be paid to the tenant, or by one client, in order of currency; ages are those of
/// `day`. Currencies in which nothing is outstanding are left out.
///
/// # Errors
/// When the database is away.
pub async fn by_age(
    tx: &mut TenantTx,
    day: NaiveDate,
    client_id: Option<ClientId>,
) -> Result<Vec<Aged>, StoreError> {
    let columns = "currency, due_on, sum(outstanding) as outstanding, \
        sum(invoices)::bigint as invoices";
    let select = Select::<Due>::of(tx, columns, PLACE);
    let select = select.only_some("client_id =", client_id.map(|id| id.0));
    let rows = select.ending("group by currency, due_on").fetch(tx).await?;
    Ok(sorted(&rows, day))
}

fn sorted(rows: &[Due], day: NaiveDate) -> Vec<Aged> {
    let mut currencies: BTreeMap<String, Aged> = BTreeMap::new();
    for row in rows {
        let code = row.currency.to_string();
        let aged = currencies
            .entry(code)
            .or_insert_with(|| empty(row.currency));
        let age = Age::on(day, row.due_on);
        for bucket in aged.buckets.iter_mut().filter(|bucket| bucket.age == age) {
            bucket.outstanding += row.outstanding;
            bucket.invoices += row.invoices;
        }
    }
    currencies.into_values().collect()
}

fn empty(currency: Currency) -> Aged {
    let bucket = |age| Bucket {
        age,
        outstanding: round_to_minor_unit(Decimal::ZERO, currency),
        invoices: 0,
    };
    Aged {
        currency,
        buckets: Age::ALL.into_iter().map(bucket).collect(),
    }
}
