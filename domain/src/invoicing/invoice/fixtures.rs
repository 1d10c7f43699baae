//! Documents for tests. The invoice has one line, 6 × 2.55 = 15.30, and 20 % tax: 18.36 in all.

#![expect(
    clippy::missing_panics_doc,
    clippy::unwrap_used,
    reason = "what tests write here is valid"
)]

use chrono::NaiveDate;
use rust_decimal::Decimal;
use uuid::Uuid;

use super::commands::{Draft, Send};
use super::events::{
    Cancelled, Credited, CreditedQuantity, Drafted, InvoiceEvent, LineAdded, MarkedOverdue,
    PaymentRecorded, Sent,
};
use super::kind::{Kind, PaymentMethod, Status};
use super::line::{Line, NewLine};
use super::number::Numbering;
use super::totals::{TaxRate, Totals};
use crate::crm::client::fixtures as client;
use crate::kernel::{Currency, InvoiceId, LineId, PaymentId};

pub use crate::crm::client::fixtures::at;

/// A decimal number.
pub fn dec(text: &str) -> Decimal {
    text.parse().unwrap()
}

/// A date.
pub fn day(text: &str) -> NaiveDate {
    text.parse().unwrap()
}

/// A document; the invoice is 1.
pub fn invoice_id(id: u128) -> InvoiceId {
    InvoiceId(Uuid::from_u128(id))
}

/// A line; the invoice has 1.
pub fn line_id(id: u128) -> LineId {
    LineId(Uuid::from_u128(id))
}

/// A payment.
pub fn payment_id(id: u128) -> PaymentId {
    PaymentId(Uuid::from_u128(id))
}

/// Net, tax and total.
pub fn totals(net: &str, tax: &str, total: &str) -> Totals {
    Totals {
        net: dec(net),
        tax: dec(tax),
        total: dec(total),
    }
}

/// A line as it is given.
pub fn new_line(id: u128, quantity: &str, unit_price: &str) -> NewLine {
    NewLine {
        line_id: line_id(id),
        description: "White metal lantern".to_owned(),
        product_code: None,
        quantity: dec(quantity),
        unit_price: dec(unit_price),
    }
}

/// The same line, read for an adjustment in pounds.
pub fn line(id: u128, quantity: &str, unit_price: &str) -> Line {
    let line = new_line(id, quantity, unit_price);
    line.read(Kind::Adjustment, Currency::GBP).unwrap()
}

/// Draft the invoice.
pub fn draft() -> Draft {
    Draft {
        invoice_id: invoice_id(1),
        kind: Kind::Invoice,
        client: client::facts(),
        currency: Some(Currency::GBP),
        country: None,
        lines: vec![new_line(1, "6", "2.55")],
        tax_rate: Some(dec("20")),
        issue_on: None,
        due_on: None,
        number: None,
        notes: None,
        reference: None,
        at: at(),
    }
}

/// The invoice was drafted.
pub fn drafted() -> InvoiceEvent {
    drafted_as(|_| {})
}

/// The invoice was drafted, but differently.
pub fn drafted_as(change: impl FnOnce(&mut Drafted)) -> InvoiceEvent {
    let mut drafted = Drafted {
        invoice_id: invoice_id(1),
        kind: Kind::Invoice,
        client_id: client::client_id(),
        client_name: "Ada Ltd".to_owned(),
        country: None,
        currency: Currency::GBP,
        lines: vec![line(1, "6", "2.55")],
        tax_rate: TaxRate::try_new(dec("20")).ok(),
        totals: totals("15.30", "3.06", "18.36"),
        issue_on: None,
        due_on: None,
        number: None,
        credits: None,
        notes: None,
        reference: None,
        at: at(),
    };
    change(&mut drafted);
    InvoiceEvent::Drafted(drafted)
}

/// A line was added.
pub fn line_added(id: u128, quantity: &str, unit_price: &str, totals: Totals) -> InvoiceEvent {
    InvoiceEvent::LineAdded(LineAdded {
        line: line(id, quantity, unit_price),
        totals,
        at: at(),
    })
}

/// The draft was given up.
pub fn cancelled() -> InvoiceEvent {
    InvoiceEvent::Cancelled(Cancelled {
        reason: Some("typed twice".to_owned()),
        number: None,
        at: at(),
    })
}

/// Send the invoice in a tenant whose numbers are drawn.
pub fn send() -> Send {
    Send {
        issued_on: None,
        due_on: None,
        numbering: Numbering::Gapless,
        number: None,
        client: client::facts(),
        at: at(),
    }
}

