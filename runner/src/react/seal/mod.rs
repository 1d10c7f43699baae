//! Who seals the log, with what, and where do the checkpoints go?
//!
//! `open` gets the keys, `sealing` is the reader, `anchor` takes checkpoints out of the database's
//! reach.

mod anchor;
mod master_key;
mod open;
mod sealing;

pub(crate) use master_key::{Made, master_key};
pub(crate) use open::{OpenSealing, open, refused};
