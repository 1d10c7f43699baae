//! How a payment's row follows from the event that recorded it.

use chrono::{DateTime, NaiveDate, Utc};
use daybook_domain::invoicing::invoice::{InvoiceEvent, PaymentMethod, PaymentRecorded};
use daybook_domain::kernel::{ClientId, Currency, InvoiceId, PaymentId};
use rust_decimal::Decimal;
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use crate::engine::{Envelope, Fault, ReadModel};

/// A payment; it never changes.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct PaymentRow {
    /// Of which invoice.
    pub invoice_id: InvoiceId,
    /// Which payment.
    pub id: PaymentId,
    /// Whose invoice it is.
    pub client_id: ClientId,
    /// How much; positive.
    pub amount: Decimal,
    /// In which currency.
    pub currency: Currency,
    /// The day it came in.
    pub received_on: NaiveDate,
    /// How it came in.
    pub method: PaymentMethod,
    /// The payer's reference.
    pub reference: Option<String>,
    /// When it was recorded.
    pub created_at: DateTime<Utc>,
    /// The tenant's position at which it was recorded.
    pub position: i64,
}

/// The read model of payments.
#[derive(Debug)]
pub enum Payments {}

fn recorded(event: &InvoiceEvent) -> Option<&PaymentRecorded> {
    match event {
        InvoiceEvent::PaymentRecorded(recorded) => Some(recorded),
        InvoiceEvent::Drafted(_)
        | InvoiceEvent::LineAdded(_)
        | InvoiceEvent::LineChanged(_)
        | InvoiceEvent::LineRemoved(_)
        | InvoiceEvent::TaxSet(_)
        | InvoiceEvent::DueDateSet(_)
        | InvoiceEvent::DetailsChanged(_)
        | InvoiceEvent::Cancelled(_)
        | InvoiceEvent::Sent(_)
        | InvoiceEvent::MarkedOverdue(_)
        | InvoiceEvent::Credited(_) => None,
    }
}

impl ReadModel for Payments {
    type Event = InvoiceEvent;
    type Row = PaymentRow;
    type Key = (InvoiceId, PaymentId);
    const TABLE: &'static str = "invoicing_payments";
    const KEY: &'static [&'static str] = &["invoice_id", "id"];

    const SUBJECT: Option<&'static str> = Some("client_id");

    fn key(row: &PaymentRow) -> Self::Key {
        (row.invoice_id, row.id)
    }

    fn subject(row: &PaymentRow) -> Option<Uuid> {
        Some(row.client_id.0)
    }

    fn forget(row: &mut Option<PaymentRow>) {
        if let Some(row) = row {
            row.reference = None;
        }
    }

    fn keys(event: &InvoiceEvent, envelope: &Envelope) -> Vec<Self::Key> {
        let invoice = InvoiceId(envelope.stream_id);
        let recorded = recorded(event).into_iter();
        recorded.map(|it| (invoice, it.payment_id)).collect()
    }

    fn creates(event: &InvoiceEvent) -> bool {
        matches!(event, InvoiceEvent::PaymentRecorded(_))
    }

    fn apply(
        row: &mut Option<PaymentRow>,
        (invoice_id, id): &Self::Key,
        event: &InvoiceEvent,
        envelope: &Envelope,
    ) -> Result<(), Fault> {
        if let Some(recorded) = recorded(event) {
            *row = Some(PaymentRow {
                invoice_id: *invoice_id,
                id: *id,
                client_id: recorded.client_id,
                amount: recorded.amount,
                currency: recorded.currency,
                received_on: recorded.received_on,
                method: recorded.method,
                reference: recorded.reference.clone(),
                created_at: envelope.recorded_at,
                position: envelope.position,
            });
        }
        Ok(())
    }
}
