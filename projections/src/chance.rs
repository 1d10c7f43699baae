//! What may happen to a business, by the throw of dice? For tests.

use daybook_domain::crm::client::ClientEvent;
use daybook_domain::crm::client::fixtures as client;
use daybook_domain::invoicing::invoice::fixtures::{self as invoice, Dice};
use daybook_domain::invoicing::invoice::{InvoiceEvent, Kind, Status};
use daybook_domain::kernel::{ClientId, LineId, NoteId, Patch, PaymentId};

use crate::testing::id;

fn note() -> ClientEvent {
    let ClientEvent::NoteAdded(mut added) = client::note_added(1) else {
        panic!("a note is a note");
    };
    added.note_id = NoteId(id());
    ClientEvent::NoteAdded(added)
}

/// Some of what may happen to a client.
pub(crate) fn client_events(dice: &mut Dice) -> Vec<ClientEvent> {
    let mut events = vec![client::registered_in_full()];
    let ClientEvent::Registered(registered) = &mut events[0] else {
        panic!("registered is registered");
    };
    registered.details.external_id = Some(id().to_string());
    for _ in 0..dice.below(6) {
        events.push(match dice.below(5) {
            0 => client::details_changed(|changed| changed.name = Some(id().to_string())),
            1 => client::details_changed(|changed| changed.phone = Patch::Clear),
            2 => client::billing_set(client::billing()),
            3 => client::archived(),
            _ => note(),
        });
    }
    events
}

/// Some of what may happen to a document.
pub(crate) fn invoice_events(dice: &mut Dice, client_id: ClientId) -> Vec<InvoiceEvent> {
    let kinds = [Kind::Invoice, Kind::CreditNote, Kind::Adjustment];
    let kind = kinds[dice.below(3)];
    let lines: Vec<_> = (0..=dice.below(4))
        .map(|_| {
            let mut line = invoice::line(1, "1", "2.50");
            line.line_id = LineId(id());
            line
        })
        .collect();
    let mut events = vec![invoice::drafted_as(|it| {
        it.kind = kind;
        it.lines = lines;
        it.client_id = client_id;
    })];
    if dice.below(5) == 0 {
        events.push(invoice::cancelled());
        return events;
    }
    let day = format!("2024-0{}-1{}", 1 + dice.below(9), dice.below(10));
    events.push(invoice::sent_as(|it| {
        it.kind = kind;
        it.number = id().to_string();
        it.client_id = client_id;
        it.issued_on = invoice::day(&day);
    }));
    if kind == Kind::Invoice {
        for _ in 0..dice.below(3) {
            let mut paid = invoice::paid(1, ["1.00", "1.00", "17.36"], Status::PartiallyPaid);
            if let InvoiceEvent::PaymentRecorded(recorded) = &mut paid {
                recorded.payment_id = PaymentId(id());
            }
            events.push(paid);
        }
        if dice.below(3) == 0 {
            events.push(invoice::overdue("17.36"));
        }
    }
    events
}
