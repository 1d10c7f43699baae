//! What is a running Daybook made of, and in which order does it start and stop?
//!
//! The composition root: everything that runs is started here, named here and joined here.

mod address;
mod api;
mod data;
mod duty;
mod running;
mod tasks;

pub use api::{Api, ApiParts};
pub use data::{DataLock, lock_data};
pub use duty::Duty;
pub(crate) use running::must_be_current;
pub use running::{App, Start};
pub(crate) use tasks::process_id;
