//! The document's events, and what they claim and draw.

use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::upcast::upcast;
use super::{
    Cancelled, Credited, DetailsChanged, Drafted, DueDateSet, LineAdded, LineChanged, LineRemoved,
    MarkedOverdue, PaymentRecorded, Sent, TaxSet,
};
use crate::crm::public::BillingDetails;
use crate::invoicing::invoice::number;
use crate::kernel::{Claim, Draw, Event, Personal};

/// The facts of a document.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub enum InvoiceEvent {
    /// A draft exists.
    #[serde(rename = "invoicing.invoice.drafted")]
    Drafted(Drafted),
    /// A line was added to the draft.
    #[serde(rename = "invoicing.invoice.line_added")]
    LineAdded(LineAdded),
    /// A line of the draft changed.
    #[serde(rename = "invoicing.invoice.line_changed")]
    LineChanged(LineChanged),
    /// A line left the draft.
    #[serde(rename = "invoicing.invoice.line_removed")]
    LineRemoved(LineRemoved),
    /// The draft's tax rate changed.
    #[serde(rename = "invoicing.invoice.tax_set")]
    TaxSet(TaxSet),
    /// The draft's due date changed.
    #[serde(rename = "invoicing.invoice.due_date_set")]
    DueDateSet(DueDateSet),
    /// Other details of the draft changed.
    #[serde(rename = "invoicing.invoice.details_changed")]
    DetailsChanged(DetailsChanged),
    /// The draft was given up.
    #[serde(rename = "invoicing.invoice.cancelled")]
    Cancelled(Cancelled),
    /// The document is final and out.
    #[serde(rename = "invoicing.invoice.sent")]
    Sent(Sent),
    /// Money came in for the invoice.
    #[serde(rename = "invoicing.invoice.payment_recorded")]
    PaymentRecorded(PaymentRecorded),
    /// The due date passed with something outstanding.
    #[serde(rename = "invoicing.invoice.marked_overdue")]
    MarkedOverdue(MarkedOverdue),
    /// A credit note took back all or part of the invoice.
    #[serde(rename = "invoicing.invoice.credited")]
    Credited(Credited),
}

impl Event for InvoiceEvent {
    fn version(&self) -> u16 {
        match self {
            Self::MarkedOverdue(_) => 2,
            Self::Drafted(_)
            | Self::LineAdded(_)
            | Self::LineChanged(_)
            | Self::LineRemoved(_)
            | Self::TaxSet(_)
            | Self::DueDateSet(_)
            | Self::DetailsChanged(_)
            | Self::Cancelled(_)
            | Self::Sent(_)
            | Self::PaymentRecorded(_)
            | Self::Credited(_) => 1,
        }
    }

    fn upcast(name: &str, version: u16, payload: &Value) -> Option<(&'static str, Value)> {
        upcast(name, version, payload)
    }

    fn claims(&self) -> Vec<Claim> {
        match self {
            Self::Drafted(drafted) => drafted.number.iter().map(|n| number::take(n)).collect(),
            Self::DetailsChanged(changed) => {
                let released = changed.former_number.iter().map(|n| number::release(n));
                let taken = changed.number.value().into_iter().map(|n| number::take(n));
                released.chain(taken).collect()
            }
            Self::Cancelled(cancelled) => {
                let released = cancelled.number.iter().map(|n| number::release(n));
                released.collect()
            }
            Self::Sent(sent) if sent.number.is_empty() => Vec::new(),
            Self::Sent(sent) => vec![number::take(&sent.number)],
            Self::LineAdded(_)
            | Self::LineChanged(_)
            | Self::LineRemoved(_)
            | Self::TaxSet(_)
            | Self::DueDateSet(_)
            | Self::PaymentRecorded(_)
            | Self::MarkedOverdue(_)
            | Self::Credited(_) => Vec::new(),
        }
    }

