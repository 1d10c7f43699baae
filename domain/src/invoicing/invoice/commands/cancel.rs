//! Cancel a draft.

use chrono::{DateTime, Utc};

use crate::invoicing::invoice::{Cancelled, Invoice, InvoiceEvent, Refusal, Status, input};
use crate::kernel::{Command, Decision};

/// Gives a draft up and its number back. A sent document is credited instead.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Cancel {
    /// Why, at most 500 characters.
    pub reason: Option<String>,
    /// Now.
    pub at: DateTime<Utc>,
}

impl Command for Cancel {
    type Aggregate = Invoice;

    fn decide(&self, invoice: &Invoice) -> Decision<Invoice> {
        let reason = input::optional(self.reason.as_ref(), input::reason)?;
        match invoice {
            Invoice::Unknown => Err(Refusal::Unknown),
            Invoice::Draft(draft) => Ok(vec![InvoiceEvent::Cancelled(Cancelled {
                reason,
                number: draft.number.clone(),
                at: self.at,
            })]),
            Invoice::Sent(sent) if sent.status() == Status::Cancelled => Ok(vec![]),
            Invoice::Sent(_) => Err(Refusal::SentIsFinal),
            Invoice::Cancelled(_) => Ok(vec![]),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::invoicing::invoice::fixtures::*;
    use crate::invoicing::invoice::number;
    use crate::kernel::testing::given;
    use crate::kernel::{Event as _, Refusal as _};

    fn cancel() -> Cancel {
        Cancel {
            reason: Some("typed twice".to_owned()),
            at: at(),
        }
    }

    #[test]
    fn cancels_a_draft() {
        let invoice = given(&[drafted()]).when(&cancel()).then(&[cancelled()]);
        assert_eq!(invoice.status(), Status::Cancelled);
    }

    #[test]
    fn gives_the_number_back() {
        let past = [drafted_as(|drafted| drafted.number = Some("7".to_owned()))];
        let events = cancel().decide(&given(&past).state()).unwrap();
        assert_eq!(events[0].claims(), [number::release("7")]);
    }

    #[test]
    fn cancelling_again_changes_nothing() {
        given(&[drafted(), cancelled()]).when(&cancel()).then(&[]);
        given(&[drafted(), sent(), credited_in_full()])
            .when(&cancel())
            .then(&[]);
    }

    #[test]
    fn refuses_a_sent_document_and_says_to_credit_it() {
        given(&[drafted(), sent()])
            .when(&cancel())
            .refuses(&Refusal::SentIsFinal);
        assert!(Refusal::SentIsFinal.to_string().contains("credit it"));
    }

    #[test]
    fn refuses_an_unknown_document_and_an_empty_reason() {
        given(&[]).when(&cancel()).refuses(&Refusal::Unknown);
        let command = Cancel {
            reason: Some(" ".to_owned()),
            at: at(),
        };
        let refused = command.decide(&given(&[drafted()]).state());
        assert_eq!(refused.unwrap_err().field(), "reason");
    }
}
