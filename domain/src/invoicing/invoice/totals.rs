//! How lines and tax add up, without ever overflowing.

use rust_decimal::Decimal;
use serde::{Deserialize, Serialize};

use super::line::Line;
use super::refusal::Refusal;
use crate::kernel::{Currency, FieldError, round_to_minor_unit};

/// The largest amount of a line or a document, in any currency: 100,000,000,000,000.
///
/// Products of quantities, prices and rates below it fit a `Decimal` with all their decimals, so
/// rounding happens once; and as minor units it fits 64 bits in every currency.
pub fn max_amount() -> Decimal {
    Decimal::from(100_000_000_000_000_u64)
}

/// The amount, unless it is too large.
pub(super) fn bounded(amount: Decimal) -> Option<Decimal> {
    (amount.abs() <= max_amount()).then_some(amount)
}

/// A tax rate in per cent, 0 to 100, with at most 4 decimals. No rate at all is not a rate of 0:
/// the one document shows tax, the other does not.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct TaxRate(Decimal);

impl TaxRate {
    /// Reads a rate.
    ///
    /// # Errors
    /// When it is out of bounds or too precise.
    pub fn try_new(percent: Decimal) -> Result<Self, FieldError> {
        let percent = percent.normalize();
        let in_bounds = percent >= Decimal::ZERO && percent <= Decimal::ONE_HUNDRED;
        if in_bounds && percent.scale() <= 4 {
            return Ok(Self(percent));
        }
        Err(FieldError::Malformed {
            field: "taxRate",
            expected: "a percentage from 0 to 100 with at most 4 decimals",
        })
    }

    /// The rate in per cent.
    pub fn percent(self) -> Decimal {
        self.0
    }

    /// The rate as a factor: 0.2 for 20 %.
    fn factor(self) -> Option<Decimal> {
        self.0.checked_mul(Decimal::new(1, 2))
    }

    /// The tax on a net amount, rounded half to even.
    pub(super) fn on(self, net: Decimal, currency: Currency) -> Option<Decimal> {
        let tax = self.factor()?.checked_mul(net)?;
        Some(round_to_minor_unit(tax, currency))
    }

    /// The net part of an amount that includes the tax, rounded half to even.
    pub(super) fn net_within(self, gross: Decimal, currency: Currency) -> Option<Decimal> {
        let divisor = self.factor()?.checked_add(Decimal::ONE)?;
        Some(round_to_minor_unit(gross.checked_div(divisor)?, currency))
    }
}

/// What a document amounts to, each with the currency's number of decimals.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Totals {
    /// The sum of the lines.
    pub net: Decimal,
    /// The tax on that sum.
    pub tax: Decimal,
    /// Both together.
    pub total: Decimal,
}

