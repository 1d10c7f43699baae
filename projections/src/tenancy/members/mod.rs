//! Who acts in the tenant, who was asked to, and who did?

mod project;
mod query;
#[cfg(test)]
mod tests;

pub use project::{MemberRow, Members, Status};
pub use query::{Filter, OrderBy, by_ids, by_user, find};