    /// What the document says about its client. What it was about and what it amounts to stay: they
    /// are the tenant's books.
    fn personal(&self) -> Vec<Personal> {
        match self {
            Self::Drafted(e) => vec![
                Personal::text("/clientName").of(e.client_id),
                Personal::optional("/notes").of(e.client_id),
                Personal::optional("/reference").of(e.client_id),
            ],
            Self::DetailsChanged(_) => vec![
                Personal::optional("/notes"),
                Personal::optional("/reference"),
            ],
            Self::Cancelled(_) => vec![Personal::optional("/reason")],
            Self::Sent(e) => [
                Personal::text("/clientName"),
                Personal::optional("/reference"),
            ]
            .into_iter()
            .chain(BillingDetails::PERSONAL)
            .map(|field| field.of(e.client_id))
            .collect(),
            Self::PaymentRecorded(e) => vec![Personal::optional("/reference").of(e.client_id)],
            Self::Credited(e) => vec![Personal::optional("/reason").of(e.client_id)],
            Self::LineAdded(_)
            | Self::LineChanged(_)
            | Self::LineRemoved(_)
            | Self::TaxSet(_)
            | Self::DueDateSet(_)
            | Self::MarkedOverdue(_) => Vec::new(),
        }
    }

    fn draw(&self) -> Option<Draw> {
        match self {
            Self::Sent(sent) if sent.number.is_empty() => Some(number::series(sent.kind)),
            Self::Sent(_)
            | Self::Drafted(_)
            | Self::LineAdded(_)
            | Self::LineChanged(_)
            | Self::LineRemoved(_)
            | Self::TaxSet(_)
            | Self::DueDateSet(_)
            | Self::DetailsChanged(_)
            | Self::Cancelled(_)
            | Self::PaymentRecorded(_)
            | Self::MarkedOverdue(_)
            | Self::Credited(_) => None,
        }
    }

