//! What are secrets sealed with, and who may open them?
//!
//! `cipher` seals a few bytes under a key, `master` keeps other keys under one that is never in the
//! database, and `random` is where keys and nonces come from.

mod cipher;
mod master;
mod random;

pub(crate) use cipher::{Cipher, NONCE, TAG};
pub use master::{MasterId, MasterKey, VaultError};
pub use random::random;

/// The length of a key, in bytes.
pub const KEY: usize = 32;
