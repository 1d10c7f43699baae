//! Send a document: from now on it is final.

use chrono::{DateTime, Days, NaiveDate, Utc};
use rust_decimal::Decimal;

use super::draft::ensure_due_only_on_invoices;
use crate::crm::public::ClientFacts;
use crate::invoicing::invoice::{
    DraftDocument, Invoice, InvoiceEvent, Kind, Numbering, Refusal, Sent, SentDocument, input,
    number,
};
use crate::kernel::{Command, Decision};

/// Makes a draft final.
#[derive(Debug, Clone, PartialEq)]
pub struct Send {
    /// The date it bears; none for the draft's, and failing that for the day of `at`.
    pub issued_on: Option<NaiveDate>,
    /// When it is due, for invoices; none for the draft's, and failing that for the client's usual
    /// terms.
    pub due_on: Option<NaiveDate>,
    /// Looked up: how the tenant numbers what it sends.
    pub numbering: Numbering,
    /// Its number, when numbers are given by hand and the draft has none.
    pub number: Option<String>,
    /// Looked up: the client, as the document is to show it.
    pub client: ClientFacts,
    /// Now.
    pub at: DateTime<Utc>,
}

impl Command for Send {
    type Aggregate = Invoice;

    fn decide(&self, invoice: &Invoice) -> Decision<Invoice> {
        match invoice {
            Invoice::Unknown => Err(Refusal::Unknown),
            Invoice::Draft(draft) => Ok(vec![InvoiceEvent::Sent(self.sent(draft)?)]),
            Invoice::Sent(sent) if self.agrees_with(sent) => Ok(vec![]),
            Invoice::Sent(_) => Err(Refusal::AlreadySent),
            Invoice::Cancelled(_) => Err(Refusal::Cancelled),
        }
    }
}

impl Send {
    fn sent(&self, draft: &DraftDocument) -> Result<Sent, Refusal> {
        let header = &draft.header;
        if self.client.client_id != header.client_id {
            return Err(Refusal::ClientDiffers);
        }
        if !self.client.may_take_documents() {
            return Err(Refusal::ClientArchived);
        }
        if draft.lines.is_empty() {
            return Err(Refusal::NoLines);
        }
        ensure_total_fits_kind(header.kind, draft.totals.total)?;
        let (issued_on, due_on) = self.dates(draft)?;
        let billing = self.client.billing_snapshot();
        let country = header.country.clone().or_else(|| billing.country.clone());
        Ok(Sent {
            invoice_id: header.invoice_id,
            kind: header.kind,
            number: settled_number(self.numbering, draft.number.as_ref(), self.number.as_ref())?,
            currency: header.currency,
            issued_on,
            due_on,
            client_id: header.client_id,
            client_name: self.client.name.clone(),
            country,
            billing,
            line_count: draft.lines.len(),
            tax_rate: draft.tax_rate,
            totals: draft.totals,
            credits: header.credits,
            reference: header.reference.clone(),
            at: self.at,
        })
    }

    fn dates(&self, draft: &DraftDocument) -> Result<(NaiveDate, Option<NaiveDate>), Refusal> {
        let today = self.at.date_naive();
        let issued_on = self.issued_on.or(draft.issue_on).unwrap_or(today);
        let issued_on = input::date("issuedOn", issued_on)?;
        ensure_due_only_on_invoices(draft.header.kind, self.due_on)?;
        let terms = Days::new(u64::from(self.client.payment_terms_days()));
        let due_on = match draft.header.kind {
            Kind::Invoice => self
                .due_on
                .or(draft.due_on)
                .or_else(|| issued_on.checked_add_days(terms)),
            Kind::CreditNote | Kind::Adjustment => None,
        };
        let due_on = input::optional_date("dueOn", due_on)?;
        input::due_after_issue(Some(issued_on), due_on)?;
        Ok((issued_on, due_on))
    }

    /// Whether this, of a document that was sent, asks for nothing else.
    fn agrees_with(&self, sent: &SentDocument) -> bool {
        let number = self.number.as_ref().map(|number| number.trim());
        self.issued_on.is_none_or(|day| day == sent.issued_on)
            && (self.due_on.is_none() || self.due_on == sent.due_on)
            && number.is_none_or(|number| number == sent.number)
    }
}

/// Only an adjustment may amount to nothing or less.
fn ensure_total_fits_kind(kind: Kind, total: Decimal) -> Result<(), Refusal> {
    match kind {
        Kind::Invoice | Kind::CreditNote if total <= Decimal::ZERO => {
            Err(Refusal::TotalNotPositive { total })
        }
        Kind::Invoice | Kind::CreditNote | Kind::Adjustment => Ok(()),
    }
}

