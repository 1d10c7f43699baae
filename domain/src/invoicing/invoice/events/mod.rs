//! What happened to a document.

mod after_sending;
mod drafting;
mod event;
mod upcast;

pub use after_sending::{
    Cancelled, Credited, CreditedQuantity, MarkedOverdue, PaymentRecorded, Sent,
};
pub use drafting::{
    DetailsChanged, Drafted, DueDateSet, LineAdded, LineChanged, LineRemoved, TaxSet,
};
pub use event::InvoiceEvent;
