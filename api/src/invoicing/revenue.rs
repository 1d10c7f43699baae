//! What was earned, when and where.

use async_graphql::{Enum, InputObject, SimpleObject};
use daybook_projections::invoicing::revenue::{Figures, Grouping, Range, figures};
use daybook_store::TenantTx;

use crate::fault::{Code, Fault};
use crate::graphql::{CurrencyCode, Date, Money, converted, texts};

/// Figures in one answer.
const MOST: usize = 9_999;

/// What is summed up together, within a currency.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Enum)]
#[graphql(remote = "Grouping")]
pub enum RevenueGrouping {
    /// All of a month.
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

/// Which revenue is wanted. An empty list is no condition.
#[derive(Debug, Clone, Default, InputObject)]
pub struct RevenueFilter {
    /// In one of these currencies.
    currency_in: Option<Vec<CurrencyCode>>,
    /// From one of these countries, as they were named; empty text for sales of unknown ones.
    country_in: Option<Vec<String>>,
}

/// Revenue of sent documents, summed up.
#[derive(Debug, Clone, SimpleObject)]
pub struct Revenue {
    /// The day, or the first day of the month; null when not grouped by time.
    period: Option<Date>,
    /// The country, as it was named; empty where it is not known, null when not grouped by
    /// country.
    country: Option<String>,
    /// The currency of the sums.
    currency: CurrencyCode,
    /// The net sum.
    net: Money,
    /// The tax.
    tax: Money,
    /// Both together.
    total: Money,
    /// How many documents were summed up.
    document_count: i64,
}

impl RevenueFilter {
    /// The read model's range.
    ///
    /// # Errors
    /// `BAD_USER_INPUT` for a list that is too long.
    pub(super) fn range(self, from: Option<Date>, until: Option<Date>) -> Result<Range, Fault> {
        Ok(Range {
            from: from.map(|date| date.0),
            until: until.map(|date| date.0),
            countries: texts(self.country_in)?,
            currencies: converted(self.currency_in)?,
        })
    }
}

impl From<Figures> for Revenue {
    fn from(figures: Figures) -> Self {
        let money = |amount| Money::new(amount, figures.currency);
        Self {
            period: figures.period.map(Date),
            country: figures.country,
            currency: CurrencyCode(figures.currency),
            net: money(figures.net),
            tax: money(figures.tax),
            total: money(figures.total),
            document_count: figures.documents,
        }
    }
}

/// The figures of a range.
///
/// # Errors
/// `BAD_USER_INPUT` when they are too many, or the database is away.
pub(super) async fn revenue(
    tx: &mut TenantTx,
    range: &Range,
    by: RevenueGrouping,
) -> Result<Vec<Revenue>, Fault> {
    let found = figures(tx, range, by.into()).await?;
    if found.len() > MOST {
        let text = "there are more than 9,999 figures; ask for fewer days or group by month";
        return Err(Fault::new(Code::BadUserInput, text));
    }
    Ok(found.into_iter().map(Revenue::from).collect())
}
