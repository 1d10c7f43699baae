//! What documents are called, and which numbers are whose.

use serde::{Deserialize, Serialize};

use super::kind::Kind;
use super::refusal::Refusal;
use crate::kernel::{Claim, Draw, Realm, Text};

/// The scope in which numbers are unique per tenant.
pub const NUMBER: &str = "invoicing.number";

/// How a tenant numbers what it sends.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Numbering {
    /// Each document is given a number.
    Manual,
    /// Each document draws the next number of its kind's series, unless its draft named one (as
    /// documents taken over from another system do).
    #[default]
    Gapless,
}

fn prefix(kind: Kind) -> &'static str {
    match kind {
        Kind::Invoice => "INV-",
        Kind::CreditNote => "CN-",
        Kind::Adjustment => "ADJ-",
    }
}

/// The series a document of this kind draws its number from.
pub(super) fn series(kind: Kind) -> Draw {
    let series = match kind {
        Kind::Invoice => "invoicing.invoice",
        Kind::CreditNote => "invoicing.credit_note",
        Kind::Adjustment => "invoicing.adjustment",
    };
    Draw {
        series: series.to_owned(),
    }
}

/// What the n-th document of a series is called: `INV-000001`.
pub(super) fn nth(kind: Kind, n: u64) -> String {
    format!("{}{n:06}", prefix(kind))
}

/// Reads a given number: at most 40 characters on one line, and none that a series may draw.
pub(super) fn read(text: &str) -> Result<String, Refusal> {
    let limits = Text {
        field: "number",
        max: 40,
    };
    let number = limits.line(text)?;
    let compared = compared(&number);
    let looks_drawn = [Kind::Invoice, Kind::CreditNote, Kind::Adjustment]
        .into_iter()
        .filter_map(|kind| compared.strip_prefix(prefix(kind)))
        .any(|rest| !rest.is_empty() && rest.bytes().all(|byte| byte.is_ascii_digit()));
    if looks_drawn {
        return Err(Refusal::NumberReserved { number });
    }
    Ok(number)
}

/// The form in which two numbers are the same one.
fn compared(number: &str) -> String {
    number.to_uppercase()
}

pub(super) fn take(number: &str) -> Claim {
    Claim::Take {
        realm: Realm::Tenant,
        scope: NUMBER,
        value: compared(number),
    }
}

pub(super) fn release(number: &str) -> Claim {
    Claim::Release {
        realm: Realm::Tenant,
        scope: NUMBER,
        value: compared(number),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_the_nth_document_of_each_kind() {
        assert_eq!(nth(Kind::Invoice, 1), "INV-000001");
        assert_eq!(nth(Kind::CreditNote, 42), "CN-000042");
        assert_eq!(nth(Kind::Adjustment, 1_234_567), "ADJ-1234567");
    }

    #[test]
    fn keeps_the_numbers_of_the_series_free() {
        for number in ["INV-000001", "inv-7", "CN-1234567", "Adj-000002"] {
            let refused = read(number);
            assert!(
                matches!(refused, Err(Refusal::NumberReserved { .. })),
                "{number}"
            );
        }
        for number in [
            "536365",
            "C536379",
            "INV-",
            "INV-2024-1",
            "INV-1a",
            "X-000001",
        ] {
            assert_eq!(read(number), Ok(number.to_owned()));
        }
        assert!(read(" ").is_err());
        assert!(read(&"1".repeat(41)).is_err());
    }

    #[test]
    fn numbers_that_differ_in_capitals_are_the_same() {
        assert_eq!(take("a1"), take("A1"));
        assert_eq!(release("a1"), release("A1"));
    }
}
