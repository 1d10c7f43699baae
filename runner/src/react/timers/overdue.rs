//! An invoice becomes overdue when the day after its due date begins.

use daybook_domain::invoicing::invoice::{
    Invoice, InvoiceEvent, Kind as DocumentKind, MarkOverdue, Status,
};
use daybook_domain::kernel::{Aggregate, CodecError};
use daybook_store::{DueTimer, ExecuteError, Moment, Recorded, Store};
use futures::future::BoxFuture;

use super::kind::{Kind, Note, Occasion};

/// Marks invoices overdue.
pub(super) struct Overdue;

impl Kind for Overdue {
    fn name(&self) -> &'static str {
        "invoicing.overdue"
    }

    fn stream_type(&self) -> &'static str {
        Invoice::NAME
    }

    fn note(&self, event: &Recorded) -> Result<Option<Note>, CodecError> {
        Ok(match event.decode::<InvoiceEvent>()? {
            InvoiceEvent::Sent(sent) if sent.kind == DocumentKind::Invoice => {
                let after = sent.due_on.and_then(|due_on| due_on.succ_opt());
                after.map(|day| Note::Set(Moment::On(day)))
            }
            InvoiceEvent::PaymentRecorded(paid) => clear_when_settled(paid.status),
            InvoiceEvent::Credited(credited) => clear_when_settled(credited.status),
            InvoiceEvent::MarkedOverdue(_) => Some(Note::Clear),
            InvoiceEvent::Sent(_)
            | InvoiceEvent::Drafted(_)
            | InvoiceEvent::LineAdded(_)
            | InvoiceEvent::LineChanged(_)
            | InvoiceEvent::LineRemoved(_)
            | InvoiceEvent::TaxSet(_)
            | InvoiceEvent::DueDateSet(_)
            | InvoiceEvent::DetailsChanged(_)
            | InvoiceEvent::Cancelled(_) => None,
        })
    }

    fn happen<'a>(
        &'a self,
        store: &'a Store,
        timer: &'a DueTimer,
        occasion: Occasion,
    ) -> BoxFuture<'a, Result<(), ExecuteError>> {
        let command = MarkOverdue {
            today: occasion.today,
            at: occasion.context.at,
        };
        let executed = store.execute(timer.tenant, timer.subject_id, command, occasion.context);
        Box::pin(async move { executed.await.map(|_| ()) })
    }
}

/// An overdue invoice stays so however it is paid in part; its timer is gone already.
fn clear_when_settled(status: Status) -> Option<Note> {
    match status {
        Status::Paid | Status::Cancelled => Some(Note::Clear),
        Status::Draft | Status::Sent | Status::PartiallyPaid | Status::Overdue => None,
    }
}
