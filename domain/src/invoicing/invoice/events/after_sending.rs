//! What ends a draft, and what happens to a sent document.

use chrono::{DateTime, NaiveDate, Utc};
use rust_decimal::Decimal;
use serde::{Deserialize, Serialize};

use crate::crm::public::{BillingDetails, Country};
use crate::invoicing::invoice::{Kind, Line, PaymentMethod, Status, TaxRate, Totals};
use crate::kernel::{ClientId, Currency, InvoiceId, LineId, PaymentId};

/// The draft was given up.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Cancelled {
    /// Why, if somebody said so.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reason: Option<String>,
    /// The number that becomes free.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub number: Option<String>,
    /// When.
    pub at: DateTime<Utc>,
}

/// The document is final and out. Holds all that figures are made of, so that their read models
/// need no other event.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Sent {
    /// Which document.
    pub invoice_id: InvoiceId,
    /// What it does.
    pub kind: Kind,
    /// What it is called. Empty only until the log has drawn it; never stored so.
    pub number: String,
    /// The currency of all amounts.
    pub currency: Currency,
    /// The date it bears.
    pub issued_on: NaiveDate,
    /// When it is due; only invoices are.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub due_on: Option<NaiveDate>,
    /// Whom it is made out to.
    pub client_id: ClientId,
    /// What the client was called then.
    pub client_name: String,
    /// How the client was billed then, name and country filled in.
    pub billing: BillingDetails,
    /// Where the sale belongs, if that is known.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub country: Option<Country>,
    /// How many lines it has.
    pub line_count: usize,
    /// The tax rate in per cent; absent when it shows no tax.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub tax_rate: Option<TaxRate>,
    /// What it amounts to: positive on invoices and credit notes, signed on adjustments.
    pub totals: Totals,
    /// The invoice that this note credits.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub credits: Option<InvoiceId>,
    /// The client's reference.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reference: Option<String>,
    /// When.
    pub at: DateTime<Utc>,
}

impl Sent {
    /// What the document adds to the client's account: negative for credit notes.
    pub fn signed_total(&self) -> Decimal {
        self.kind.sign() * self.totals.total
    }

    /// What the document adds to revenue: its net sum, negative for credit notes.
    pub fn signed_net(&self) -> Decimal {
        self.kind.sign() * self.totals.net
    }
}

/// Money came in for the invoice.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct PaymentRecorded {
    /// Which payment.
    pub payment_id: PaymentId,
    /// How much; positive.
    pub amount: Decimal,
    /// The day it came in.
    pub received_on: NaiveDate,
    /// How it came in.
    pub method: PaymentMethod,
    /// The payer's reference.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reference: Option<String>,
    /// All that is paid now.
    pub paid: Decimal,
    /// What is still outstanding now.
    pub outstanding: Decimal,
    /// Where the invoice stands now.
    pub status: Status,
    /// Whom the invoice is made out to.
    pub client_id: ClientId,
    /// The currency of all amounts.
    pub currency: Currency,
    /// Where the sale belongs, if that is known.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub country: Option<Country>,
    /// When.
    pub at: DateTime<Utc>,
}

/// The due date passed with something outstanding.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct MarkedOverdue {
    /// When it was due.
    pub due_on: NaiveDate,
    /// The tenant's calendar day by which that had passed. Since version 2: the moment alone does
    /// not say it, for days begin at different times.
    pub marked_on: NaiveDate,
    /// What is outstanding.
    pub outstanding: Decimal,
    /// Whom the invoice is made out to.
    pub client_id: ClientId,
    /// The currency of the amount.
    pub currency: Currency,
    /// When.
    pub at: DateTime<Utc>,
}

/// A credit note took back all or part of the invoice. The client's account moves with the credit
/// note's own `Sent`, not with this.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Credited {
    /// The credit note.
    pub credit_note_id: InvoiceId,
    /// How much of which lines was taken back; empty for a mere amount.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub quantities: Vec<CreditedQuantity>,
    /// The lines of the credit note.
    pub lines: Vec<Line>,
    /// What the credit note amounts to; positive.
    pub totals: Totals,
    /// Why, if somebody said so.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reason: Option<String>,
    /// The date the credit note bears.
    pub issued_on: NaiveDate,
    /// What is still outstanding on the invoice now.
    pub outstanding: Decimal,
    /// What was paid beyond what is owed now: to be paid back or set off.
    pub overpaid: Decimal,
    /// Where the invoice stands now.
    pub status: Status,
    /// Whom the invoice is made out to.
    pub client_id: ClientId,
    /// The currency of all amounts.
    pub currency: Currency,
    /// Where the sale belongs, if that is known.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub country: Option<Country>,
    /// When.
    pub at: DateTime<Utc>,
}

/// How much of a line was taken back.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct CreditedQuantity {
    /// Which line of the invoice.
    pub line_id: LineId,
    /// How much of its quantity, with its sign.
    pub quantity: Decimal,
}
