//! What does each client owe?

mod project;
mod query;
#[cfg(test)]
mod tests;

pub use project::{BalanceRow, Balances, Share};
pub use query::{of_clients, of_tenant};
