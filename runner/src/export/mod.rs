//! How does an archive of a tenant's history come out of the database?
//!
//! `order` says what is asked for, `seal` waits until it is sealed, `build` writes it page by page
//! into a draft that goes on after an interruption, and `finish` packs and verifies it before it gets
//! its name. `ledger` writes into the history itself that somebody took it.

mod build;
mod error;
mod finish;
mod ledger;
mod order;
mod seal;

pub(crate) use build::build;
pub(crate) use error::ExportError;
pub(crate) use ledger::Ledger;
pub(crate) use order::{Built, Order, Progress, draft_of};
