//! Who seals the log, with what, and where do the checkpoints go?
//!
//! `master_key` finds what keys are kept under, `open` gets the keys, `sealing` is the reader, `anchor`
//! takes checkpoints out of the database's reach.

mod anchor;
mod master_key;
mod open;
mod sealing;

pub(crate) use master_key::{master_key, master_key_as_it_is};
pub(crate) use open::{OpenSealing, open, refused, usable};
