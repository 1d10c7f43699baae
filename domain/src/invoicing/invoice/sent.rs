//! What a sent document is, and what is paid, credited and outstanding on it.

use std::collections::BTreeMap;

use chrono::NaiveDate;
use rust_decimal::Decimal;
use serde::{Deserialize, Serialize};

use super::events::{CreditedQuantity, InvoiceEvent, Sent};
use super::kind::{Kind, Status};
use super::line::Line;
use super::state::{DraftDocument, Header};
use super::totals::{TaxRate, Totals};
use crate::crm::public::BillingDetails;
use crate::kernel::{InvoiceId, LineId, PaymentId};

/// The most payments of an invoice.
pub const MAX_PAYMENTS: usize = 1_000;
/// The most credit notes of an invoice.
pub const MAX_CREDITS: usize = 1_000;

/// A final document and what became of it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct SentDocument {
    /// What it has in every phase; the country is settled now.
    pub header: Header,
    /// What it is called.
    pub number: String,
    /// Its lines, in order.
    pub lines: Vec<Line>,
    /// The tax rate, if it shows tax.
    pub tax_rate: Option<TaxRate>,
    /// What it amounts to.
    pub totals: Totals,
    /// The date it bears.
    pub issued_on: NaiveDate,
    /// When it is due; only invoices are.
    pub due_on: Option<NaiveDate>,
    /// How the client was billed.
    pub billing: BillingDetails,
    /// Whether the clock found it past its due date.
    pub is_overdue: bool,
    /// Its payments: how much and on which day.
    pub payments: BTreeMap<PaymentId, (Decimal, NaiveDate)>,
    /// All that is paid.
    pub paid: Decimal,
    /// Its credit notes.
    pub credits: BTreeMap<InvoiceId, CreditRecord>,
    /// All that is credited.
    pub credited: Totals,
}

/// What a credit note took back.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct CreditRecord {
    /// How much of which lines of the invoice.
    pub quantities: Vec<CreditedQuantity>,
    /// The lines of the credit note.
    pub lines: Vec<Line>,
    /// What the credit note amounts to.
    pub totals: Totals,
    /// Why, if somebody said so.
    pub reason: Option<String>,
    /// The date the credit note bears.
    pub issued_on: NaiveDate,
}

impl SentDocument {
    pub(super) fn new(draft: &mut DraftDocument, sent: Sent) -> Self {
        Self {
            header: Header {
                client_name: sent.client_name,
                country: sent.country,
                ..draft.header.clone()
            },
            number: sent.number,
            lines: std::mem::take(&mut draft.lines),
            tax_rate: sent.tax_rate,
            totals: sent.totals,
            issued_on: sent.issued_on,
            due_on: sent.due_on,
            billing: sent.billing,
            is_overdue: false,
            payments: BTreeMap::new(),
            paid: Decimal::ZERO,
            credits: BTreeMap::new(),
            credited: Totals::default(),
        }
    }

    pub(super) fn evolve(&mut self, event: InvoiceEvent) {
        match event {
            InvoiceEvent::PaymentRecorded(recorded) => {
                let payment = (recorded.amount, recorded.received_on);
                self.payments.insert(recorded.payment_id, payment);
                self.paid = recorded.paid;
            }
            InvoiceEvent::MarkedOverdue(_) => self.is_overdue = true,
            InvoiceEvent::Credited(credited) => {
                let record = CreditRecord {
                    quantities: credited.quantities,
                    lines: credited.lines,
                    totals: credited.totals,
                    reason: credited.reason,
                    issued_on: credited.issued_on,
                };
                self.credits.insert(credited.credit_note_id, record);
                self.credited = self.credited.plus(credited.totals);
            }
            // These belong to a draft, and a sent document never changes.
            InvoiceEvent::Drafted(_)
            | InvoiceEvent::LineAdded(_)
            | InvoiceEvent::LineChanged(_)
            | InvoiceEvent::LineRemoved(_)
            | InvoiceEvent::TaxSet(_)
            | InvoiceEvent::DueDateSet(_)
            | InvoiceEvent::DetailsChanged(_)
            | InvoiceEvent::Cancelled(_)
            | InvoiceEvent::Sent(_) => {}
        }
    }

    /// What is still to be paid; nothing on credit notes and adjustments.
    pub fn outstanding(&self) -> Decimal {
        self.account().outstanding()
    }

    /// What was paid beyond what is owed: credits can follow payments.
    pub fn overpaid(&self) -> Decimal {
        self.account().overpaid()
    }

    /// Where it stands.
    pub fn status(&self) -> Status {
        self.account().status(self.is_overdue)
    }

    /// What is left to credit.
    pub fn creditable(&self) -> Totals {
        self.totals.minus(self.credited)
    }

    /// How much of a line's quantity is left to credit, with its sign.
    pub fn creditable_quantity(&self, line: &Line) -> Decimal {
        self.credits
            .values()
            .flat_map(|record| &record.quantities)
            .filter(|credited| credited.line_id == line.line_id)
            .fold(line.quantity, |left, credited| left - credited.quantity)
    }

    /// A line by its id.
    pub(super) fn line(&self, line_id: LineId) -> Option<&Line> {
        self.lines.iter().find(|line| line.line_id == line_id)
    }

    pub(super) fn account(&self) -> Account {
        Account {
            kind: self.header.kind,
            total: self.totals.total,
            paid: self.paid,
            credited: self.credited.total,
        }
    }
}

/// The figures that decide where a sent document stands. Each is bounded, so sums are exact.
#[derive(Debug, Clone, Copy)]
pub(super) struct Account {
    kind: Kind,
    total: Decimal,
    pub(super) paid: Decimal,
    pub(super) credited: Decimal,
}

impl Account {
    fn balance(self) -> Decimal {
        match self.kind {
            Kind::Invoice => self.total - self.paid - self.credited,
            Kind::CreditNote | Kind::Adjustment => Decimal::ZERO,
        }
    }

    pub(super) fn outstanding(self) -> Decimal {
        self.balance().max(Decimal::ZERO)
    }

    pub(super) fn overpaid(self) -> Decimal {
        Decimal::ZERO.max(-self.balance())
    }

    pub(super) fn status(self, is_overdue: bool) -> Status {
        match self.kind {
            Kind::CreditNote | Kind::Adjustment => Status::Sent,
            Kind::Invoice if self.outstanding().is_zero() && self.paid.is_zero() => {
                Status::Cancelled
            }
            Kind::Invoice if self.outstanding().is_zero() => Status::Paid,
            Kind::Invoice if is_overdue => Status::Overdue,
            Kind::Invoice if self.paid.is_zero() => Status::Sent,
            Kind::Invoice => Status::PartiallyPaid,
        }
    }
}
