//! How revenue is read: by month or day, by country or not.

use chrono::NaiveDate;
use daybook_domain::kernel::Currency;
use daybook_store::{StoreError, TenantTx};
use rust_decimal::Decimal;
use serde::{Deserialize, Serialize};

use super::project::Revenue;
use crate::engine::Summary;
use crate::invoicing::INVOICES;
use crate::list::Select;

const PLACE: (&str, &str) = (Revenue::TABLE, INVOICES);

/// Which revenue is wanted; what is empty asks for nothing.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Range {
    /// The first day.
    pub from: Option<NaiveDate>,
    /// The last day.
    pub until: Option<NaiveDate>,
    /// From one of these countries, as they were named; empty text for sales of unknown ones.
    pub countries: Vec<String>,
    /// In one of these currencies.
    pub currencies: Vec<Currency>,
}

/// What is summed up together, within a currency.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Grouping {
    /// All of a month.
    #[default]
    Month,
    /// All of a month and country.
    MonthAndCountry,
    /// All of a day.
    Day,
    /// All of a day and country.
    DayAndCountry,
    /// All of a country.
    Country,
    /// Everything.
    Whole,
}

/// Revenue, summed up.
#[derive(Debug, Clone, PartialEq, Deserialize)]
pub struct Figures {
    /// The day, or the first day of the month; none when not grouped by time.
    pub period: Option<NaiveDate>,
    /// The country, empty where it is not known; none when not grouped by country.
    pub country: Option<String>,
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

impl Grouping {
    fn period(self) -> &'static str {
        match self {
            Self::Month | Self::MonthAndCountry => "date_trunc('month', day::timestamp)::date",
            Self::Day | Self::DayAndCountry => "day",
            Self::Country | Self::Whole => "null::date",
        }
    }

    fn country(self) -> &'static str {
        match self {
            Self::MonthAndCountry | Self::DayAndCountry | Self::Country => "country",
            Self::Month | Self::Day | Self::Whole => "null::text",
        }
    }
}

/// The tenant's revenue, by period, country and currency, in this order; at most 10,000 rows.
///
/// # Errors
/// When the database is away.
pub async fn figures(
    tx: &mut TenantTx,
    range: &Range,
    grouping: Grouping,
) -> Result<Vec<Figures>, StoreError> {
    let columns = format!(
        "{} as period, {} as country, currency, sum(net) as net, sum(tax) as tax, \
         sum(total) as total, sum(documents)::bigint as documents",
        grouping.period(),
        grouping.country()
    );
    let currencies: Vec<String> = range.currencies.iter().map(ToString::to_string).collect();
    let select = Select::of(tx, &columns, PLACE)
        .only_some("day >=", range.from)
        .only_some("day <=", range.until)
        .among("country", range.countries.clone())
        .among("currency", currencies);
    let select = select.ending("group by 1, 2, 3 order by 1, 2, 3 limit 10000");
    select.fetch(tx).await
}
