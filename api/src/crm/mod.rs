//! Clients and their custom fields, as GraphQL shows them.

mod client;
mod error;
mod field;
mod filter;
mod live;
mod mutations;
mod node;
mod note;
mod query;
mod sight;

pub use client::{BillingDetails, Client, ClientStatus};
pub use error::{CrmErrorCode, CrmUserError};
pub use field::{CustomField, CustomFieldKind};
pub use filter::{ClientFilter, ClientOrder, ClientOrderField};
pub use live::{ClientChange, CrmSubscription};
pub use mutations::CrmMutation;
pub use node::clients_by_ids;
pub use note::ClientNote;
pub use query::CrmQuery;
pub(crate) use sight::{Sight, clients_seen, invoices_seen};
