//! An amount with its currency.

use async_graphql::SimpleObject;
use daybook_domain::kernel::Currency;

use super::scalar::{CurrencyCode, Decimal};

/// An amount of money: exact, never a float.
#[derive(Debug, Clone, Copy, PartialEq, Eq, SimpleObject)]
pub struct Money {
    /// How much, with the currency's number of decimals; a unit price may have up to 6.
    amount: Decimal,
    /// In which currency.
    currency: CurrencyCode,
}

impl Money {
    /// An amount in a currency. A sum that the database brings to nothing has lost its decimals.
    pub fn new(mut amount: rust_decimal::Decimal, currency: Currency) -> Self {
        if amount.scale() < currency.minor_digits() {
            amount.rescale(currency.minor_digits());
        }
        Self {
            amount: Decimal(amount),
            currency: CurrencyCode(currency),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn has_the_decimals_of_its_currency_and_loses_none() {
        let shown = |amount: &str, currency: &str| {
            let money = Money::new(amount.parse().unwrap(), currency.parse().unwrap());
            money.amount.0.to_string()
        };
        for (amount, currency, text) in [
            ("0", "EUR", "0.00"),
            ("-5", "EUR", "-5.00"),
            ("1.5", "EUR", "1.50"),
            ("0.123456", "EUR", "0.123456"),
            ("7", "JPY", "7"),
        ] {
            assert_eq!(shown(amount, currency), text, "{amount} {currency}");
        }
    }
}
