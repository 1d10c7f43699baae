//! Who is held, who was exported, who was erased?

mod project;
mod query;
#[cfg(test)]
mod tests;

pub use project::{DataSubjectRow, DataSubjects, Status};
pub use query::{ErasedRow, Filter, by_ids, erased_everywhere};
