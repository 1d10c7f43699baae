//! Which payments came in?

mod project;
mod query;
#[cfg(test)]
mod tests;

pub use project::{PaymentRow, Payments};
pub use query::{Filter, of_invoices};
