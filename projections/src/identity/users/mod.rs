//! Who has an account?

mod project;
mod query;
#[cfg(test)]
pub(in crate::identity) mod testing;
#[cfg(test)]
mod tests;

pub use project::{UserRow, Users};
pub use query::{by_ids, find};
