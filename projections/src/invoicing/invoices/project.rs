//! How a document's row follows from its events.

use chrono::{DateTime, NaiveDate, Utc};
use daybook_domain::crm::public::{BillingDetails, Country};
use daybook_domain::invoicing::invoice::{
    Credited, DetailsChanged, Drafted, InvoiceEvent, Kind, PaymentRecorded, Sent, Status, TaxRate,
    Totals,
};
use daybook_domain::kernel::{ClientId, Currency, InvoiceId, round_to_minor_unit};
use rust_decimal::Decimal;
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use crate::engine::{Envelope, Fault, GONE, ReadModel, existing};

/// A document.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct InvoiceRow {
    /// Which document.
    pub id: InvoiceId,
    /// What it does.
    pub kind: Kind,
    /// Where it stands.
    pub status: Status,
    /// What it is called; none until it is sent or was given one.
    pub number: Option<String>,
    /// The number in lower case, by which lists are ordered and searched; empty without one.
    pub number_key: String,
    /// Whom it is made out to.
    pub client_id: ClientId,
    /// What the client was called when the document was drafted or sent.
    pub client_name: String,
    /// That name in lower case, by which lists are searched.
    pub client_name_key: String,
    /// How the client was billed; none until it is sent.
    pub billing: Option<BillingDetails>,
    /// Where the sale belongs; on drafts only when that is not where the client is.
    pub country: Option<Country>,
    /// The currency of all amounts.
    pub currency: Currency,
    /// The tax rate in per cent; none when it shows no tax.
    pub tax_rate: Option<TaxRate>,
    /// The sum of the lines.
    pub net: Decimal,
    /// The tax on that sum.
    pub tax: Decimal,
    /// Both together: positive on invoices and credit notes, signed on adjustments.
    pub total: Decimal,
    /// The total in ten-thousandths, by which lists are ordered.
    pub total_key: i64,
    /// What is paid.
    pub paid: Decimal,
    /// What is credited by notes.
    pub credited: Decimal,
    /// What is still to be paid; nothing on drafts, credit notes and adjustments.
    pub outstanding: Decimal,
    /// What was paid beyond what is owed.
    pub overpaid: Decimal,
    /// The date it bears; on drafts the one it is to bear, if that was said.
    pub issued_on: Option<NaiveDate>,
    /// When it is due; only invoices are.
    pub due_on: Option<NaiveDate>,
    /// The invoice that this note credits.
    pub credits_id: Option<InvoiceId>,
    /// What it says below its lines.
    pub notes: Option<String>,
    /// The client's reference.
    pub reference: Option<String>,
    /// How many lines it has.
    pub line_count: i64,
    /// The version of its stream, for `expectedVersion`.
    pub version: i64,
    /// When it was drafted.
    pub created_at: DateTime<Utc>,
    /// When it changed last.
    pub updated_at: DateTime<Utc>,
    /// When it was sent; none before.
    pub sent_at: Option<DateTime<Utc>>,
    /// When it was given up as a draft; none otherwise.
    pub cancelled_at: Option<DateTime<Utc>>,
    /// The tenant's position at which it was drafted.
    pub created_position: i64,
    /// The tenant's position of its last event.
    pub position: i64,
}

/// The read model of documents.
#[derive(Debug)]
pub enum Invoices {}

impl ReadModel for Invoices {
    type Event = InvoiceEvent;
    type Row = InvoiceRow;
    type Key = InvoiceId;
    const TABLE: &'static str = "invoicing_invoices";
    const KEY: &'static [&'static str] = &["id"];

    const SUBJECT: Option<&'static str> = Some("client_id");

    fn key(row: &InvoiceRow) -> InvoiceId {
        row.id
    }

    fn subject(row: &InvoiceRow) -> Option<Uuid> {
        Some(row.client_id.0)
    }

    /// Figures, dates and numbers stay, since books have to be kept; whom it was made out to goes.
    fn forget(row: &mut Option<InvoiceRow>) {
        let Some(row) = row else { return };
        GONE.clone_into(&mut row.client_name);
        GONE.clone_into(&mut row.client_name_key);
        row.billing = None;
        row.notes = None;
        row.reference = None;
    }

    fn keys(_: &InvoiceEvent, envelope: &Envelope) -> Vec<InvoiceId> {
        vec![InvoiceId(envelope.stream_id)]
    }

    fn creates(event: &InvoiceEvent) -> bool {
        matches!(event, InvoiceEvent::Drafted(_))
    }

    fn apply(
        row: &mut Option<InvoiceRow>,
        id: &InvoiceId,
        event: &InvoiceEvent,
        envelope: &Envelope,
    ) -> Result<(), Fault> {
        if let InvoiceEvent::Drafted(drafted) = event {
            *row = Some(drafted_row(*id, drafted, envelope));
            return Ok(());
        }
        let row = existing(row)?;
        match event {
            InvoiceEvent::Drafted(_) => {}
            InvoiceEvent::LineAdded(added) => {
                row.line_count += 1;
                row.set_totals(added.totals);
            }
            InvoiceEvent::LineChanged(changed) => row.set_totals(changed.totals),
            InvoiceEvent::LineRemoved(removed) => {
                row.line_count -= 1;
                row.set_totals(removed.totals);
            }
            InvoiceEvent::TaxSet(set) => {
                row.tax_rate = set.tax_rate;
                row.set_totals(set.totals);
            }
            InvoiceEvent::DueDateSet(set) => row.due_on = set.due_on,
            InvoiceEvent::DetailsChanged(changed) => row.change_details(changed),
            InvoiceEvent::Cancelled(_) => {
                row.status = Status::Cancelled;
                row.cancelled_at = Some(envelope.recorded_at);
                row.set_number(None);
            }
            InvoiceEvent::Sent(sent) => {
                row.send(sent);
                row.sent_at = Some(envelope.recorded_at);
            }
            InvoiceEvent::PaymentRecorded(recorded) => row.pay(recorded),
            InvoiceEvent::MarkedOverdue(_) => row.status = Status::Overdue,
            InvoiceEvent::Credited(credited) => row.credit(credited),
        }
        row.version = envelope.version;
        row.updated_at = envelope.recorded_at;
        row.position = envelope.position;
        Ok(())
    }
}

