//! Draft a document.

use chrono::{DateTime, NaiveDate, Utc};
use rust_decimal::Decimal;

use crate::crm::public::{ClientFacts, Country};
use crate::invoicing::invoice::input::{self, optional, optional_date};
use crate::invoicing::invoice::line::read_lines;
use crate::invoicing::invoice::{
    Drafted, Invoice, InvoiceEvent, Kind, NewLine, Refusal, TaxRate, Totals, number,
};
use crate::kernel::{Command, Currency, Decision, InvoiceId};

/// Begins a document. Credit notes that credit an invoice are not drafted so, but by
/// [`CreditOrder`](crate::invoicing::invoice::CreditOrder).
#[derive(Debug, Clone, PartialEq)]
pub struct Draft {
    /// Its id, new.
    pub invoice_id: InvoiceId,
    /// What it does.
    pub kind: Kind,
    /// Looked up: whom it is made out to.
    pub client: ClientFacts,
    /// The currency of all amounts; none for the client's.
    pub currency: Option<Currency>,
    /// Where the sale belongs, a name or code of at most 60 characters; none for where the client
    /// is.
    pub country: Option<String>,
    /// Its lines, in order, at most 5,000.
    pub lines: Vec<NewLine>,
    /// The tax rate in per cent, 0 to 100 with at most 4 decimals; none shows no tax.
    pub tax_rate: Option<Decimal>,
    /// The date it is to bear; none for the date of sending.
    pub issue_on: Option<NaiveDate>,
    /// When it is to be due, for invoices; none for the client's usual terms.
    pub due_on: Option<NaiveDate>,
    /// Its number, at most 40 characters, when given by hand or by another system.
    pub number: Option<String>,
    /// What it says below its lines, at most 5,000 characters.
    pub notes: Option<String>,
    /// The client's reference, at most 200 characters.
    pub reference: Option<String>,
    /// Now.
    pub at: DateTime<Utc>,
}

impl Command for Draft {
    type Aggregate = Invoice;

    fn decide(&self, invoice: &Invoice) -> Decision<Invoice> {
        let drafted = [InvoiceEvent::Drafted(self.drafted()?)];
        match invoice {
            Invoice::Unknown if !self.client.may_take_documents() => Err(Refusal::ClientArchived),
            Invoice::Unknown => Ok(drafted.into()),
            Invoice::Draft(_) if invoice.is_already(&drafted) => Ok(vec![]),
            Invoice::Draft(_) | Invoice::Sent(_) | Invoice::Cancelled(_) => Err(Refusal::Exists),
        }
    }
}

impl Draft {
    fn drafted(&self) -> Result<Drafted, Refusal> {
        let currency = self.currency.or_else(|| self.client.currency());
        let currency = currency.ok_or(Refusal::CurrencyMissing)?;
        let country = self.country.as_ref();
        let country = country.map(|text| Country::parse("country", text));
        let lines = read_lines(&self.lines, self.kind, currency)?;
        let tax_rate = self.tax_rate.map(TaxRate::try_new).transpose()?;
        let totals = Totals::of(&lines, tax_rate, currency)?;
        let issue_on = optional_date("issueOn", self.issue_on)?;
        let due_on = optional_date("dueOn", self.due_on)?;
        ensure_due_only_on_invoices(self.kind, due_on)?;
        input::due_after_issue(issue_on, due_on)?;
        Ok(Drafted {
            invoice_id: self.invoice_id,
            kind: self.kind,
            client_id: self.client.client_id,
            client_name: self.client.name.clone(),
            country: country.transpose()?,
            currency,
            lines,
            tax_rate,
            totals,
            issue_on,
            due_on,
            number: optional(self.number.as_ref(), number::read)?,
            credits: None,
            notes: optional(self.notes.as_ref(), input::notes)?,
            reference: optional(self.reference.as_ref(), input::reference)?,
            at: self.at,
        })
    }
}

