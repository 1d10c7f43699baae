//! What a line of a document may be, and what it amounts to.

use rust_decimal::Decimal;
use serde::{Deserialize, Serialize};
use thiserror::Error;

use super::kind::Kind;
use super::refusal::Refusal;
use super::totals::bounded;
use crate::kernel::{Currency, FieldError, LineId, Text, round_to_minor_unit};

/// The most lines of a document.
pub const MAX_LINES: usize = 5_000;
/// The most decimals of a quantity or a unit price.
const MAX_DECIMALS: u32 = 6;

/// A line as it is given.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct NewLine {
    /// Its id, new within the document.
    pub line_id: LineId,
    /// What it is about, at most 1,000 characters; may be empty when there is a product code.
    pub description: String,
    /// The product's code, at most 64 characters.
    pub product_code: Option<String>,
    /// How many or how much: not 0, at most 6 decimals, within ±1,000,000,000. Negative for what
    /// came back.
    pub quantity: Decimal,
    /// The price of one: at most 6 decimals, up to 1,000,000,000,000; negative on adjustments
    /// only.
    pub unit_price: Decimal,
}

/// A line of a document.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Line {
    /// Its id, unique within the document.
    pub line_id: LineId,
    /// What it is about; empty when the product code says it.
    pub description: String,
    /// The product's code.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub product_code: Option<String>,
    /// How many or how much.
    pub quantity: Decimal,
    /// The price of one.
    pub unit_price: Decimal,
    /// Quantity × unit price, rounded half to even to the currency's minor unit.
    pub total: Decimal,
}

/// What is wrong with a line.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum LineFault {
    /// A text is malformed.
    #[error(transparent)]
    Field(#[from] FieldError),
    /// Neither description nor product code.
    #[error("it has neither a description nor a product code")]
    NoText,
    /// The quantity is 0.
    #[error("quantity is 0; give a positive one, or a negative one for what came back")]
    QuantityZero,
    /// The quantity is out of bounds or too precise.
    #[error("quantity is not within 1,000,000,000 of 0 with at most 6 decimals")]
    QuantityOutOfBounds,
    /// The price is out of bounds or too precise.
    #[error("unitPrice is not within 1,000,000,000,000 of 0 with at most 6 decimals")]
    UnitPriceOutOfBounds,
    /// A negative price on an invoice or a credit note.
    #[error("unitPrice is negative, which only adjustments allow; make the quantity negative")]
    UnitPriceNegative,
    /// Quantity × unit price is out of bounds.
    #[error("quantity times unitPrice is more than 100,000,000,000,000")]
    AmountTooLarge,
    /// Another line of the document has the id.
    #[error("lineId is used by another line of the document")]
    IdTaken,
}

impl LineFault {
    /// The stable code clients match on.
    pub fn code(&self) -> &'static str {
        match self {
            Self::Field(error) => error.code(),
            Self::NoText => "LINE_WITHOUT_TEXT",
            Self::QuantityZero | Self::QuantityOutOfBounds => "QUANTITY_INVALID",
            Self::UnitPriceOutOfBounds | Self::UnitPriceNegative => "UNIT_PRICE_INVALID",
            Self::AmountTooLarge => "AMOUNT_TOO_LARGE",
            Self::IdTaken => "LINE_ID_TAKEN",
        }
    }

    /// The field of the line that is at fault.
    pub fn field(&self) -> &'static str {
        match self {
            Self::Field(error) => error.field(),
            Self::NoText => "description",
            Self::QuantityZero | Self::QuantityOutOfBounds | Self::AmountTooLarge => "quantity",
            Self::UnitPriceOutOfBounds | Self::UnitPriceNegative => "unitPrice",
            Self::IdTaken => "lineId",
        }
    }

    /// The refusal of a line at this place, the first being 0.
    pub(super) fn at(self, index: usize) -> Refusal {
        Refusal::Line {
            position: index.saturating_add(1),
            fault: self,
        }
    }
}

impl NewLine {
    /// The line that this is in a document of that kind and currency.
    ///
    /// # Errors
    /// The first thing that is wrong with it.
    pub fn read(&self, kind: Kind, currency: Currency) -> Result<Line, LineFault> {
        let description = Text {
            field: "description",
            max: 1_000,
        };
        let product_code = Text {
            field: "productCode",
            max: 64,
        };
        let description = description.optional_line(&self.description)?;
        let code = self.product_code.as_ref();
        let product_code = code.map(|text| product_code.line(text)).transpose()?;
        if description.is_empty() && product_code.is_none() {
            return Err(LineFault::NoText);
        }
        let (quantity, unit_price) = (self.quantity()?, self.unit_price(kind)?);
        let amount = quantity.checked_mul(unit_price);
        let total = amount.map(|amount| round_to_minor_unit(amount, currency));
        Ok(Line {
            line_id: self.line_id,
            description,
            product_code,
            quantity,
            unit_price,
            total: total.and_then(bounded).ok_or(LineFault::AmountTooLarge)?,
        })
    }

    fn quantity(&self) -> Result<Decimal, LineFault> {
        let quantity = self.quantity.normalize();
        if quantity.is_zero() {
            return Err(LineFault::QuantityZero);
        }
        within(quantity, 1_000_000_000).ok_or(LineFault::QuantityOutOfBounds)
    }

