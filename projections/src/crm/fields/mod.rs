//! Which custom fields has the tenant declared for its clients?

mod project;
mod query;
#[cfg(test)]
mod tests;

pub use project::{FieldRow, Fields};
pub use query::list;
