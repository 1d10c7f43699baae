//! Mark an invoice overdue: what the clock says when nobody does anything.

use chrono::{DateTime, NaiveDate, Utc};

use crate::invoicing::invoice::{Invoice, InvoiceEvent, MarkedOverdue, Refusal, Status};
use crate::kernel::{Command, Decision, round_to_minor_unit};

/// Marks an invoice that has something outstanding past its due date.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct MarkOverdue {
    /// The tenant's calendar day.
    pub today: NaiveDate,
    /// Now.
    pub at: DateTime<Utc>,
}

impl Command for MarkOverdue {
    type Aggregate = Invoice;

    fn decide(&self, invoice: &Invoice) -> Decision<Invoice> {
        let sent = invoice.sent_invoice()?;
        match sent.status() {
            Status::Sent | Status::PartiallyPaid => {}
            Status::Overdue => return Ok(vec![]),
            Status::Paid => return Err(Refusal::AlreadyPaid),
            Status::Cancelled => return Err(Refusal::Cancelled),
            Status::Draft => return Err(Refusal::NotSent),
        }
        // An invoice is always due some day; one without a date never becomes overdue.
        let due_on = sent.due_on.unwrap_or(NaiveDate::MAX);
        if self.today <= due_on {
            return Err(Refusal::NotDue { due_on });
        }
        let currency = sent.header.currency;
        Ok(vec![InvoiceEvent::MarkedOverdue(MarkedOverdue {
            due_on,
            marked_on: self.today,
            outstanding: round_to_minor_unit(sent.outstanding(), currency),
            client_id: sent.header.client_id,
            currency,
            at: self.at,
        })])
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::invoicing::invoice::Kind;
    use crate::invoicing::invoice::fixtures::*;
    use crate::kernel::testing::given;

    fn mark(today: &str) -> MarkOverdue {
        MarkOverdue {
            today: day(today),
            at: at(),
        }
    }

    #[test]
    fn marks_a_sent_or_partially_paid_invoice_the_day_after_it_is_due() {
        let invoice = given(&[drafted(), sent()])
            .when(&mark("2024-03-16"))
            .then(&[overdue("18.36")]);
        assert_eq!(invoice.status(), Status::Overdue);
        let part = paid(1, ["10.00", "10.00", "8.36"], Status::PartiallyPaid);
        given(&[drafted(), sent(), part])
            .when(&mark("2024-03-16"))
            .then(&[overdue("8.36")]);
    }

    #[test]
    fn says_on_which_day_of_the_tenant_it_was_marked() {
        let sent = given(&[drafted(), sent()]).state();
        let events = mark("2025-01-01").decide(&sent).unwrap();
        let InvoiceEvent::MarkedOverdue(marked) = &events[0] else {
            panic!("{events:?}");
        };
        assert_eq!(marked.marked_on, day("2025-01-01"));
    }

    #[test]
    fn marking_again_changes_nothing() {
        given(&[drafted(), sent(), overdue("18.36")])
            .when(&mark("2024-03-17"))
            .then(&[]);
    }

    #[test]
    fn refuses_an_invoice_that_is_not_yet_overdue() {
        let due_on = day("2024-03-15");
        given(&[drafted(), sent()])
            .when(&mark("2024-03-15"))
            .refuses(&Refusal::NotDue { due_on });
    }

    #[test]
    fn refuses_an_invoice_on_which_nothing_is_outstanding() {
        let all = paid(1, ["18.36", "18.36", "0.00"], Status::Paid);
        given(&[drafted(), sent(), all])
            .when(&mark("2024-03-16"))
            .refuses(&Refusal::AlreadyPaid);
        given(&[drafted(), sent(), credited_in_full()])
            .when(&mark("2024-03-16"))
            .refuses(&Refusal::Cancelled);
    }

    #[test]
    fn refuses_what_is_no_sent_invoice() {
        let command = mark("2024-03-16");
        given(&[]).when(&command).refuses(&Refusal::Unknown);
        given(&[drafted()])
            .when(&command)
            .refuses(&Refusal::NotSent);
        given(&[drafted(), cancelled()])
            .when(&command)
            .refuses(&Refusal::Cancelled);
        let kind = Kind::CreditNote;
        given(&[
            drafted_as(|it| it.kind = kind),
            sent_as(|it| it.kind = kind),
        ])
        .when(&command)
        .refuses(&Refusal::NotAnInvoice { kind });
    }
}
