//! Where is a user signed in?

mod project;
mod query;
#[cfg(test)]
mod tests;

pub use project::{SessionRow, Sessions};
pub use query::{find, live_of_user};
