//! Dates, amounts and remarks as commands carry them: their limits.

use chrono::{Datelike, NaiveDate};
use rust_decimal::Decimal;

use super::refusal::Refusal;
use super::totals::bounded;
use crate::kernel::{Currency, FieldError, Text};

/// A date that every reader can store and show.
pub(super) fn date(field: &'static str, date: NaiveDate) -> Result<NaiveDate, FieldError> {
    if (1900..=9998).contains(&date.year()) {
        return Ok(date);
    }
    Err(FieldError::Malformed {
        field,
        expected: "a date from 1900 to 9998",
    })
}

pub(super) fn optional_date(
    field: &'static str,
    given: Option<NaiveDate>,
) -> Result<Option<NaiveDate>, FieldError> {
    given.map(|given| date(field, given)).transpose()
}

/// A document cannot be due before it was issued.
pub(super) fn due_after_issue(
    issued_on: Option<NaiveDate>,
    due_on: Option<NaiveDate>,
) -> Result<(), Refusal> {
    if let (Some(issued_on), Some(due_on)) = (issued_on, due_on)
        && due_on < issued_on
    {
        return Err(Refusal::DueBeforeIssue { issued_on, due_on });
    }
    Ok(())
}

/// A positive amount without fractions of the minor unit, with the currency's decimals.
pub(super) fn amount(given: Decimal, currency: Currency) -> Result<Decimal, Refusal> {
    let digits = currency.minor_digits();
    if given <= Decimal::ZERO || given.normalize().scale() > digits {
        return Err(Refusal::Field(FieldError::Malformed {
            field: "amount",
            expected: "a positive amount with no more decimals than its currency has",
        }));
    }
    let mut amount = bounded(given).ok_or(Refusal::AmountTooLarge)?;
    amount.rescale(digits);
    Ok(amount)
}

/// What a document says below its lines, at most 5,000 characters.
pub(super) fn notes(text: &str) -> Result<String, FieldError> {
    let field = "notes";
    Text { field, max: 5_000 }.lines(text)
}

/// The other side's reference, at most 200 characters.
pub(super) fn reference(text: &str) -> Result<String, FieldError> {
    let field = "reference";
    Text { field, max: 200 }.line(text)
}

/// Why something was done, at most 500 characters.
pub(super) fn reason(text: &str) -> Result<String, FieldError> {
    let field = "reason";
    Text { field, max: 500 }.line(text)
}

/// Reads a text that may be absent.
pub(super) fn optional<E>(
    text: Option<&String>,
    read: impl FnOnce(&str) -> Result<String, E>,
) -> Result<Option<String>, E> {
    text.map(|text| read(text)).transpose()
}
