//! What is still to be paid, and how long has it been due?

mod project;
mod query;
#[cfg(test)]
mod tests;

pub use project::{ReceivableRow, Receivables, Share};
pub use query::{Age, Aged, Bucket, by_age};