    fn drawn(mut self, number: u64) -> Self {
        if let Self::Sent(sent) = &mut self {
            sent.number = number::nth(sent.kind, number);
        }
        self
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::crm::client::fixtures::{client_id, country};
    use crate::invoicing::invoice::fixtures::{self, *};
    use crate::invoicing::invoice::{
        CreditOrder, Extent, Invoice, Kind, Numbering, PaymentMethod, RecordPayment, Status,
        TaxRate,
    };
    use crate::kernel::testing::{about, erased_as, given, stored_as};
    use crate::kernel::{Aggregate, Command, Patch, Subject, encode};

    const AT: &str = r#""at":"2024-03-01T09:30:00Z""#;
    const ID: &str = "00000000-0000-0000-0000-000000000001";
    const CLIENT: &str = r#""clientId":"00000000-0000-0000-0000-00000000000c""#;
    const TEXT: &str = r#""description":"White metal lantern""#;
    const FIGURES: &str = r#""quantity":"6","unitPrice":"2.55","total":"15.30""#;
    const TOTALS: &str = r#""totals":{"net":"15.30","tax":"3.06","total":"18.36"}"#;

    fn frozen(event: &InvoiceEvent, fact: &str, fields: &str) {
        let name = format!("invoicing.invoice.{fact}");
        stored_as(event, &name, &format!("{{{fields},{AT}}}"));
    }

    fn line_json() -> String {
        format!(r#"{{"lineId":"{ID}",{TEXT},{FIGURES}}}"#)
    }

    #[test]
    fn stored_drafts_are_frozen() {
        let line = line_json();
        let client = format!(r#"{CLIENT},"clientName":"Ada Ltd""#);
        let id = format!(r#""invoiceId":"{ID}""#);
        frozen(
            &drafted(),
            "drafted",
            &format!(
                r#"{id},"kind":"invoice",{client},"currency":"GBP","lines":[{line}],"taxRate":"20",{TOTALS}"#
            ),
        );
        let full = drafted_as(|it| {
            it.kind = Kind::CreditNote;
            it.country = Some(country("EIRE"));
            it.lines[0].product_code = Some("85123A".to_owned());
            it.issue_on = Some(day("2024-03-01"));
            it.due_on = Some(day("2024-04-01"));
            it.number = Some("7".to_owned());
            it.credits = Some(invoice_id(1));
            it.notes = Some("Thank you".to_owned());
            it.reference = Some("PO 7".to_owned());
        });
        frozen(
            &full,
            "drafted",
            &format!(
                r#"{id},"kind":"credit_note",{client},"country":"EIRE","currency":"GBP","lines":[{{"lineId":"{ID}",{TEXT},"productCode":"85123A",{FIGURES}}}],"taxRate":"20",{TOTALS},"issueOn":"2024-03-01","dueOn":"2024-04-01","number":"7","credits":"{ID}","notes":"Thank you","reference":"PO 7""#
            ),
        );
        let bare = drafted_as(|it| {
            it.kind = Kind::Adjustment;
            it.lines.clear();
            it.tax_rate = None;
            it.totals = totals("0.00", "0.00", "0.00");
        });
        frozen(
            &bare,
            "drafted",
            &format!(
                r#"{id},"kind":"adjustment",{client},"currency":"GBP","lines":[],"totals":{{"net":"0.00","tax":"0.00","total":"0.00"}}"#
            ),
        );
    }

    #[test]
    fn stored_changes_of_drafts_are_frozen() {
        let at = at();
        let line = line_json();
        let with_line = format!(r#""line":{line},{TOTALS}"#);
        let sums = totals("15.30", "3.06", "18.36");
        frozen(&line_added(1, "6", "2.55", sums), "line_added", &with_line);
        let changed = LineChanged {
            line: fixtures::line(1, "6", "2.55"),
            totals: sums,
            at,
        };
        let changed = InvoiceEvent::LineChanged(changed);
        frozen(&changed, "line_changed", &with_line);
        let removed = InvoiceEvent::LineRemoved(LineRemoved {
            line_id: line_id(1),
            totals: sums,
            at,
        });
        let fields = format!(r#""lineId":"{ID}",{TOTALS}"#);
        frozen(&removed, "line_removed", &fields);
        for (rate, json) in [(Some("7.70"), r#""7.7""#), (None, "null")] {
            let set = InvoiceEvent::TaxSet(TaxSet {
                tax_rate: rate.map(|rate| TaxRate::try_new(dec(rate)).unwrap()),
                totals: sums,
                at,
            });
            frozen(&set, "tax_set", &format!(r#""taxRate":{json},{TOTALS}"#));
        }
        for (due, json) in [(Some("2024-04-01"), r#""2024-04-01""#), (None, "null")] {
            let due_on = due.map(day);
            let set = InvoiceEvent::DueDateSet(DueDateSet { due_on, at });
            frozen(&set, "due_date_set", &format!(r#""dueOn":{json}"#));
        }
    }

    #[test]
    fn stored_details_are_frozen() {
        let text = |text: &str| Patch::Set(text.to_owned());
        let changed = DetailsChanged {
            notes: text("Thank you"),
            reference: Patch::Clear,
            issue_on: Patch::Set(day("2024-03-05")),
            country: Patch::Set(country("EIRE")),
            number: text("8"),
            former_number: Some("7".to_owned()),
            at: at(),
        };
        frozen(
            &InvoiceEvent::DetailsChanged(changed),
            "details_changed",
            r#""notes":"Thank you","reference":null,"issueOn":"2024-03-05","country":"EIRE","number":"8","formerNumber":"7""#,
        );
        let nothing = DetailsChanged {
            at: at(),
            ..DetailsChanged::default()
        };
        let nothing = InvoiceEvent::DetailsChanged(nothing);
        let name = "invoicing.invoice.details_changed";
        stored_as(&nothing, name, &format!("{{{AT}}}"));
    }

    #[test]
    fn stored_ends_of_drafts_are_frozen() {
        frozen(&cancelled(), "cancelled", r#""reason":"typed twice""#);
        let freed = InvoiceEvent::Cancelled(Cancelled {
            reason: None,
            number: Some("7".to_owned()),
            at: at(),
        });
        frozen(&freed, "cancelled", r#""number":"7""#);
        let billing = r#""billing":{"name":"Ada Ltd, Accounts","addressLines":["1 High Street"],"postalCode":"N1 1AA","city":"London","country":"United Kingdom","vatNumber":"GB 123","paymentTermsDays":14,"currency":"GBP"}"#;
        frozen(
            &sent(),
            "sent",
            &format!(
                r#""invoiceId":"{ID}","kind":"invoice","number":"INV-000001","currency":"GBP","issuedOn":"2024-03-01","dueOn":"2024-03-15",{CLIENT},"clientName":"Ada Ltd",{billing},"country":"United Kingdom","lineCount":1,"taxRate":"20",{TOTALS}"#
            ),
        );
        let note = sent_as(|it| {
            it.kind = Kind::CreditNote;
            it.number = "CN-000001".to_owned();
            it.due_on = None;
            it.country = None;
            it.tax_rate = None;
            it.credits = Some(invoice_id(1));
            it.reference = Some("PO 7".to_owned());
        });
        frozen(
            &note,
            "sent",
            &format!(
                r#""invoiceId":"{ID}","kind":"credit_note","number":"CN-000001","currency":"GBP","issuedOn":"2024-03-01",{CLIENT},"clientName":"Ada Ltd",{billing},"lineCount":1,{TOTALS},"credits":"{ID}","reference":"PO 7""#
            ),
        );
    }

    #[test]
    fn stored_payments_and_credits_are_frozen() {
        let part = Status::PartiallyPaid;
        let place = format!(r#"{CLIENT},"currency":"GBP","country":"United Kingdom""#);
        frozen(
            &paid(1, ["1.00", "1.00", "17.36"], part),
            "payment_recorded",
            &format!(
                r#""paymentId":"{ID}","amount":"1.00","receivedOn":"2024-03-10","method":"bank_transfer","reference":"RF18","paid":"1.00","outstanding":"17.36","status":"partially_paid",{place}"#
            ),
        );
        frozen(
            &overdue("18.36"),
            "marked_overdue",
            &format!(
                r#""dueOn":"2024-03-15","markedOn":"2024-03-16","outstanding":"18.36",{CLIENT},"currency":"GBP""#
            ),
        );
        let line = line_json();
        let note = r#""creditNoteId":"00000000-0000-0000-0000-000000000002""#;
        frozen(
            &credited_in_full(),
            "credited",
            &format!(
                r#"{note},"quantities":[{{"lineId":"{ID}","quantity":"6"}}],"lines":[{line}],{TOTALS},"reason":"broken","issuedOn":"2024-03-01","outstanding":"0.00","overpaid":"0.00","status":"cancelled",{place}"#
            ),
        );
        for (method, name) in [
            (PaymentMethod::DirectDebit, "direct_debit"),
            (PaymentMethod::Card, "card"),
            (PaymentMethod::Cash, "cash"),
            (PaymentMethod::Cheque, "cheque"),
            (PaymentMethod::Other, "other"),
        ] {
            assert_eq!(serde_json::to_value(method).unwrap(), name);
        }
    }

    /// Numbers that are equal can still be written differently: 0 and 0.00.
    #[test]
    fn decided_amounts_are_stored_with_the_currencys_decimals() {
        let same = |decided: &InvoiceEvent, fixture: &InvoiceEvent| {
            let json = |event| String::from_utf8(encode(event).payload).unwrap();
            assert_eq!(json(decided), json(fixture));
        };
        let unknown = Invoice::default();
        same(&draft().decide(&unknown).unwrap()[0], &drafted());
        let draft = given(&[drafted()]).state();
        let numbered = send().decide(&draft).unwrap().remove(0).drawn(1);
        same(&numbered, &sent());
        let invoice: Invoice = given(&[drafted(), sent()]).state();
        let payment = RecordPayment {
            payment_id: payment_id(1),
            amount: dec("18.360"),
            received_on: day("2024-03-10"),
            reference: Some("RF18".to_owned()),
            at: at(),
            ..RecordPayment::default()
        };
        let settled = paid(1, ["18.36", "18.36", "0.00"], Status::Paid);
        same(&payment.decide(&invoice).unwrap()[0], &settled);
        let order = CreditOrder {
            credit_note_id: invoice_id(2),
            extent: Extent::Full,
            reason: Some("broken".to_owned()),
            issued_on: None,
            numbering: Numbering::Gapless,
            number: None,
            at: at(),
        };
        let (credit, _) = order.against(&invoice).unwrap();
        same(&credit.decide(&invoice).unwrap()[0], &credited_in_full());
    }

    #[test]
    fn a_number_is_claimed_while_it_is_used() {
        let numbered = drafted_as(|it| it.number = Some("a7".to_owned()));
        assert_eq!(numbered.claims(), [number::take("A7")]);
        assert_eq!(drafted().claims(), []);
        assert_eq!(sent().claims(), [number::take("INV-000001")]);
        assert_eq!(cancelled().claims(), []);
        assert_eq!(sent().draw(), None);
        assert_eq!(overdue("1").claims(), []);
    }
    #[test]
    fn erased_documents_keep_their_figures() {
        let client = Subject::Other(client_id().0);
        let swapped = |event: &InvoiceEvent, pairs: &[(&str, &str)]| {
            let payload = String::from_utf8(encode(event).payload).unwrap();
            let erased = pairs.iter().fold(payload, |text, (value, stand_in)| {
                assert!(text.contains(value), "{value} is not in {text}");
                text.replace(value, stand_in)
            });
            erased_as(event, &erased);
            about(event)
        };
        let name = (r#""Ada Ltd""#, r#""erased""#);
        let full = drafted_as(|it| {
            it.notes = Some("Thank you".to_owned());
            it.reference = Some("PO 7".to_owned());
        });
        let words = [name, (r#""Thank you""#, "null"), (r#""PO 7""#, "null")];
        assert_eq!(swapped(&full, &words), [client; 3]);
        let sent = sent_as(|it| it.reference = Some("PO 7".to_owned()));
        let billed = [
            name,
            (r#""Ada Ltd, Accounts""#, "null"),
            (r#"["1 High Street"]"#, "[]"),
            (r#""N1 1AA""#, "null"),
            (r#""London""#, "null"),
            (r#""GB 123""#, "null"),
            (r#""PO 7""#, "null"),
        ];
        assert_eq!(swapped(&sent, &billed), [client; 7]);
        let payment = paid(1, ["1.00", "1.00", "17.36"], Status::PartiallyPaid);
        assert_eq!(swapped(&payment, &[(r#""RF18""#, "null")]), [client]);
        let credited = credited_in_full();
        assert_eq!(swapped(&credited, &[(r#""broken""#, "null")]), [client]);
    }

    #[test]
    fn words_on_a_document_are_about_its_client() {
        let cancelled = cancelled();
        let payload = String::from_utf8(encode(&cancelled).payload).unwrap();
        erased_as(&cancelled, &payload.replace(r#""typed twice""#, "null"));
        assert_eq!(about(&cancelled), [Subject::Stream]);
        let changed = InvoiceEvent::DetailsChanged(DetailsChanged {
            notes: Patch::Set("Thank you".to_owned()),
            reference: Patch::Set("PO 7".to_owned()),
            at: at(),
            ..DetailsChanged::default()
        });
        erased_as(
            &changed,
            &format!("{{\"notes\":null,\"reference\":null,{AT}}}"),
        );
        let client = Some(client_id().0);
        assert_eq!(Invoice::default().subject(), None);
        let events = [drafted(), sent()];
        assert_eq!(Invoice::fold(&events[..1]).subject(), client);
        assert_eq!(Invoice::fold(&events).subject(), client);
        assert_eq!(Invoice::fold(&[drafted(), cancelled]).subject(), client);
    }
}
