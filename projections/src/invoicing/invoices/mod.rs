//! Which documents are there, and where does each stand?

mod project;
mod query;
#[cfg(test)]
mod tests;

pub use project::{InvoiceRow, Invoices};
pub(crate) use query::made_out_to;
pub use query::{Filter, OrderBy, by_ids, find};
