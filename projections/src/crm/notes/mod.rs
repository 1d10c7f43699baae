//! What was noted about a client?

mod project;
mod query;
#[cfg(test)]
mod tests;

pub use project::{NoteRow, Notes};
