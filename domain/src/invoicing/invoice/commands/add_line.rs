//! Add a line to a draft.

use chrono::{DateTime, Utc};

use crate::invoicing::invoice::{
    Invoice, InvoiceEvent, LineAdded, LineFault, MAX_LINES, NewLine, Refusal, Totals,
};
use crate::kernel::{Command, Decision};

/// Adds a line below the others.
#[derive(Debug, Clone, PartialEq)]
pub struct AddLine {
    /// The line.
    pub line: NewLine,
    /// Now.
    pub at: DateTime<Utc>,
}

impl Command for AddLine {
    type Aggregate = Invoice;

    fn decide(&self, invoice: &Invoice) -> Decision<Invoice> {
        let draft = invoice.draft()?;
        let header = &draft.header;
        let end = draft.lines.len();
        let line = self.line.read(header.kind, header.currency);
        let line = line.map_err(|fault| fault.at(end))?;
        if let Some(index) = draft.position(line.line_id) {
            let same = draft.lines.get(index) == Some(&line);
            return if same {
                Ok(vec![])
            } else {
                Err(LineFault::IdTaken.at(end))
            };
        }
        if end >= MAX_LINES {
            return Err(Refusal::TooManyLines { max: MAX_LINES });
        }
        let lines = draft.lines.iter().chain([&line]);
        let totals = Totals::of(lines, draft.tax_rate, header.currency)?;
        Ok(vec![InvoiceEvent::LineAdded(LineAdded {
            line,
            totals,
            at: self.at,
        })])
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::invoicing::invoice::fixtures::*;
    use crate::kernel::testing::given;

    fn add(id: u128, quantity: &str, price: &str) -> AddLine {
        AddLine {
            line: new_line(id, quantity, price),
            at: at(),
        }
    }

    fn added(id: u128, quantity: &str, price: &str, totals: Totals) -> InvoiceEvent {
        InvoiceEvent::LineAdded(LineAdded {
            line: line(id, quantity, price),
            totals,
            at: at(),
        })
    }

    #[test]
    fn adds_a_line_and_its_tax() {
        let expected = added(2, "2", "5", totals("25.30", "5.06", "30.36"));
        let invoice = given(&[drafted()])
            .when(&add(2, "2", "5"))
            .then(&[expected]);
        assert_eq!(invoice.draft().unwrap().lines.len(), 2);
        assert_eq!(invoice.total(), dec("30.36"));
    }

    #[test]
    fn adds_what_came_back() {
        let expected = added(2, "-2", "2.55", totals("10.20", "2.04", "12.24"));
        given(&[drafted()])
            .when(&add(2, "-2", "2.55"))
            .then(&[expected]);
    }

    #[test]
    fn adding_the_same_line_again_changes_nothing() {
        given(&[drafted()]).when(&add(1, "6.0", "2.55")).then(&[]);
    }

    #[test]
    fn refuses_another_line_under_the_same_id() {
        given(&[drafted()])
            .when(&add(1, "7", "2.55"))
            .refuses(&LineFault::IdTaken.at(1));
    }

    #[test]
    fn refuses_a_bad_line() {
        given(&[drafted()])
            .when(&add(2, "1", "-1"))
            .refuses(&LineFault::UnitPriceNegative.at(1));
    }

    #[test]
    fn refuses_a_total_that_is_too_large() {
        given(&[drafted()])
            .when(&add(2, "100", "1000000000000"))
            .refuses(&Refusal::AmountTooLarge);
    }

    #[test]
    fn refuses_more_lines_than_there_may_be() {
        let full = drafted_as(|drafted| {
            drafted.lines = (0..5_000).map(|id| line(id, "1", "1")).collect();
        });
        given(&[full])
            .when(&add(9_999, "1", "1"))
            .refuses(&Refusal::TooManyLines { max: 5_000 });
    }

    #[test]
    fn refuses_a_document_that_is_no_draft() {
        let command = add(2, "1", "1");
        given(&[]).when(&command).refuses(&Refusal::Unknown);
        given(&[drafted(), sent()])
            .when(&command)
            .refuses(&Refusal::SentIsFinal);
        given(&[drafted(), cancelled()])
            .when(&command)
            .refuses(&Refusal::Cancelled);
    }
}