    fn unit_price(&self, kind: Kind) -> Result<Decimal, LineFault> {
        let price = self.unit_price.normalize();
        let may_be_negative = match kind {
            Kind::Adjustment => true,
            Kind::Invoice | Kind::CreditNote => false,
        };
        if price < Decimal::ZERO && !may_be_negative {
            return Err(LineFault::UnitPriceNegative);
        }
        within(price, 1_000_000_000_000).ok_or(LineFault::UnitPriceOutOfBounds)
    }
}

fn within(number: Decimal, bound: u64) -> Option<Decimal> {
    let is_within = number.abs() <= Decimal::from(bound) && number.scale() <= MAX_DECIMALS;
    is_within.then_some(number)
}

/// Reads all lines of a document.
pub(super) fn read_lines(
    lines: &[NewLine],
    kind: Kind,
    currency: Currency,
) -> Result<Vec<Line>, Refusal> {
    if lines.len() > MAX_LINES {
        return Err(Refusal::TooManyLines { max: MAX_LINES });
    }
    let mut ids = std::collections::BTreeSet::new();
    let read = |(index, line): (usize, &NewLine)| {
        if !ids.insert(line.line_id) {
            return Err(LineFault::IdTaken.at(index));
        }
        line.read(kind, currency).map_err(|fault| fault.at(index))
    };
    lines.iter().enumerate().map(read).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::invoicing::invoice::fixtures::{dec, new_line};

    fn total(quantity: &str, price: &str, currency: Currency) -> String {
        let line = new_line(1, quantity, price).read(Kind::Invoice, currency);
        line.unwrap().total.to_string()
    }

    #[test]
    fn rounds_the_total_half_to_even_in_the_currency() {
        assert_eq!(total("6", "2.55", Currency::GBP), "15.30");
        assert_eq!(total("1", "0.125", Currency::GBP), "0.12");
        assert_eq!(total("3", "0.045", Currency::GBP), "0.14");
        assert_eq!(total("-1", "0.125", Currency::GBP), "-0.12");
        assert_eq!(total("0.000001", "0.000001", Currency::GBP), "0.00");
        assert_eq!(total("5", "0.5", "JPY".parse().unwrap()), "2");
        assert_eq!(total("-1", "0", Currency::GBP), "0.00");
    }

    #[test]
    fn rounds_once_even_near_the_largest_amount() {
        // 71499300556405.905000000001 and 72500700563594.574999999999: next to half way, where a
        // product that had lost its last decimals would go the other way.
        for (quantity, expected) in [
            ("79443.666667", "71499300556405.91"),
            ("80556.333333", "72500700563594.57"),
        ] {
            assert_eq!(total(quantity, "900000007.000003", Currency::GBP), expected);
        }
    }

    #[test]
    fn refuses_numbers_out_of_bounds() {
        let fault = |quantity, price, kind| {
            let line = new_line(1, quantity, price);
            line.read(kind, Currency::GBP).unwrap_err()
        };
        let invoice = Kind::Invoice;
        assert_eq!(fault("0.000", "1", invoice), LineFault::QuantityZero);
        for quantity in ["1000000000.1", "-1000000001", "0.0000001"] {
            let expected = LineFault::QuantityOutOfBounds;
            assert_eq!(fault(quantity, "1", invoice), expected);
        }
        for price in ["1000000000000.1", "0.0000001"] {
            let expected = LineFault::UnitPriceOutOfBounds;
            assert_eq!(fault("1", price, invoice), expected);
        }
        for kind in [Kind::Invoice, Kind::CreditNote] {
            assert_eq!(fault("1", "-1", kind), LineFault::UnitPriceNegative);
        }
        let most = ("1000000000", "1000000000000");
        assert_eq!(fault(most.0, most.1, invoice), LineFault::AmountTooLarge);
        let largest = dec("79228162514264337593543950335").to_string();
        assert_eq!(
            fault(&largest, "1", invoice),
            LineFault::QuantityOutOfBounds
        );
    }

    #[test]
    fn an_adjustment_may_have_a_negative_price() {
        let line = new_line(1, "1", "-11062.06").read(Kind::Adjustment, Currency::GBP);
        assert_eq!(line.unwrap().total, dec("-11062.06"));
    }

    #[test]
    fn needs_a_description_or_a_product_code() {
        let mut line = new_line(1, "1", "1");
        line.description = " ".to_owned();
        let read = |line: &NewLine| line.read(Kind::Invoice, Currency::GBP);
        assert_eq!(read(&line), Err(LineFault::NoText));
        line.product_code = Some("85123A".to_owned());
        assert_eq!(read(&line).unwrap().description, "");
        line.product_code = Some("x".repeat(65));
        assert_eq!(read(&line).unwrap_err().field(), "productCode");
        line.description = "x".repeat(1_001);
        assert_eq!(read(&line).unwrap_err().field(), "description");
    }

    #[test]
    fn names_the_line_at_fault() {
        let lines = [new_line(1, "1", "1"), new_line(2, "0", "1")];
        let refused = read_lines(&lines, Kind::Invoice, Currency::GBP);
        assert_eq!(refused, Err(LineFault::QuantityZero.at(1)));
        let lines = [new_line(1, "1", "1"), new_line(1, "1", "1")];
        let refused = read_lines(&lines, Kind::Invoice, Currency::GBP).unwrap_err();
        assert_eq!(refused, LineFault::IdTaken.at(1));
        assert!(refused.to_string().starts_with("line 2: lineId is used"));
    }
}
