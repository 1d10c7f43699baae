//! Read models: events to rows, rows to queries.
//!
//! [`engine`] turns events into rows, exactly once. Every context has a folder with its read
//! models: a row struct, how it follows from events (`project`), and the queries on it (`query`).
//! [`all`] is the one list of projections.
#![deny(clippy::wildcard_enum_match_arm)]

pub mod audit;
pub mod crm;
pub mod engine;
pub mod identity;
pub mod invoicing;
pub mod list;
pub mod past;
pub mod privacy;
pub mod tenancy;

#[cfg(test)]
mod chance;
mod registry;
#[cfg(test)]
mod testing;
mod text;

pub use registry::{all, find};
