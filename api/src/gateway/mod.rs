//! What the transports need to know about Daybook, and nothing more.
//!
//! The transports speak GraphQL over HTTP, WebSocket and server-sent events for any schema. Who
//! the caller is, what belongs to a request, what a tenant may spend and which subscriptions can
//! share one execution is asked through [`Gateway`].

mod asked;
mod contract;
mod request_id;

pub use asked::{Asked, Attached, Budget, Consistency, Credentials, Sharing, Throttled, Transport};
pub use contract::Gateway;
pub use request_id::RequestId;
