//! How GraphQL is spoken over HTTP.
//!
//! The library's own handler answers 200 to everything, runs mutations by GET and parses any
//! body: this one keeps the 2026 draft of GraphQL over HTTP, and `graphql-http` audits it.

mod body;
mod media;
mod reply;
mod routes;
mod serve;

pub use routes::routes;

pub(crate) use body::read as read_body;
pub(crate) use media::{Media, accepts_events, require_json};
pub(crate) use reply::{Exchange, budget_headers};
pub(crate) use serve::{check, min_position, peer, read_params, who};
