//! Issue the credit note of a credit: the credit note's half.

use crate::invoicing::invoice::{
    CreditOrder, CreditRecord, Drafted, Invoice, InvoiceEvent, Kind, Refusal, Sent, SentDocument,
};
use crate::kernel::{Command, Decision};

use super::send::settled_number;

/// Drafts and sends the credit note that a credit promised. Built by
/// [`CreditOrder::against`](crate::invoicing::invoice::CreditOrder::against); it begins the credit
/// note's own stream. An archived client's invoices are credited too: a sent document can be put
/// right in no other way.
#[derive(Debug, Clone, PartialEq)]
pub struct IssueCreditNote {
    drafted: Box<Drafted>,
    sent: Box<Sent>,
}

impl IssueCreditNote {
    pub(in crate::invoicing::invoice) fn new(
        order: &CreditOrder,
        original: &SentDocument,
        record: &CreditRecord,
    ) -> Result<Self, Refusal> {
        let header = &original.header;
        let number = settled_number(order.numbering, None, order.number.as_ref())?;
        let drafted = Drafted {
            invoice_id: order.credit_note_id,
            kind: Kind::CreditNote,
            client_id: header.client_id,
            client_name: header.client_name.clone(),
            country: header.country.clone(),
            currency: header.currency,
            lines: record.lines.clone(),
            tax_rate: original.tax_rate,
            totals: record.totals,
            issue_on: Some(record.issued_on),
            due_on: None,
            number: (!number.is_empty()).then(|| number.clone()),
            credits: Some(header.invoice_id),
            notes: record.reason.clone(),
            reference: header.reference.clone(),
            at: order.at,
        };
        let sent = Sent {
            invoice_id: order.credit_note_id,
            kind: Kind::CreditNote,
            number,
            currency: header.currency,
            issued_on: record.issued_on,
            due_on: None,
            client_id: header.client_id,
            client_name: header.client_name.clone(),
            billing: original.billing.clone(),
            country: header.country.clone(),
            line_count: record.lines.len(),
            tax_rate: original.tax_rate,
            totals: record.totals,
            credits: Some(header.invoice_id),
            reference: header.reference.clone(),
            at: order.at,
        };
        Ok(Self {
            drafted: Box::new(drafted),
            sent: Box::new(sent),
        })
    }
}

impl Command for IssueCreditNote {
    type Aggregate = Invoice;

    fn decide(&self, invoice: &Invoice) -> Decision<Invoice> {
        let events = vec![
            InvoiceEvent::Drafted(self.drafted.as_ref().clone()),
            InvoiceEvent::Sent(self.sent.as_ref().clone()),
        ];
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
    use crate::invoicing::invoice::{Extent, Numbering, Status, number};
    use crate::kernel::Event as _;
    use crate::kernel::testing::given;

    fn order() -> CreditOrder {
        CreditOrder {
            credit_note_id: invoice_id(2),
            extent: Extent::Full,
            reason: Some("broken".to_owned()),
            issued_on: Some(day("2024-03-09")),
            numbering: Numbering::Gapless,
            number: None,
            at: at(),
        }
    }

    fn note(order: &CreditOrder) -> Result<IssueCreditNote, Refusal> {
        let original = given(&[drafted(), sent()]).state();
        order.against(&original).map(|(_, note)| note)
    }

    #[test]
    fn drafts_and_sends_the_credit_note() {
        let expected = [
            drafted_as(|it| {
                it.invoice_id = invoice_id(2);
                it.kind = Kind::CreditNote;
                it.country = Some(crate::crm::client::fixtures::country("United Kingdom"));
                it.issue_on = Some(day("2024-03-09"));
                it.credits = Some(invoice_id(1));
                it.notes = Some("broken".to_owned());
            }),
            sent_as(|it| {
                it.invoice_id = invoice_id(2);
                it.kind = Kind::CreditNote;
                it.number = String::new();
                it.issued_on = day("2024-03-09");
                it.due_on = None;
                it.credits = Some(invoice_id(1));
            }),
        ];
        let credit_note = given(&[]).when(&note(&order()).unwrap()).then(&expected);
        assert_eq!(credit_note.status(), Status::Sent);
        assert_eq!(credit_note.outstanding(), dec("0"));
        assert_eq!(expected[1].draw(), Some(number::series(Kind::CreditNote)));
    }

    #[test]
    fn bears_a_given_number() {
        let order = CreditOrder {
            numbering: Numbering::Manual,
            number: Some("C7".to_owned()),
            ..order()
        };
        let events = note(&order).unwrap().decide(&Invoice::Unknown).unwrap();
        assert_eq!(events[0].claims(), [number::take("C7")]);
        assert_eq!(events[1].claims(), [number::take("C7")]);
        assert_eq!(events[1].draw(), None);
    }

    #[test]
    fn refuses_a_number_that_does_not_fit_the_tenants_way() {
        let mut drawn = order();
        drawn.number = Some("C7".to_owned());
        assert_eq!(note(&drawn), Err(Refusal::NumberIsDrawn));
        let mut manual = order();
        manual.numbering = Numbering::Manual;
        assert_eq!(note(&manual), Err(Refusal::NumberMissing));
    }

    #[test]
    fn issuing_it_again_changes_nothing() {
        let note = note(&order()).unwrap();
        let mut past = note.decide(&Invoice::Unknown).unwrap();
        past[1] = past[1].clone().drawn(1);
        given(&past).when(&note).then(&[]);
    }

    #[test]
    fn refuses_an_id_that_is_in_use() {
        let note = note(&order()).unwrap();
        for past in [
            vec![drafted()],
            vec![drafted(), sent()],
            vec![drafted(), cancelled()],
        ] {
            given(&past).when(&note).refuses(&Refusal::Exists);
        }
    }

    #[test]
    fn counts_against_the_clients_account() {
        let InvoiceEvent::Sent(note) = note(&order())
            .unwrap()
            .decide(&Invoice::Unknown)
            .unwrap()
            .remove(1)
        else {
            panic!("not sent");
        };
        assert_eq!(note.signed_total(), dec("-18.36"));
        assert_eq!(note.signed_net(), dec("-15.30"));
        let InvoiceEvent::Sent(invoice) = sent() else {
            panic!("not sent");
        };
        assert_eq!(invoice.signed_total(), dec("18.36"));
    }
}