fn drafted_row(id: InvoiceId, drafted: &Drafted, envelope: &Envelope) -> InvoiceRow {
    let zero = round_to_minor_unit(Decimal::ZERO, drafted.currency);
    let mut row = InvoiceRow {
        id,
        kind: drafted.kind,
        status: Status::Draft,
        number: None,
        number_key: String::new(),
        client_id: drafted.client_id,
        client_name: drafted.client_name.clone(),
        client_name_key: drafted.client_name.to_lowercase(),
        billing: None,
        country: drafted.country.clone(),
        currency: drafted.currency,
        tax_rate: drafted.tax_rate,
        net: zero,
        tax: zero,
        total: zero,
        total_key: 0,
        paid: zero,
        credited: zero,
        outstanding: zero,
        overpaid: zero,
        issued_on: drafted.issue_on,
        due_on: drafted.due_on,
        credits_id: drafted.credits,
        notes: drafted.notes.clone(),
        reference: drafted.reference.clone(),
        line_count: i64::try_from(drafted.lines.len()).unwrap_or(i64::MAX),
        version: envelope.version,
        created_at: envelope.recorded_at,
        updated_at: envelope.recorded_at,
        sent_at: None,
        cancelled_at: None,
        created_position: envelope.position,
        position: envelope.position,
    };
    row.set_number(drafted.number.clone());
    row.set_totals(drafted.totals);
    row
}

impl InvoiceRow {
    fn set_totals(&mut self, totals: Totals) {
        self.net = totals.net;
        self.tax = totals.tax;
        self.total = totals.total;
        self.total_key = ten_thousandths(totals.total);
    }

    fn set_number(&mut self, number: Option<String>) {
        self.number_key = number
            .as_ref()
            .map(|n| n.to_lowercase())
            .unwrap_or_default();
        self.number = number;
    }

    fn change_details(&mut self, changed: &DetailsChanged) {
        self.notes = changed.notes.clone().apply(self.notes.take());
        self.reference = changed.reference.clone().apply(self.reference.take());
        self.issued_on = changed.issue_on.clone().apply(self.issued_on);
        self.country = changed.country.clone().apply(self.country.take());
        let number = changed.number.clone().apply(self.number.take());
        self.set_number(number);
    }

    fn send(&mut self, sent: &Sent) {
        self.status = Status::Sent;
        self.set_number(Some(sent.number.clone()));
        self.client_name.clone_from(&sent.client_name);
        self.client_name_key = sent.client_name.to_lowercase();
        self.billing = Some(sent.billing.clone());
        self.country.clone_from(&sent.country);
        self.tax_rate = sent.tax_rate;
        self.set_totals(sent.totals);
        match sent.kind {
            Kind::Invoice => self.outstanding = sent.totals.total,
            Kind::CreditNote | Kind::Adjustment => {}
        }
        self.issued_on = Some(sent.issued_on);
        self.due_on = sent.due_on;
        self.reference.clone_from(&sent.reference);
    }

    fn pay(&mut self, recorded: &PaymentRecorded) {
        self.paid = recorded.paid;
        self.outstanding = recorded.outstanding;
        self.status = recorded.status;
    }

    fn credit(&mut self, credited: &Credited) {
        self.credited += credited.totals.total;
        self.outstanding = credited.outstanding;
        self.overpaid = credited.overpaid;
        self.status = credited.status;
    }

    /// Whether it counts: a document that is or was sent.
    pub(in crate::invoicing) fn is_sent(&self) -> bool {
        self.sent_at.is_some()
    }
}

/// An amount as a whole number that orders like it. No document exceeds 10¹⁴, no currency has more
/// than four decimals.
pub(super) fn ten_thousandths(amount: Decimal) -> i64 {
    let scaled = amount.checked_mul(Decimal::from(10_000));
    let bound = if amount.is_sign_negative() {
        i64::MIN
    } else {
        i64::MAX
    };
    scaled
        .and_then(|it| i64::try_from(it.trunc()).ok())
        .unwrap_or(bound)
}
