//! A document: an invoice, a credit note or an adjustment.
//!
//! ```text
//!            Draft          Send            RecordPayment            RecordPayment, Credit
//!  (unknown) ─────► draft ───────► sent ────────────────► partially_paid ──────────► paid
//!                     │             │ │                      │    ▲                   ▲
//!                     │ Cancel      │ └── MarkOverdue ──┐    │    │ (partial payments  │
//!                     ▼             ▼                   ▼    ▼    │  leave it overdue)  │
//!                 cancelled ◄── Credit, in full,       overdue ───┴───────────────────┘
//!                               nothing paid
//! ```
//! - `Issue` drafts and sends at once; `CreditOrder` gives the two commands of a credit.
//! - A draft is changed by `AddLine`, `ChangeLine`, `RemoveLine`, `SetTax`, `SetDueDate` and
//!   `ChangeDetails`. A sent document is not changed by any of them.
//! - Credit notes and adjustments stay `sent`.
//! - `MarkOverdue` comes from the clock.

mod commands;
mod credit;
mod events;
#[cfg(any(test, feature = "testing"))]
pub mod fixtures;
mod input;
mod kind;
mod line;
mod number;
mod refusal;
mod sent;
mod state;
mod totals;

pub use commands::{
    AddLine, Cancel, ChangeDetails, ChangeLine, Credit, Draft, Issue, IssueCreditNote, MarkOverdue,
    RecordPayment, RemoveLine, Send, SetDueDate, SetTax,
};
pub use credit::{CreditLine, CreditOrder, Extent};
pub use events::{
    Cancelled, Credited, CreditedQuantity, DetailsChanged, Drafted, DueDateSet, InvoiceEvent,
    LineAdded, LineChanged, LineRemoved, MarkedOverdue, PaymentRecorded, Sent, TaxSet,
};
pub use kind::{Kind, PaymentMethod, Status};
pub use line::{Line, LineFault, MAX_LINES, NewLine};
pub use number::{NUMBER, Numbering};
pub use refusal::Refusal;
pub use sent::{CreditRecord, MAX_CREDITS, MAX_PAYMENTS, SentDocument};
pub use state::{CancelledDraft, DraftDocument, Header, Invoice};
pub use totals::{TaxRate, Totals, max_amount};
