//! Which lines does a document have?

mod project;
mod query;
#[cfg(test)]
mod tests;

pub use project::{LineRow, Lines};
pub use query::of_invoices;
