//! What was earned, when, where and in which currency?

mod project;
mod query;
#[cfg(test)]
mod tests;

pub use project::{Revenue, RevenueRow, Share};
pub use query::{Figures, Grouping, Range, figures};
