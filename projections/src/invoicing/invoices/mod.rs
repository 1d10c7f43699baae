//! Which documents are there, and where does each stand?

mod project;
mod query;
#[cfg(test)]
mod tests;

pub use project::{InvoiceRow, Invoices};
pub use query::{Filter, OrderBy, by_ids, count, find, list, matching};
