//! How do requests come in?
//!
//! `bind` takes the addresses before anything slow begins. `accept` and `connection` are the
//! server: our own loop, because the library's sets no time limits. Every request passes through
//! `envelope` (its id, span, log line and numbers; panics end here), `cors` and `headers`;
//! `forwarded` finds the client behind our proxies.
//! `routes` is the table of contents.

mod accept;
mod bind;
mod connection;
mod cors;
mod envelope;
mod forwarded;
mod headers;
mod health;
mod problem;
mod routes;

pub use accept::Server;
pub use bind::{Bound, bind};
pub(crate) use health::Observed;
pub use problem::problem;
pub(crate) use routes::{Mounted, routes};
