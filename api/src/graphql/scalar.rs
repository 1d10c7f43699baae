//! Scalars: how decimals, dates, positions and currencies are spelled.
//!
//! What a client reads about a scalar or object stands before its `impl`: the library looks there.

use async_graphql::{InputValueError, InputValueResult, Scalar, ScalarType, Value};
use chrono::NaiveDate;
use daybook_domain::kernel;
use serde::Serialize;

/// An exact decimal number, as a string: `"1234.50"`. Never a float.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(transparent)]
pub struct Decimal(pub rust_decimal::Decimal);

/// An exact decimal number, as a string: `"1234.50"`. Never a float.
#[Scalar(name = "Decimal")]
impl ScalarType for Decimal {
    fn parse(value: Value) -> InputValueResult<Self> {
        let Value::String(text) = &value else {
            return Err(InputValueError::expected_type(value));
        };
        let number = rust_decimal::Decimal::from_str_exact(text);
        number
            .map(Self)
            .map_err(|_| InputValueError::custom("a decimal is written like \"12.50\""))
    }

    fn to_value(&self) -> Value {
        Value::String(self.0.to_string())
    }
}

/// A calendar day without a time zone: `"2010-12-01"`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(transparent)]
pub struct Date(pub NaiveDate);

/// A calendar day without a time zone: `"2010-12-01"`.
#[Scalar(
    name = "Date",
    specified_by_url = "https://www.rfc-editor.org/rfc/rfc3339#section-5.6"
)]
impl ScalarType for Date {
    fn parse(value: Value) -> InputValueResult<Self> {
        let Value::String(text) = &value else {
            return Err(InputValueError::expected_type(value));
        };
        // chrono alone would take years of any length and unpadded months.
        let plain = text.len() == 10;
        let day = NaiveDate::parse_from_str(text, "%Y-%m-%d")
            .ok()
            .filter(|_| plain);
        day.map(Self)
            .ok_or_else(|| InputValueError::custom("a date is written like \"2010-12-01\""))
    }

    fn to_value(&self) -> Value {
        Value::String(self.0.to_string())
    }
}

/// A place in the tenant's log, as a string: the first event is at `"1"`, and there are no gaps.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(transparent)]
pub struct Position(pub i64);

/// A place in the tenant's log, as a string: the first event is at `"1"`, and there are no gaps.
#[Scalar(name = "Position")]
impl ScalarType for Position {
    fn parse(value: Value) -> InputValueResult<Self> {
        let Value::String(text) = &value else {
            return Err(InputValueError::expected_type(value));
        };
        let plain = text.bytes().all(|byte| byte.is_ascii_digit());
        let number = text.parse::<i64>().ok().filter(|_| plain);
        number
            .map(Self)
            .ok_or_else(|| InputValueError::custom("a position is a whole number, like \"42\""))
    }

    fn to_value(&self) -> Value {
        Value::String(self.0.to_string())
    }
}

/// An ISO 4217 currency code: `"GBP"`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(transparent)]
pub struct CurrencyCode(pub kernel::Currency);

impl From<CurrencyCode> for kernel::Currency {
    fn from(code: CurrencyCode) -> Self {
        code.0
    }
}

/// An ISO 4217 currency code: `"GBP"`.
#[Scalar(name = "CurrencyCode")]
impl ScalarType for CurrencyCode {
    fn parse(value: Value) -> InputValueResult<Self> {
        let Value::String(text) = &value else {
            return Err(InputValueError::expected_type(value));
        };
        text.parse().map(Self).map_err(InputValueError::custom)
    }

    fn to_value(&self) -> Value {
        Value::String(self.0.code().to_owned())
    }
}

/// Any JSON value.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[serde(transparent)]
pub struct Json(pub serde_json::Value);

/// Any JSON value.
#[Scalar(
    name = "JSON",
    specified_by_url = "https://www.rfc-editor.org/rfc/rfc8259"
)]
impl ScalarType for Json {
    fn parse(value: Value) -> InputValueResult<Self> {
        value.into_json().map(Self).map_err(InputValueError::custom)
    }

    fn to_value(&self) -> Value {
        Value::from_json(self.0.clone()).unwrap_or_default()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_what_it_writes_and_nothing_else() {
        let text = |text: &str| Value::String(text.to_owned());
        assert_eq!(
            Decimal::parse(text("1.50")).unwrap().to_value(),
            text("1.50")
        );
        assert!(Decimal::parse(text("1e5")).is_err());
        assert!(Decimal::parse(Value::from(1.5)).is_err());
        assert_eq!(
            Date::parse(text("2010-12-01")).unwrap().to_value(),
            text("2010-12-01")
        );
        for bad in ["2010-13-01", "2010-2-1", "20101201", "+12010-01-01"] {
            assert!(Date::parse(text(bad)).is_err(), "{bad}");
        }
        assert_eq!(Position::parse(text("42")).unwrap(), Position(42));
        for bad in ["-1", "+1", "1.0", "", "9223372036854775808"] {
            assert!(Position::parse(text(bad)).is_err(), "{bad}");
        }
        assert!(CurrencyCode::parse(text("GBP")).is_ok());
        assert!(CurrencyCode::parse(text("gbp")).is_err());
    }
}
