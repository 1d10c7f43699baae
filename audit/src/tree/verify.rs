//! Does a proof prove what it is said to?

use thiserror::Error;

use super::build::TreeError;
use super::hash::{Hash, empty_root, node_hash};

/// A proof that proves nothing.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
pub enum VerifyError {
    /// There is no such leaf, or no such growth.
    #[error(transparent)]
    Impossible(#[from] TreeError),
    /// A hash too many or too few.
    #[error("the proof has {found} hashes, which do not fit the size of the tree")]
    Length {
        /// How many there are.
        found: usize,
    },
    /// It leads to another root.
    #[error("the proof leads to another root than that of the tree of {size} leaves")]
    OtherRoot {
        /// The size of the tree whose root it is not.
        size: u64,
    },
}

/// A tree of which only this much is known.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Head {
    /// How many leaves it has.
    pub size: u64,
    /// Its root.
    pub root: Hash,
}

/// The leaf is at `index` in the tree, by RFC 9162 §2.1.3.2.
///
/// # Errors
/// When the proof does not say so.
pub fn verify_inclusion(
    index: u64,
    leaf: &Hash,
    head: &Head,
    proof: &[Hash],
) -> Result<(), VerifyError> {
    let size = head.size;
    if index >= size {
        return Err(TreeError::NoLeaf { index, size }.into());
    }
    let length = VerifyError::Length { found: proof.len() };
    let (mut at, mut last, mut root) = (index, size - 1, *leaf);
    for sibling in proof {
        if last == 0 {
            return Err(length);
        }
        if at & 1 == 1 || at == last {
            root = node_hash(sibling, &root);
            while at & 1 == 0 && at != 0 {
                (at, last) = (at >> 1, last >> 1);
            }
        } else {
            root = node_hash(&root, sibling);
        }
        (at, last) = (at >> 1, last >> 1);
    }
    if last != 0 {
        return Err(length);
    }
    same(&root, head)
}

/// The newer tree begins with the older one, by RFC 9162 §2.1.4.2.
///
/// # Errors
/// When the proof does not say so.
pub fn verify_consistency(older: &Head, newer: &Head, proof: &[Hash]) -> Result<(), VerifyError> {
    let (from, to) = (older.size, newer.size);
    if from > to {
        return Err(TreeError::Shrinks { from, to }.into());
    }
    let length = VerifyError::Length { found: proof.len() };
    if from == to || from == 0 {
        if !proof.is_empty() {
            return Err(length);
        }
        let root = if from == 0 { empty_root() } else { newer.root };
        same(&root, older)?;
        return if to == 0 { same(&root, newer) } else { Ok(()) };
    }
    // A full older tree is itself the first node of the way.
    let (first, rest) = if from.is_power_of_two() {
        (&older.root, proof)
    } else {
        proof.split_first().ok_or(length)?
    };
    let (mut at, mut last) = (from - 1, to - 1);
    while at & 1 == 1 {
        (at, last) = (at >> 1, last >> 1);
    }
    let (mut old_root, mut new_root) = (*first, *first);
    for node in rest {
        if last == 0 {
            return Err(length);
        }
        if at & 1 == 1 || at == last {
            old_root = node_hash(node, &old_root);
            new_root = node_hash(node, &new_root);
            while at & 1 == 0 && at != 0 {
                (at, last) = (at >> 1, last >> 1);
            }
        } else {
            new_root = node_hash(&new_root, node);
        }
        (at, last) = (at >> 1, last >> 1);
    }
    if last != 0 {
        return Err(length);
    }
    same(&old_root, older)?;
    same(&new_root, newer)
}

fn same(root: &Hash, head: &Head) -> Result<(), VerifyError> {
    if *root == head.root {
        return Ok(());
    }
    Err(VerifyError::OtherRoot { size: head.size })
}
