//! What can be done to a document: one file per command.

mod add_line;
mod cancel;
mod change_details;
mod change_line;
mod credit;
mod draft;
mod issue;
mod issue_credit_note;
mod mark_overdue;
mod record_payment;
mod remove_line;
mod send;
mod set_due_date;
mod set_tax;

pub use add_line::AddLine;
pub use cancel::Cancel;
pub use change_details::ChangeDetails;
pub use change_line::ChangeLine;
pub use credit::Credit;
pub use draft::Draft;
pub use issue::Issue;
pub use issue_credit_note::IssueCreditNote;
pub use mark_overdue::MarkOverdue;
pub use record_payment::RecordPayment;
pub use remove_line::RemoveLine;
pub use send::Send;
pub use set_due_date::SetDueDate;
pub use set_tax::SetTax;
