//! Who agreed to what?

mod project;
mod query;
#[cfg(test)]
mod tests;

pub use project::{ConsentRow, Consents};
pub use query::{Filter, by_ids};
