//! Change a line of a draft.

use chrono::{DateTime, Utc};
use rust_decimal::Decimal;

use crate::invoicing::invoice::{Invoice, InvoiceEvent, LineChanged, NewLine, Refusal, Totals};
use crate::kernel::{Command, Decision, LineId, Patch};

/// Changes parts of a line; the others stay, and the line keeps its place.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct ChangeLine {
    /// Which line.
    pub line_id: LineId,
    /// What it is about.
    pub description: Option<String>,
    /// The product's code.
    pub product_code: Patch<String>,
    /// How many or how much.
    pub quantity: Option<Decimal>,
    /// The price of one.
    pub unit_price: Option<Decimal>,
    /// Now.
    pub at: DateTime<Utc>,
}

impl Command for ChangeLine {
    type Aggregate = Invoice;

    fn decide(&self, invoice: &Invoice) -> Decision<Invoice> {
        let draft = invoice.draft()?;
        let header = &draft.header;
        let index = draft.position(self.line_id).ok_or(Refusal::LineUnknown)?;
        let old = draft.lines.get(index).ok_or(Refusal::LineUnknown)?;
        let description = self.description.as_ref().unwrap_or(&old.description);
        let new = NewLine {
            line_id: old.line_id,
            description: description.clone(),
            product_code: self.product_code.clone().apply(old.product_code.clone()),
            quantity: self.quantity.unwrap_or(old.quantity),
            unit_price: self.unit_price.unwrap_or(old.unit_price),
        };
        let line = new.read(header.kind, header.currency);
        let line = line.map_err(|fault| fault.at(index))?;
        if line == *old {
            return Ok(vec![]);
        }
        let others = draft
            .lines
            .iter()
            .filter(|line| line.line_id != old.line_id);
        let totals = Totals::of(others.chain([&line]), draft.tax_rate, header.currency)?;
        Ok(vec![InvoiceEvent::LineChanged(LineChanged {
            line,
            totals,
            at: self.at,
        })])
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::invoicing::invoice::LineFault;
    use crate::invoicing::invoice::fixtures::*;
    use crate::kernel::testing::given;

    fn change() -> ChangeLine {
        ChangeLine {
            line_id: line_id(1),
            at: at(),
            ..ChangeLine::default()
        }
    }

    #[test]
    fn changes_the_quantity_alone() {
        let command = ChangeLine {
            quantity: Some(dec("2")),
            ..change()
        };
        given(&[drafted()])
            .when(&command)
            .then(&[InvoiceEvent::LineChanged(LineChanged {
                line: line(1, "2", "2.55"),
                totals: totals("5.10", "1.02", "6.12"),
                at: at(),
            })]);
    }

    #[test]
    fn changes_every_part_and_keeps_the_place() {
        let command = ChangeLine {
            description: Some("Lantern".to_owned()),
            product_code: Patch::Set("71053".to_owned()),
            quantity: Some(dec("-1")),
            unit_price: Some(dec("3.39")),
            ..change()
        };
        let mut changed = line(1, "-1", "3.39");
        changed.description = "Lantern".to_owned();
        changed.product_code = Some("71053".to_owned());
        let second = line_added(2, "10", "1", totals("25.30", "5.06", "30.36"));
        let invoice =
            given(&[drafted(), second])
                .when(&command)
                .then(&[InvoiceEvent::LineChanged(LineChanged {
                    line: changed.clone(),
                    totals: totals("6.61", "1.32", "7.93"),
                    at: at(),
                })]);
        assert_eq!(invoice.draft().unwrap().lines[0], changed);
    }

    #[test]
    fn changing_to_what_is_already_so_changes_nothing() {
        let command = ChangeLine {
            quantity: Some(dec("6.00")),
            product_code: Patch::Clear,
            ..change()
        };
        given(&[drafted()]).when(&command).then(&[]);
        given(&[drafted()]).when(&change()).then(&[]);
    }

    #[test]
    fn refuses_a_line_that_is_not_there() {
        let command = ChangeLine {
            line_id: line_id(2),
            ..change()
        };
        given(&[drafted()])
            .when(&command)
            .refuses(&Refusal::LineUnknown);
    }

    #[test]
    fn refuses_a_bad_line() {
        let command = ChangeLine {
            description: Some(String::new()),
            ..change()
        };
        given(&[drafted()])
            .when(&command)
            .refuses(&LineFault::NoText.at(0));
    }

    #[test]
    fn refuses_a_document_that_is_no_draft() {
        given(&[]).when(&change()).refuses(&Refusal::Unknown);
        given(&[drafted(), sent()])
            .when(&change())
            .refuses(&Refusal::SentIsFinal);
        given(&[drafted(), cancelled()])
            .when(&change())
            .refuses(&Refusal::Cancelled);
    }
}
