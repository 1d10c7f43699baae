//! Which exports were asked for, and what became of them?

mod project;
mod query;
#[cfg(test)]
mod tests;

pub use project::{ExportRow, ExportState, Exports};
pub use query::{Filter, by_ids};
