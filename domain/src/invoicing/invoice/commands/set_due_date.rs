//! Set when a drafted invoice is to be due.

use chrono::{DateTime, NaiveDate, Utc};

use super::draft::ensure_due_only_on_invoices;
use crate::invoicing::invoice::{DueDateSet, Invoice, InvoiceEvent, input};
use crate::kernel::{Command, Decision};

/// Sets the due date.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct SetDueDate {
    /// When it is to be due; none for the client's usual terms.
    pub due_on: Option<NaiveDate>,
    /// Now.
    pub at: DateTime<Utc>,
}

impl Command for SetDueDate {
    type Aggregate = Invoice;

    fn decide(&self, invoice: &Invoice) -> Decision<Invoice> {
        let draft = invoice.draft()?;
        let due_on = input::optional_date("dueOn", self.due_on)?;
        ensure_due_only_on_invoices(draft.header.kind, due_on)?;
        input::due_after_issue(draft.issue_on, due_on)?;
        if due_on == draft.due_on {
            return Ok(vec![]);
        }
        let at = self.at;
        Ok(vec![InvoiceEvent::DueDateSet(DueDateSet { due_on, at })])
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::invoicing::invoice::fixtures::*;
    use crate::invoicing::invoice::{Kind, Refusal};
    use crate::kernel::Refusal as _;
    use crate::kernel::testing::given;

    fn set(due_on: Option<&str>) -> SetDueDate {
        SetDueDate {
            due_on: due_on.map(day),
            at: at(),
        }
    }

    fn due_date_set(due_on: Option<&str>) -> InvoiceEvent {
        InvoiceEvent::DueDateSet(DueDateSet {
            due_on: due_on.map(day),
            at: at(),
        })
    }

    #[test]
    fn sets_and_clears_the_due_date() {
        let date = Some("2024-04-30");
        given(&[drafted()])
            .when(&set(date))
            .then(&[due_date_set(date)]);
        given(&[drafted(), due_date_set(date)])
            .when(&set(None))
            .then(&[due_date_set(None)]);
    }

    #[test]
    fn setting_the_same_date_changes_nothing() {
        let date = Some("2024-04-30");
        given(&[drafted(), due_date_set(date)])
            .when(&set(date))
            .then(&[]);
        given(&[drafted()]).when(&set(None)).then(&[]);
    }

    #[test]
    fn refuses_a_date_before_the_issue_date() {
        let issued_on = day("2024-05-01");
        let past = [drafted_as(|drafted| drafted.issue_on = Some(issued_on))];
        let due_on = day("2024-04-30");
        given(&past)
            .when(&set(Some("2024-04-30")))
            .refuses(&Refusal::DueBeforeIssue { issued_on, due_on });
    }

    #[test]
    fn refuses_a_document_that_is_never_due() {
        for kind in [Kind::CreditNote, Kind::Adjustment] {
            given(&[drafted_as(|drafted| drafted.kind = kind)])
                .when(&set(Some("2024-04-30")))
                .refuses(&Refusal::NotAnInvoice { kind });
        }
    }

    #[test]
    fn refuses_a_date_out_of_bounds() {
        let refused = set(Some("9999-01-01")).decide(&given(&[drafted()]).state());
        assert_eq!(refused.unwrap_err().field(), "dueOn");
    }

    #[test]
    fn refuses_a_document_that_is_no_draft() {
        given(&[]).when(&set(None)).refuses(&Refusal::Unknown);
        given(&[drafted(), sent()])
            .when(&set(None))
            .refuses(&Refusal::SentIsFinal);
        given(&[drafted(), cancelled()])
            .when(&set(None))
            .refuses(&Refusal::Cancelled);
    }
}
