//! Remove a line from a draft.

use chrono::{DateTime, Utc};

use crate::invoicing::invoice::{Invoice, InvoiceEvent, LineRemoved, Totals};
use crate::kernel::{Command, Decision, LineId};

/// Removes a line.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct RemoveLine {
    /// Which line.
    pub line_id: LineId,
    /// Now.
    pub at: DateTime<Utc>,
}

impl Command for RemoveLine {
    type Aggregate = Invoice;

    fn decide(&self, invoice: &Invoice) -> Decision<Invoice> {
        let draft = invoice.draft()?;
        if draft.position(self.line_id).is_none() {
            return Ok(vec![]);
        }
        let others = draft.lines.iter().filter(|l| l.line_id != self.line_id);
        let totals = Totals::of(others, draft.tax_rate, draft.header.currency)?;
        Ok(vec![InvoiceEvent::LineRemoved(LineRemoved {
            line_id: self.line_id,
            totals,
            at: self.at,
        })])
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::invoicing::invoice::Refusal;
    use crate::invoicing::invoice::fixtures::*;
    use crate::kernel::testing::given;

    fn remove(id: u128) -> RemoveLine {
        RemoveLine {
            line_id: line_id(id),
            at: at(),
        }
    }

    #[test]
    fn removes_a_line() {
        let invoice = given(&[drafted()])
            .when(&remove(1))
            .then(&[InvoiceEvent::LineRemoved(LineRemoved {
                line_id: line_id(1),
                totals: totals("0.00", "0.00", "0.00"),
                at: at(),
            })]);
        assert!(invoice.draft().unwrap().lines.is_empty());
        assert_eq!(invoice.total(), dec("0"));
    }

    #[test]
    fn removing_what_is_not_there_changes_nothing() {
        given(&[drafted()]).when(&remove(2)).then(&[]);
    }

    #[test]
    fn refuses_a_total_that_becomes_too_large() {
        let past = [drafted_as(|drafted| {
            let half = |id| line(id, "60", "1000000000000");
            drafted.lines = vec![half(1), half(2), line(3, "-60", "1000000000000")];
        })];
        given(&past)
            .when(&remove(3))
            .refuses(&Refusal::AmountTooLarge);
    }

    #[test]
    fn refuses_a_document_that_is_no_draft() {
        given(&[]).when(&remove(1)).refuses(&Refusal::Unknown);
        given(&[drafted(), sent()])
            .when(&remove(1))
            .refuses(&Refusal::SentIsFinal);
        given(&[drafted(), cancelled()])
            .when(&remove(1))
            .refuses(&Refusal::Cancelled);
    }
}
