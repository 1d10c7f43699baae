//! Which clients does the tenant have, and what does it know about each?

mod project;
mod query;
#[cfg(test)]
mod tests;

pub use project::{ClientRow, Clients};
pub use query::{Filter, OrderBy, by_external_ids, by_ids, find};
