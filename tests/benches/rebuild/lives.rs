//! What happens to a client and to an invoice, as their commands decide it.

use chrono::Utc;
use daybook_domain::crm::client::{self, Client};
use daybook_domain::crm::fields::{Definition, FieldKey, Kind as FieldKind};
use daybook_domain::crm::public::{BillingDetails, ClientFacts, ClientStatus};
use daybook_domain::invoicing::invoice::{self, Invoice, Kind, NewLine, Numbering, PaymentMethod};
use daybook_domain::kernel::{
    Aggregate, ClientId, Command, Currency, Decision, InvoiceId, LineId, NoteId, Patch, PaymentId,
};
use rust_decimal::Decimal;
use serde_json::json;
use uuid::Uuid;

/// Events that commands decided, one after the other, to be appended as they are.
#[derive(Debug)]
pub(crate) struct Life<A: Aggregate>(pub(crate) Vec<A::Event>);

impl<A: Aggregate> Command for Life<A> {
    type Aggregate = A;
    fn decide(&self, _: &A) -> Decision<A> {
        Ok(self.0.clone())
    }
}

impl<A: Aggregate> Life<A> {
    fn of(commands: &[&dyn Fn(&A) -> Decision<A>]) -> Self {
        let (mut state, mut events) = (A::default(), Vec::new());
        for decide in commands {
            for event in decide(&state).unwrap() {
                events.push(event.clone());
                state.evolve(event);
            }
        }
        Self(events)
    }
}

pub(crate) fn client_life(client_id: ClientId, n: u64) -> Life<Client> {
    let at = Utc::now();
    let register = client::Register {
        client_id,
        name: format!("Client {n} of Hanbury & Sons"),
        external_id: Some(n.to_string()),
        email: Some(format!("accounts{n}@example.com")),
        phone: Some("+44 20 7946 0000".to_owned()),
        country: Some("United Kingdom".to_owned()),
        at,
        ..client::Register::default()
    };
    let bill = client::SetBillingDetails {
        billing: billing(),
        at,
    };
    let change = client::ChangeDetails {
        name: None,
        external_id: Patch::Keep,
        email: Patch::Keep,
        phone: Patch::Set(format!("+44 20 {n}")),
        website: Patch::Set("https://hanbury.example".to_owned()),
        company: Patch::Keep,
        contact: Patch::Set("Ada Hanbury".to_owned()),
        country: Patch::Keep,
        at,
    };
    let note = client::AddNote {
        note_id: NoteId(Uuid::now_v7()),
        text: "Prefers to be called in the afternoon, and to pay by transfer.".to_owned(),
        author: None,
        at,
    };
    let definition = Definition {
        key: FieldKey::parse("segment").unwrap(),
        label: "Segment".to_owned(),
        kind: FieldKind::Text,
        required: false,
    };
    let fields = client::SetCustomFields {
        values: [("segment".to_owned(), json!("wholesale"))].into(),
        definitions: vec![definition],
        at,
    };
    let leave = client::Deactivate { at };
    let come_back = client::Reactivate { at };
    Life::of(&[
        &|state| register.decide(state),
        &|state| bill.decide(state),
        &|state| change.decide(state),
        &|state| fields.decide(state),
        &|state| note.decide(state),
        &|state| leave.decide(state),
        &|state| come_back.decide(state),
    ])
}

fn billing() -> BillingDetails {
    BillingDetails {
        address_lines: vec!["1 High Street".to_owned(), "Floor 2".to_owned()],
        postal_code: Some("N1 1AA".to_owned()),
        city: Some("London".to_owned()),
        currency: Some(Currency::GBP),
        ..BillingDetails::default()
    }
}

fn line(n: i64) -> NewLine {
    NewLine {
        line_id: LineId(Uuid::now_v7()),
        description: "White hanging heart T-light holder".to_owned(),
        product_code: Some("85123A".to_owned()),
        quantity: Decimal::from(6 + n),
        unit_price: Decimal::new(255, 2),
    }
}

fn facts(client_id: ClientId, n: u64) -> ClientFacts {
    ClientFacts {
        client_id,
        name: format!("Client {n} of Hanbury & Sons"),
        status: ClientStatus::Active,
        country: None,
        billing: billing(),
    }
}

fn draft(
    invoice_id: InvoiceId,
    client: ClientFacts,
    n: u64,
    lines: Vec<NewLine>,
) -> invoice::Draft {
    invoice::Draft {
        invoice_id,
        kind: Kind::Invoice,
        client,
        currency: None,
        country: None,
        lines,
        tax_rate: None,
        issue_on: None,
        due_on: None,
        number: Some(format!("{}", 500_000 + n)),
        notes: None,
        reference: None,
        at: Utc::now(),
    }
}

/// Drafted with two lines, one more, worked on, sent, paid in two parts: nine events.
pub(crate) fn invoice_life(invoice_id: InvoiceId, client_id: ClientId, n: u64) -> Life<Invoice> {
    let at = Utc::now();
    let facts = facts(client_id, n);
    let lines = vec![line(1), line(2)];
    let change = invoice::ChangeLine {
        line_id: lines[0].line_id,
        description: None,
        product_code: Patch::Keep,
        quantity: Some(Decimal::from(24)),
        unit_price: None,
        at,
    };
    let draft = draft(invoice_id, facts.clone(), n, lines);
    let add = invoice::AddLine { line: line(3), at };
    let tax = invoice::SetTax {
        tax_rate: Some(Decimal::from(20)),
        at,
    };
    let due = invoice::SetDueDate {
        due_on: Some(at.date_naive() + chrono::Days::new(14)),
        at,
    };
    let details = invoice::ChangeDetails {
        notes: Patch::Set("Thank you for your order.".to_owned()),
        reference: Patch::Set("PO 4711".to_owned()),
        issue_on: Patch::Keep,
        country: Patch::Keep,
        number: Patch::Keep,
        at,
    };
    let send = invoice::Send {
        issued_on: None,
        due_on: None,
        numbering: Numbering::Manual,
        number: None,
        client: facts,
        at,
    };
    let pay = |amount: Decimal| invoice::RecordPayment {
        payment_id: PaymentId(Uuid::now_v7()),
        amount,
        received_on: at.date_naive(),
        method: PaymentMethod::BankTransfer,
        reference: None,
        at,
    };
    let part = pay(Decimal::from(20));
    Life::of(&[
        &|state| draft.decide(state),
        &|state| add.decide(state),
        &|state| change.decide(state),
        &|state| tax.decide(state),
        &|state| due.decide(state),
        &|state| details.decide(state),
        &|state| send.decide(state),
        &|state| part.decide(state),
        &|state| pay(state.outstanding()).decide(state),
    ])
}
