//! What does a stranger need to check a history?
//!
//! A tenant's events are the leaves of an RFC 6962 Merkle tree, in the order of their positions: the
//! leaf with index `n` is the event at position `n + 1`. The tree is kept as C2SP tiles, its root is
//! signed as a C2SP checkpoint, and proofs say that an event is in it or that one tree grew out of
//! another. An archive holds a history with all of it in one file. This crate is only about that: it
//! reads no log, no clock, no network and no database, so that what signs, what serves and what verifies are the same few hundred lines, and an auditor can
//! read them.

pub mod archive;
pub mod checkpoint;
pub mod leaf;
pub mod note;
pub mod proof;
#[cfg(any(test, feature = "testing"))]
pub mod testing;
pub mod tile;
pub mod tree;

mod encoding;
