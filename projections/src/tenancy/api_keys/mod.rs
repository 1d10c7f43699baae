//! With which keys may programs act in the tenant?

mod project;
mod query;
#[cfg(test)]
mod tests;

pub use project::{ApiKeyRow, ApiKeys};
pub use query::{Filter, by_ids, find, of_creator};