impl Totals {
    /// What these lines amount to.
    ///
    /// # Errors
    /// When the sum is too large.
    pub fn of<'l>(
        lines: impl IntoIterator<Item = &'l Line>,
        rate: Option<TaxRate>,
        currency: Currency,
    ) -> Result<Self, Refusal> {
        let mut lines = lines.into_iter();
        let zero = round_to_minor_unit(Decimal::ZERO, currency);
        let net = lines.try_fold(zero, |sum, line| sum.checked_add(line.total));
        let tax = |net| rate.map_or(Some(zero), |rate| rate.on(net, currency));
        net.map(|net| round_to_minor_unit(net, currency))
            .and_then(bounded)
            .and_then(|net| Self::adding(net, tax(net)?))
            .ok_or(Refusal::AmountTooLarge)
    }

    /// Net and tax together; none when the sum is too large.
    pub(super) fn adding(net: Decimal, tax: Decimal) -> Option<Self> {
        let total = bounded(net.checked_add(tax)?)?;
        Some(Self { net, tax, total })
    }

    /// Each part with the other's added. The parts are bounded, so the sums are exact.
    #[must_use]
    pub(super) fn plus(self, other: Self) -> Self {
        Self {
            net: self.net + other.net,
            tax: self.tax + other.tax,
            total: self.total + other.total,
        }
    }

    /// Each part less the other's.
    #[must_use]
    pub(super) fn minus(self, other: Self) -> Self {
        Self {
            net: self.net - other.net,
            tax: self.tax - other.tax,
            total: self.total - other.total,
        }
    }

    /// Whether no part exceeds the other's.
    pub(super) fn fits(self, other: Self) -> bool {
        self.net <= other.net && self.tax <= other.tax && self.total <= other.total
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::invoicing::invoice::fixtures::{Dice, dec, new_line};
    use crate::invoicing::invoice::{Kind, NewLine};

    fn lines(count: u128, quantity: &str, price: &str) -> Vec<Line> {
        (0..count)
            .map(|id| {
                let line = new_line(id, quantity, price);
                line.read(Kind::Adjustment, Currency::GBP).unwrap()
            })
            .collect()
    }

    #[test]
    fn sums_rounded_lines_and_rounds_the_tax_on_the_sum() {
        // Each line is 0.125 and rounds to 0.12.
        let lines = lines(3, "1", "0.125");
        let rate = TaxRate::try_new(dec("12.5")).unwrap();
        let totals = Totals::of(&lines, Some(rate), Currency::GBP).unwrap();
        // 12.5 % of 0.36 is 0.045, half way, and rounds to the even 0.04.
        let [net, tax, total] = ["0.36", "0.04", "0.40"].map(dec);
        assert_eq!(totals, Totals { net, tax, total });
        assert_eq!(totals.total.to_string(), "0.40");
    }

    #[test]
    fn nothing_amounts_to_nothing() {
        let totals = Totals::of(&[], None, Currency::GBP).unwrap();
        assert_eq!(totals.total.to_string(), "0.00");
    }

    #[test]
    fn refuses_what_is_too_large() {
        let most = lines(1, "100", "1000000000000");
        assert!(Totals::of(&most, None, Currency::GBP).is_ok());
        let rate = TaxRate::try_new(dec("0.0001")).unwrap();
        let taxed = Totals::of(&most, Some(rate), Currency::GBP);
        assert_eq!(taxed, Err(Refusal::AmountTooLarge));
        let more = lines(2, "100", "1000000000000");
        let refused = Totals::of(&more, None, Currency::GBP);
        assert_eq!(refused, Err(Refusal::AmountTooLarge));
    }

    #[test]
    fn bounds_the_rate() {
        for good in ["0", "100", "7.7", "19.0000", "8.8751"] {
            assert!(TaxRate::try_new(dec(good)).is_ok(), "{good}");
        }
        for bad in ["-0.1", "100.0001", "0.00001"] {
            assert!(TaxRate::try_new(dec(bad)).is_err(), "{bad}");
        }
    }

    #[test]
    fn any_total_is_the_sum_of_rounded_lines_and_rounded_tax() {
        let mut dice = Dice(7);
        for _ in 0..500 {
            let currency: Currency = ["GBP", "JPY", "KWD"][dice.below(3)].parse().unwrap();
            let lines: Vec<Line> = (0..dice.below(20))
                .map(|id| {
                    let line = NewLine {
                        quantity: dice.decimal(6, 6),
                        unit_price: dice.decimal(6, 6),
                        ..new_line(u128::try_from(id).unwrap(), "1", "1")
                    };
                    line.read(Kind::Adjustment, currency).unwrap()
                })
                .collect();
            let rate = Decimal::new(i64::try_from(dice.below(1_000_001)).unwrap(), 4);
            let rate = TaxRate::try_new(rate).unwrap();
            let totals = Totals::of(&lines, Some(rate), currency).unwrap();
            let net: Decimal = lines.iter().map(|line| line.total).sum();
            let tax = round_to_minor_unit(net * rate.percent() / Decimal::ONE_HUNDRED, currency);
            assert_eq!((totals.net, totals.tax), (net, tax));
            assert_eq!(totals.total, net + tax);
            assert_eq!(totals.total.scale(), currency.minor_digits());
            for line in &lines {
                let exact = line.quantity * line.unit_price;
                assert!(
                    (line.total - exact).abs() * Decimal::TWO
                        <= Decimal::new(1, currency.minor_digits())
                );
            }
        }
    }
}
