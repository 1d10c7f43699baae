//! An amount with its currency.

use async_graphql::SimpleObject;
use daybook_domain::kernel::Currency;

use super::scalar::{CurrencyCode, Decimal};

/// An amount of money: exact, never a float.
#[derive(Debug, Clone, Copy, PartialEq, Eq, SimpleObject)]
pub struct Money {
    /// How much, with the currency's number of decimals.
    amount: Decimal,
    /// In which currency.
    currency: CurrencyCode,
}

impl Money {
    /// An amount in a currency.
    pub fn new(amount: rust_decimal::Decimal, currency: Currency) -> Self {
        Self {
            amount: Decimal(amount),
            currency: CurrencyCode(currency),
        }
    }
}
