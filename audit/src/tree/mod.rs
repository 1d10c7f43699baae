//! The Merkle tree of RFC 6962 over leaf hashes: its root, how it grows, and the proofs about it.
//!
//! A tree of `size` leaves splits at the largest power of two below `size`; nodes of full subtrees
//! never change once they are there, so a tree can be kept as its full nodes ([`Node`]) and grown
//! from the few at its right edge ([`Frontier`]). Proofs are made from full nodes alone, whoever
//! keeps them, and verified by the algorithms of RFC 9162.

mod build;
mod frontier;
mod hash;
mod verify;

pub use build::{
    Node, TreeError, consistency, consistency_nodes, inclusion, inclusion_nodes, root_at,
};
pub use frontier::{Frontier, FrontierError};
pub(crate) use hash::fold_full;
pub use hash::{Hash, empty_root, leaf_hash, node_hash};
pub use verify::{Head, VerifyError, verify_consistency, verify_inclusion};