/// The invoice was sent as INV-000001.
pub fn sent() -> InvoiceEvent {
    sent_as(|_| {})
}

/// The invoice was sent, but differently.
pub fn sent_as(change: impl FnOnce(&mut Sent)) -> InvoiceEvent {
    let mut sent = Sent {
        invoice_id: invoice_id(1),
        kind: Kind::Invoice,
        number: "INV-000001".to_owned(),
        currency: Currency::GBP,
        issued_on: day("2024-03-01"),
        due_on: Some(day("2024-03-15")),
        client_id: client::client_id(),
        client_name: "Ada Ltd".to_owned(),
        billing: client::billing(),
        country: Some(client::country("United Kingdom")),
        line_count: 1,
        tax_rate: TaxRate::try_new(dec("20")).ok(),
        totals: totals("15.30", "3.06", "18.36"),
        credits: None,
        reference: None,
        at: at(),
    };
    change(&mut sent);
    InvoiceEvent::Sent(sent)
}

/// A sent invoice with these quantities and prices.
pub fn priced(lines: &[(&str, &str)], tax_rate: Option<&str>) -> Vec<InvoiceEvent> {
    let lines: Vec<Line> = (1..)
        .zip(lines)
        .map(|(id, (quantity, price))| line(id, quantity, price))
        .collect();
    let tax_rate = tax_rate.map(|rate| TaxRate::try_new(dec(rate)).unwrap());
    let totals = Totals::of(&lines, tax_rate, Currency::GBP).unwrap();
    let sent = sent_as(|sent| {
        sent.line_count = lines.len();
        sent.tax_rate = tax_rate;
        sent.totals = totals;
    });
    let drafted = drafted_as(|drafted| {
        drafted.lines = lines;
        drafted.tax_rate = tax_rate;
        drafted.totals = totals;
    });
    vec![drafted, sent]
}

/// A payment came in: its amount, then all that is paid and what is outstanding.
pub fn paid(id: u128, figures: [&str; 3], status: Status) -> InvoiceEvent {
    let [amount, paid, outstanding] = figures.map(dec);
    InvoiceEvent::PaymentRecorded(PaymentRecorded {
        payment_id: payment_id(id),
        amount,
        received_on: day("2024-03-10"),
        method: PaymentMethod::BankTransfer,
        reference: Some("RF18".to_owned()),
        paid,
        outstanding,
        status,
        client_id: client::client_id(),
        currency: Currency::GBP,
        country: Some(client::country("United Kingdom")),
        at: at(),
    })
}

/// The invoice became overdue with this outstanding.
pub fn overdue(outstanding: &str) -> InvoiceEvent {
    InvoiceEvent::MarkedOverdue(MarkedOverdue {
        due_on: day("2024-03-15"),
        marked_on: day("2024-03-16"),
        outstanding: dec(outstanding),
        client_id: client::client_id(),
        currency: Currency::GBP,
        at: at(),
    })
}

/// The invoice was credited in full by document 2.
pub fn credited_in_full() -> InvoiceEvent {
    InvoiceEvent::Credited(Credited {
        credit_note_id: invoice_id(2),
        quantities: vec![CreditedQuantity {
            line_id: line_id(1),
            quantity: dec("6"),
        }],
        lines: vec![line(1, "6", "2.55")],
        totals: totals("15.30", "3.06", "18.36"),
        reason: Some("broken".to_owned()),
        issued_on: day("2024-03-01"),
        outstanding: dec("0.00"),
        overpaid: dec("0.00"),
        status: Status::Cancelled,
        client_id: client::client_id(),
        currency: Currency::GBP,
        country: Some(client::country("United Kingdom")),
        at: at(),
    })
}

/// Numbers that look random and are the same in every run.
#[derive(Debug)]
pub struct Dice(pub u64);

impl Dice {
    fn roll(&mut self) -> u64 {
        // xorshift64
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        self.0
    }

    /// A number from 0 to `bound` − 1.
    pub fn below(&mut self, bound: usize) -> usize {
        let bound = u64::try_from(bound).unwrap();
        usize::try_from(self.roll() % bound).unwrap()
    }

    /// A number other than 0, of at most that many digits and decimals, often negative.
    pub fn decimal(&mut self, digits: u32, most_decimals: u32) -> Decimal {
        let bound = 10_i64.pow(digits);
        let digits = i64::try_from(self.roll() >> 1).unwrap() % bound;
        let sign = if self.below(3) == 0 { -1 } else { 1 };
        let scale = u32::try_from(self.below(usize::try_from(most_decimals).unwrap() + 1));
        Decimal::new(sign * digits.max(1), scale.unwrap())
    }
}
