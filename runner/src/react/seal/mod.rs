//! Who seals the log, with what, and where do the checkpoints go?
//!
//! `master_key` finds what keys are kept under, `open` gets the keys, `sealing` is the reader, `anchor`
//! takes checkpoints out of the database's reach, `rotation` tells histories of new keys.

mod anchor;
mod master_key;
mod open;
mod rotation;
mod sealing;

pub(crate) use master_key::{master_key, master_key_as_it_is};
pub(crate) use open::{OpenSealing, open, refused, usable};
pub(crate) use rotation::note_rotations;
