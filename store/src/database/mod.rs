//! Where the database is, who we are in it, and whether its schema is ours.

mod catalogue;
mod connect;
mod create;
mod inspection;
mod migrate;
mod restore;
mod roles;
mod scrub;

pub use connect::{Database, DatabaseError};
pub use inspection::{LogInspection, ServerInspection};
pub use migrate::{Migration, SCHEMA_VERSION_TABLE};
pub(crate) use roles::Role;
pub use scrub::{Extent, Scrubbed};
