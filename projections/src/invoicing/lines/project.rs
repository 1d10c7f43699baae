//! How a line's row follows from the document's events.

use daybook_domain::invoicing::invoice::{InvoiceEvent, Line};
use daybook_domain::kernel::{InvoiceId, LineId};
use rust_decimal::Decimal;
use serde::{Deserialize, Serialize};

use crate::engine::{Envelope, Fault, ReadModel, existing};

/// A line of a document.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct LineRow {
    /// Of which document.
    pub invoice_id: InvoiceId,
    /// Which line of it.
    pub id: LineId,
    /// Lines are ordered by this; it says nothing else.
    pub place: i64,
    /// What it is about; empty when the product code says it.
    pub description: String,
    /// The product's code.
    pub product_code: Option<String>,
    /// How many or how much.
    pub quantity: Decimal,
    /// The price of one.
    pub unit_price: Decimal,
    /// Quantity × unit price, rounded half to even to the currency's minor unit.
    pub total: Decimal,
}

/// The read model of lines.
#[derive(Debug)]
pub enum Lines {}

impl ReadModel for Lines {
    type Event = InvoiceEvent;
    type Row = LineRow;
    type Key = (InvoiceId, LineId);
    const TABLE: &'static str = "invoicing_lines";
    const KEY: &'static [&'static str] = &["invoice_id", "id"];

    fn key(row: &LineRow) -> Self::Key {
        (row.invoice_id, row.id)
    }

    fn keys(event: &InvoiceEvent, envelope: &Envelope) -> Vec<Self::Key> {
        let invoice = InvoiceId(envelope.stream_id);
        match event {
            InvoiceEvent::Drafted(drafted) => {
                let lines = drafted.lines.iter();
                lines.map(|line| (invoice, line.line_id)).collect()
            }
            InvoiceEvent::LineAdded(added) => vec![(invoice, added.line.line_id)],
            InvoiceEvent::LineChanged(changed) => vec![(invoice, changed.line.line_id)],
            InvoiceEvent::LineRemoved(removed) => vec![(invoice, removed.line_id)],
            InvoiceEvent::TaxSet(_)
            | InvoiceEvent::DueDateSet(_)
            | InvoiceEvent::DetailsChanged(_)
            | InvoiceEvent::Cancelled(_)
            | InvoiceEvent::Sent(_)
            | InvoiceEvent::PaymentRecorded(_)
            | InvoiceEvent::MarkedOverdue(_)
            | InvoiceEvent::Credited(_) => Vec::new(),
        }
    }

    fn creates(event: &InvoiceEvent) -> bool {
        matches!(event, InvoiceEvent::Drafted(_) | InvoiceEvent::LineAdded(_))
    }

    fn apply(
        row: &mut Option<LineRow>,
        key: &Self::Key,
        event: &InvoiceEvent,
        envelope: &Envelope,
    ) -> Result<(), Fault> {
        match event {
            InvoiceEvent::Drafted(drafted) => {
                let mut lines = (1..).zip(&drafted.lines);
                let line = lines.find(|(_, line)| line.line_id == key.1);
                *row = line.map(|(place, line)| line_row(key.0, place, line));
            }
            InvoiceEvent::LineAdded(added) => {
                let place = LATER.saturating_add(envelope.version);
                *row = Some(line_row(key.0, place, &added.line));
            }
            InvoiceEvent::LineChanged(changed) => {
                let place = existing(row)?.place;
                *row = Some(line_row(key.0, place, &changed.line));
            }
            InvoiceEvent::LineRemoved(_) => *row = None,
            InvoiceEvent::TaxSet(_)
            | InvoiceEvent::DueDateSet(_)
            | InvoiceEvent::DetailsChanged(_)
            | InvoiceEvent::Cancelled(_)
            | InvoiceEvent::Sent(_)
            | InvoiceEvent::PaymentRecorded(_)
            | InvoiceEvent::MarkedOverdue(_)
            | InvoiceEvent::Credited(_) => {}
        }
        Ok(())
    }
}

/// Lines that were added later come after all that were drafted; no document has as many.
const LATER: i64 = 1_000_000;

fn line_row(invoice_id: InvoiceId, place: i64, line: &Line) -> LineRow {
    LineRow {
        invoice_id,
        id: line.line_id,
        place,
        description: line.description.clone(),
        product_code: line.product_code.clone(),
        quantity: line.quantity,
        unit_price: line.unit_price,
        total: line.total,
    }
}
