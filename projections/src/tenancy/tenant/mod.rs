//! What is the tenant, how does it look, and how does it do business?

mod project;
mod query;
#[cfg(test)]
mod tests;

pub use project::{Status, TenantRow, Tenants};
pub use query::current;