/// Credit notes and adjustments are never due.
pub(super) fn ensure_due_only_on_invoices(
    kind: Kind,
    due_on: Option<NaiveDate>,
) -> Result<(), Refusal> {
    match kind {
        Kind::CreditNote | Kind::Adjustment if due_on.is_some() => {
            Err(Refusal::NotAnInvoice { kind })
        }
        Kind::Invoice | Kind::CreditNote | Kind::Adjustment => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::crm::client::fixtures::facts;
    use crate::crm::public::{BillingDetails, ClientStatus};
    use crate::invoicing::invoice::fixtures::*;
    use crate::invoicing::invoice::{LineFault, MAX_LINES};
    use crate::kernel::Refusal as _;
    use crate::kernel::testing::given;

    fn status(status: ClientStatus) -> Draft {
        let client = ClientFacts { status, ..facts() };
        Draft { client, ..draft() }
    }

    #[test]
    fn drafts_a_document_of_each_kind() {
        for kind in [Kind::Invoice, Kind::CreditNote, Kind::Adjustment] {
            let invoice = given(&[])
                .when(&Draft { kind, ..draft() })
                .then(&[drafted_as(|drafted| drafted.kind = kind)]);
            assert_eq!(invoice.total(), dec("18.36"));
            assert_eq!(invoice.outstanding(), dec("0"));
        }
    }

    #[test]
    fn drafts_an_empty_document_in_the_clients_currency() {
        let command = Draft {
            currency: None,
            lines: vec![],
            tax_rate: None,
            ..draft()
        };
        given(&[]).when(&command).then(&[drafted_as(|drafted| {
            drafted.lines = vec![];
            drafted.tax_rate = None;
            drafted.totals = totals("0.00", "0.00", "0.00");
        })]);
    }

    #[test]
    fn keeps_what_another_system_said() {
        let some = |text: &str| Some(text.to_owned());
        let command = Draft {
            number: some(" C536379 "),
            country: some("EIRE"),
            notes: some("Thank you\nfor your order"),
            reference: some("PO 7"),
            issue_on: Some(day("2010-12-01")),
            due_on: Some(day("2010-12-31")),
            ..draft()
        };
        given(&[]).when(&command).then(&[drafted_as(|drafted| {
            drafted.number = some("C536379");
            drafted.country = Country::parse("country", "EIRE").ok();
            drafted.notes = some("Thank you\nfor your order");
            drafted.reference = some("PO 7");
            drafted.issue_on = Some(day("2010-12-01"));
            drafted.due_on = Some(day("2010-12-31"));
        })]);
    }

    #[test]
    fn drafting_the_same_again_changes_nothing() {
        given(&[drafted()]).when(&draft()).then(&[]);
    }

    #[test]
    fn refuses_an_id_that_is_in_use() {
        let other = Draft {
            lines: vec![],
            ..draft()
        };
        given(&[drafted()]).when(&other).refuses(&Refusal::Exists);
        for after in [sent(), cancelled()] {
            given(&[drafted(), after])
                .when(&draft())
                .refuses(&Refusal::Exists);
        }
    }

    #[test]
    fn only_an_archived_client_takes_no_documents() {
        given(&[])
            .when(&status(ClientStatus::Archived))
            .refuses(&Refusal::ClientArchived);
        given(&[])
            .when(&status(ClientStatus::Inactive))
            .then(&[drafted()]);
    }

    #[test]
    fn refuses_a_document_without_a_currency() {
        let client = ClientFacts {
            billing: BillingDetails::default(),
            ..facts()
        };
        let command = Draft {
            client,
            currency: None,
            ..draft()
        };
        given(&[]).when(&command).refuses(&Refusal::CurrencyMissing);
    }

    #[test]
    fn refuses_bad_lines() {
        let with = |lines| Draft { lines, ..draft() };
        given(&[])
            .when(&with(vec![new_line(1, "1", "1"), new_line(2, "0", "1")]))
            .refuses(&LineFault::QuantityZero.at(1));
        let many: Vec<_> = (0..=5_000).map(|id| new_line(id, "1", "1")).collect();
        given(&[])
            .when(&with(many))
            .refuses(&Refusal::TooManyLines { max: MAX_LINES });
        let large = |id| new_line(id, "100", "1000000000000");
        given(&[])
            .when(&with(vec![large(1), large(2)]))
            .refuses(&Refusal::AmountTooLarge);
    }

    #[test]
    fn refuses_a_due_date_before_the_issue_date_or_on_other_kinds() {
        let (issued_on, due_on) = (day("2024-03-02"), day("2024-03-01"));
        let command = Draft {
            issue_on: Some(issued_on),
            due_on: Some(due_on),
            ..draft()
        };
        given(&[])
            .when(&command)
            .refuses(&Refusal::DueBeforeIssue { issued_on, due_on });
        for kind in [Kind::CreditNote, Kind::Adjustment] {
            let command = Draft {
                kind,
                due_on: Some(due_on),
                ..draft()
            };
            given(&[])
                .when(&command)
                .refuses(&Refusal::NotAnInvoice { kind });
        }
    }

    /// The field at fault, and what makes it so.
    type Fault = (&'static str, fn(&mut Draft));

    #[test]
    fn refuses_malformed_input() {
        let faults: [Fault; 8] = [
            ("taxRate", |it| it.tax_rate = Some(dec("100.1"))),
            ("country", |it| it.country = Some(" ".to_owned())),
            ("issueOn", |it| it.issue_on = Some(day("1899-12-31"))),
            ("dueOn", |it| it.due_on = Some(day("9999-01-01"))),
            ("number", |it| it.number = Some("x".repeat(41))),
            ("number", |it| it.number = Some("INV-000007".to_owned())),
            ("notes", |it| it.notes = Some("x".repeat(5_001))),
            ("reference", |it| it.reference = Some("a\nb".to_owned())),
        ];
        for (field, fault) in faults {
            let mut command = draft();
            fault(&mut command);
            let refusal = command.decide(&Invoice::default()).unwrap_err();
            assert_eq!(refusal.field(), field);
        }
    }
}