/// The number to send under; empty when it is to be drawn.
pub(super) fn settled_number(
    numbering: Numbering,
    drafted: Option<&String>,
    given: Option<&String>,
) -> Result<String, Refusal> {
    let given = input::optional(given, number::read)?;
    match (numbering, drafted, given) {
        (_, Some(drafted), Some(given)) if *drafted != given => Err(Refusal::NumberDiffers {
            number: drafted.clone(),
        }),
        (_, Some(drafted), _) => Ok(drafted.clone()),
        (Numbering::Manual, None, Some(given)) => Ok(given),
        (Numbering::Manual, None, None) => Err(Refusal::NumberMissing),
        (Numbering::Gapless, None, Some(_)) => Err(Refusal::NumberIsDrawn),
        (Numbering::Gapless, None, None) => Ok(String::new()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::crm::client::fixtures::{country, facts};
    use crate::crm::public::{BillingDetails, ClientStatus, Country};
    use crate::invoicing::invoice::Status;
    use crate::invoicing::invoice::fixtures::*;
    use crate::kernel::testing::given;
    use crate::kernel::{ClientId, Event as _, Refusal as _};

    fn manual(number: Option<&str>) -> Send {
        Send {
            numbering: Numbering::Manual,
            number: number.map(ToOwned::to_owned),
            ..send()
        }
    }

    fn numbered(number: &str) -> InvoiceEvent {
        drafted_as(|drafted| drafted.number = Some(number.to_owned()))
    }

    #[test]
    fn sends_a_document_whose_number_is_drawn() {
        let events = send().decide(&given(&[drafted()]).state()).unwrap();
        assert_eq!(events, [sent_as(|sent| sent.number = String::new())]);
        assert_eq!(events[0].draw(), Some(number::series(Kind::Invoice)));
        assert_eq!(events[0].claims(), []);
        let drawn = events[0].clone().drawn(1);
        assert_eq!(drawn, sent());
        assert_eq!(drawn.draw(), None);
        assert_eq!(drawn.claims(), [number::take("INV-000001")]);
        let invoice: Invoice = given(&[drafted(), drawn]).state();
        assert_eq!(invoice.status(), Status::Sent);
        assert_eq!(invoice.outstanding(), dec("18.36"));
    }

    #[test]
    fn each_kind_draws_from_its_own_series() {
        for (kind, number) in [
            (Kind::Invoice, "INV-000007"),
            (Kind::CreditNote, "CN-000007"),
            (Kind::Adjustment, "ADJ-000007"),
        ] {
            let draft = given(&[drafted_as(|drafted| drafted.kind = kind)]).state();
            let event = send().decide(&draft).unwrap().remove(0);
            assert_eq!(event.draw(), Some(number::series(kind)));
            let InvoiceEvent::Sent(sent) = event.drawn(7) else {
                panic!("not sent");
            };
            assert_eq!(sent.number, number);
            assert_eq!(sent.due_on.is_some(), kind == Kind::Invoice);
        }
    }

    #[test]
    fn a_given_number_is_used_and_claimed() {
        let expected = sent_as(|sent| sent.number = "2024/7".to_owned());
        given(&[drafted()])
            .when(&manual(Some(" 2024/7 ")))
            .then(std::slice::from_ref(&expected));
        assert_eq!(expected.claims(), [number::take("2024/7")]);
        given(&[numbered("2024/7")])
            .when(&manual(None))
            .then(std::slice::from_ref(&expected));
        // Documents taken over from another system keep their numbers.
        given(&[numbered("2024/7")]).when(&send()).then(&[expected]);
    }

    #[test]
    fn refuses_a_number_that_does_not_fit_the_tenants_way() {
        given(&[drafted()])
            .when(&manual(None))
            .refuses(&Refusal::NumberMissing);
        given(&[drafted()])
            .when(&manual(Some("INV-000001")))
            .refuses(&Refusal::NumberReserved {
                number: "INV-000001".to_owned(),
            });
        given(&[drafted()])
            .when(&Send {
                number: Some("7".to_owned()),
                ..send()
            })
            .refuses(&Refusal::NumberIsDrawn);
        given(&[numbered("7")])
            .when(&manual(Some("8")))
            .refuses(&Refusal::NumberDiffers {
                number: "7".to_owned(),
            });
    }

    #[test]
    fn dates_come_from_the_command_then_the_draft_then_the_terms() {
        let of = |past: InvoiceEvent, command: Send| {
            let event = command.decide(&given(&[past]).state()).unwrap().remove(0);
            let InvoiceEvent::Sent(sent) = event else {
                panic!("not sent");
            };
            (sent.issued_on, sent.due_on.unwrap())
        };
        let (issued, due) = (day("2024-02-01"), day("2024-02-29"));
        let dated = || {
            drafted_as(|drafted| {
                drafted.issue_on = Some(issued);
                drafted.due_on = Some(due);
            })
        };
        // 14 days after the day of sending, as agreed with the client.
        assert_eq!(
            of(drafted(), send()),
            (day("2024-03-01"), day("2024-03-15"))
        );
        assert_eq!(of(dated(), send()), (issued, due));
        let command = Send {
            issued_on: Some(day("2024-01-31")),
            due_on: Some(day("2024-02-02")),
            ..send()
        };
        assert_eq!(of(dated(), command), (day("2024-01-31"), day("2024-02-02")));
        let unagreed = Send {
            client: ClientFacts {
                billing: BillingDetails::default(),
                ..facts()
            },
            ..send()
        };
        assert_eq!(
            of(drafted(), unagreed),
            (day("2024-03-01"), day("2024-03-31"))
        );
    }

    #[test]
    fn the_country_is_the_sales_then_the_clients() {
        let of = |past: InvoiceEvent, billing: BillingDetails| {
            let client = ClientFacts { billing, ..facts() };
            let command = Send { client, ..send() };
            let event = command.decide(&given(&[past]).state()).unwrap().remove(0);
            let InvoiceEvent::Sent(sent) = event else {
                panic!("not sent");
            };
            sent.country
        };
        let cyprus = || drafted_as(|it| it.country = Country::parse("country", "Cyprus").ok());
        let austria = || BillingDetails {
            country: Some(country("Austria")),
            ..BillingDetails::default()
        };
        assert_eq!(of(cyprus(), austria()), Some(country("Cyprus")));
        assert_eq!(of(drafted(), austria()), Some(country("Austria")));
        let kingdom = Some(country("United Kingdom"));
        assert_eq!(of(drafted(), BillingDetails::default()), kingdom);
    }

    #[test]
    fn sending_again_changes_nothing() {
        given(&[drafted(), sent()]).when(&send()).then(&[]);
        let same = Send {
            number: Some("INV-000001".to_owned()),
            issued_on: Some(day("2024-03-01")),
            due_on: Some(day("2024-03-15")),
            ..send()
        };
        given(&[drafted(), sent()]).when(&same).then(&[]);
    }

    #[test]
    fn refuses_to_send_again_in_another_way() {
        let date = Some(day("2024-03-02"));
        for other in [
            Send {
                issued_on: date,
                ..send()
            },
            Send {
                due_on: date,
                ..send()
            },
            manual(Some("7")),
        ] {
            given(&[drafted(), sent()])
                .when(&other)
                .refuses(&Refusal::AlreadySent);
        }
    }

    #[test]
    fn refuses_a_document_without_lines() {
        given(&[drafted_as(|drafted| drafted.lines.clear())])
            .when(&send())
            .refuses(&Refusal::NoLines);
    }

    #[test]
    fn only_an_adjustment_may_amount_to_nothing_or_less() {
        let of = |kind, net: &str| {
            drafted_as(|drafted| {
                drafted.kind = kind;
                drafted.totals = totals(net, "0.00", net);
            })
        };
        for total in ["0.00", "-1.00"] {
            for kind in [Kind::Invoice, Kind::CreditNote] {
                let total = dec(total);
                given(&[of(kind, &total.to_string())])
                    .when(&send())
                    .refuses(&Refusal::TotalNotPositive { total });
            }
            let adjustment = given(&[of(Kind::Adjustment, total)]).state();
            assert!(send().decide(&adjustment).is_ok());
        }
    }

    #[test]
    fn refuses_another_or_an_archived_client() {
        let with = |client| Send { client, ..send() };
        let client_id = ClientId::default();
        given(&[drafted()])
            .when(&with(ClientFacts {
                client_id,
                ..facts()
            }))
            .refuses(&Refusal::ClientDiffers);
        let status = ClientStatus::Archived;
        given(&[drafted()])
            .when(&with(ClientFacts { status, ..facts() }))
            .refuses(&Refusal::ClientArchived);
    }

    #[test]
    fn refuses_bad_dates() {
        let (issued_on, due_on) = (day("2024-03-01"), day("2024-02-29"));
        let command = Send {
            due_on: Some(due_on),
            ..send()
        };
        given(&[drafted()])
            .when(&command)
            .refuses(&Refusal::DueBeforeIssue { issued_on, due_on });
        given(&[drafted_as(|drafted| drafted.kind = Kind::CreditNote)])
            .when(&command)
            .refuses(&Refusal::NotAnInvoice {
                kind: Kind::CreditNote,
            });
        let command = Send {
            issued_on: Some(day("9998-12-31")),
            ..send()
        };
        let refused = command.decide(&given(&[drafted()]).state());
        assert_eq!(refused.unwrap_err().field(), "dueOn");
    }

    #[test]
    fn refuses_an_unknown_or_cancelled_document() {
        given(&[]).when(&send()).refuses(&Refusal::Unknown);
        given(&[drafted(), cancelled()])
            .when(&send())
            .refuses(&Refusal::Cancelled);
    }
}
