//! Invoices, credit notes, adjustments and payments, and the figures that follow from them, as
//! GraphQL shows them.

mod balance;
mod error;
mod facts;
mod filter;
mod invoice;
mod kinds;
mod line;
mod live;
mod loading;
mod mutations;
mod node;
mod payment;
mod query;
mod receivables;
mod revenue;

pub use balance::Balance;
pub(crate) use balance::balances_of;
pub use error::{InvoicingErrorCode, InvoicingUserError};
pub use filter::{InvoiceFilter, InvoiceOrder, InvoiceOrderField};
pub use invoice::Invoice;
pub use kinds::{InvoiceKind, InvoiceStatus, PaymentMethod};
pub use line::InvoiceLine;
pub use live::{InvoiceChange, InvoicingSubscription};
pub use mutations::InvoicingMutation;
pub use node::invoices_by_ids;
pub use payment::Payment;
pub use query::InvoicingQuery;
pub(crate) use query::invoices_of;
pub use receivables::{ReceivableAge, Receivables, ReceivablesBucket};
pub use revenue::{Revenue, RevenueFilter, RevenueGrouping};
