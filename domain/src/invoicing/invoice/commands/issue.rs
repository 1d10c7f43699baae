//! Draft and send a document at once.

use super::{Draft, Send};
use crate::invoicing::invoice::{Invoice, Refusal};
use crate::kernel::{Aggregate, Command, Decision};

/// Drafts a document and sends it, in one step or not at all: nobody ever sees the draft. This is
/// how documents come in from another system.
#[derive(Debug, Clone, PartialEq)]
pub struct Issue {
    /// What it says.
    pub draft: Draft,
    /// How it is sent.
    pub send: Send,
}

impl Command for Issue {
    type Aggregate = Invoice;

    fn decide(&self, invoice: &Invoice) -> Decision<Invoice> {
        let mut events = self.draft.decide(&Invoice::Unknown)?;
        events.extend(self.send.decide(&Invoice::fold(&events))?);
        match invoice {
            Invoice::Unknown => Ok(events),
            Invoice::Sent(_) if invoice.is_already(&events) => Ok(vec![]),
            Invoice::Draft(_) | Invoice::Sent(_) | Invoice::Cancelled(_) => Err(Refusal::Exists),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::invoicing::invoice::fixtures::*;
    use crate::invoicing::invoice::{InvoiceEvent, Status};
    use crate::kernel::Event as _;
    use crate::kernel::testing::given;

    fn issue() -> Issue {
        Issue {
            draft: draft(),
            send: send(),
        }
    }

    fn unnumbered() -> InvoiceEvent {
        sent_as(|sent| sent.number = String::new())
    }

    #[test]
    fn drafts_and_sends() {
        let invoice = given(&[]).when(&issue()).then(&[drafted(), unnumbered()]);
        assert_eq!(invoice.status(), Status::Sent);
        assert!(unnumbered().draw().is_some());
    }

    #[test]
    fn issuing_the_same_again_changes_nothing() {
        given(&[drafted(), sent()]).when(&issue()).then(&[]);
    }

    #[test]
    fn refuses_an_id_that_is_in_use() {
        for past in [
            vec![drafted()],
            vec![drafted(), cancelled()],
            vec![drafted_as(|it| it.notes = Some("Bea".to_owned())), sent()],
            vec![drafted(), sent_as(|it| it.due_on = None)],
        ] {
            given(&past).when(&issue()).refuses(&Refusal::Exists);
        }
    }

    #[test]
    fn refuses_what_either_half_refuses() {
        let mut archived = issue();
        archived.draft.client.status = crate::crm::public::ClientStatus::Archived;
        given(&[]).when(&archived).refuses(&Refusal::ClientArchived);
        let mut empty = issue();
        empty.draft.lines.clear();
        given(&[]).when(&empty).refuses(&Refusal::NoLines);
    }
}
