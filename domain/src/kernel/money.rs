//! Currencies and the one rule of rounding. Money is a decimal with a currency, never a float.

use std::fmt::{self, Display};
use std::str::FromStr;

use rust_decimal::{Decimal, RoundingStrategy};
use serde::{Deserialize, Serialize};
use thiserror::Error;

/// An ISO 4217 currency.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Currency(iso_currency::Currency);

/// What is wrong with an amount or a currency.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum MoneyError {
    /// Not an ISO 4217 code.
    #[error("{0:?} is not an ISO 4217 currency code")]
    UnknownCurrency(String),
}

impl Currency {
    /// Pound sterling.
    pub const GBP: Self = Self(iso_currency::Currency::GBP);
    /// Euro.
    pub const EUR: Self = Self(iso_currency::Currency::EUR);
    /// United States dollar.
    pub const USD: Self = Self(iso_currency::Currency::USD);

    /// The three-letter code.
    pub fn code(self) -> &'static str {
        self.0.code()
    }

    /// Decimals of the minor unit: 2 for cents, 0 for yen.
    pub fn minor_digits(self) -> u32 {
        self.0.exponent().map_or(2, u32::from)
    }
}

impl Default for Currency {
    fn default() -> Self {
        Self::EUR
    }
}

impl Display for Currency {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.code())
    }
}

impl FromStr for Currency {
    type Err = MoneyError;
    fn from_str(text: &str) -> Result<Self, MoneyError> {
        iso_currency::Currency::from_code(text)
            .map(Self)
            .ok_or_else(|| MoneyError::UnknownCurrency(text.chars().take(16).collect()))
    }
}

impl TryFrom<String> for Currency {
    type Error = MoneyError;
    fn try_from(text: String) -> Result<Self, MoneyError> {
        text.parse()
    }
}

impl From<Currency> for String {
    fn from(currency: Currency) -> Self {
        currency.code().to_owned()
    }
}

/// Rounds half to even to the currency's minor unit, with exactly that many decimals. Zero comes
/// out without a sign: what is stored and hashed as text must have one form.
pub fn round_to_minor_unit(amount: Decimal, currency: Currency) -> Decimal {
    let digits = currency.minor_digits();
    let mut rounded = amount.round_dp_with_strategy(digits, RoundingStrategy::MidpointNearestEven);
    rounded.rescale(digits);
    if rounded.is_zero() {
        rounded.set_sign_positive(true);
    }
    rounded
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rounds_half_to_even() {
        let round =
            |text: &str, currency| round_to_minor_unit(text.parse().unwrap(), currency).to_string();
        assert_eq!(round("0.125", Currency::GBP), "0.12");
        assert_eq!(round("0.135", Currency::GBP), "0.14");
        assert_eq!(round("-0.125", Currency::GBP), "-0.12");
        assert_eq!(round("2", Currency::GBP), "2.00");
        assert_eq!(round("-0.001", Currency::GBP), "0.00");
        assert_eq!(round("-0", Currency::GBP), "0.00");
        assert_eq!(round("2.5", "JPY".parse().unwrap()), "2");
        assert_eq!(round("1.0005", "KWD".parse().unwrap()), "1.000");
    }

    #[test]
    fn refuses_an_unknown_currency() {
        assert!("XX1".parse::<Currency>().is_err());
        assert!("gbp".parse::<Currency>().is_err());
        assert_eq!(serde_json::to_string(&Currency::GBP).unwrap(), "\"GBP\"");
    }
}
