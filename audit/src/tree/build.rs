//! Which nodes of a tree make a proof?

use thiserror::Error;

use super::hash::{Hash, empty_root, fold_peaks};

/// A full subtree: `2^level` leaves from `index · 2^level` on.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Node {
    /// 0 is a leaf.
    pub level: u8,
    /// How many nodes of this level are to the left.
    pub index: u64,
}

/// A proof that cannot be.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
pub enum TreeError {
    /// There is no such leaf.
    #[error("there is no leaf {index} in a tree of {size} leaves")]
    NoLeaf {
        /// The leaf's index, from 0.
        index: u64,
        /// The size of the tree.
        size: u64,
    },
    /// The older tree is the larger one.
    #[error("a tree of {to} leaves did not grow out of one of {from}")]
    Shrinks {
        /// The size of the older tree.
        from: u64,
        /// The size of the newer tree.
        to: u64,
    },
}

/// The proof that the leaf at `index` is in the tree of `size` leaves, from the leaf's sibling up:
/// RFC 6962 §2.1.1. Nodes are read through `read`.
///
/// # Errors
/// When there is no such leaf, or a node cannot be read.
pub fn inclusion<E: From<TreeError>>(
    index: u64,
    size: u64,
    mut read: impl FnMut(Node) -> Result<Hash, E>,
) -> Result<Vec<Hash>, E> {
    if index >= size {
        return Err(TreeError::NoLeaf { index, size }.into());
    }
    let (mut low, mut high) = (0, size);
    let mut path = Vec::new();
    while high - low > 1 {
        let middle = low + split(high - low);
        if index < middle {
            path.push(root_of(middle, high, &mut read)?);
            high = middle;
        } else {
            path.push(root_of(low, middle, &mut read)?);
            low = middle;
        }
    }
    path.reverse();
    Ok(path)
}

/// The proof that the tree of `to` leaves begins with the one of `from`: RFC 6962 §2.1.2. Empty if
/// they are the same, or the older one is empty.
///
/// # Errors
/// When the older tree is the larger one, or a node cannot be read.
pub fn consistency<E: From<TreeError>>(
    from: u64,
    to: u64,
    mut read: impl FnMut(Node) -> Result<Hash, E>,
) -> Result<Vec<Hash>, E> {
    if from > to {
        return Err(TreeError::Shrinks { from, to }.into());
    }
    let mut path = Vec::new();
    if from == 0 {
        return Ok(path);
    }
    let (mut low, mut high) = (0, to);
    while high != from {
        let middle = low + split(high - low);
        if from <= middle {
            path.push(root_of(middle, high, &mut read)?);
            high = middle;
        } else {
            path.push(root_of(low, middle, &mut read)?);
            low = middle;
        }
    }
    // Whoever verifies knows the older root; a part of it must be given.
    if low > 0 {
        path.push(root_of(low, high, &mut read)?);
    }
    path.reverse();
    Ok(path)
}

/// The root of the tree of the first `size` leaves.
///
/// # Errors
/// When a node cannot be read.
pub fn root_at<E>(size: u64, mut read: impl FnMut(Node) -> Result<Hash, E>) -> Result<Hash, E> {
    if size == 0 {
        return Ok(empty_root());
    }
    root_of(0, size, &mut read)
}

/// The nodes that [`inclusion`] reads, for who must fetch them beforehand.
///
/// # Errors
/// When there is no such leaf.
pub fn inclusion_nodes(index: u64, size: u64) -> Result<Vec<Node>, TreeError> {
    let mut nodes = Vec::new();
    inclusion::<TreeError>(index, size, |node| noted(&mut nodes, node))?;
    Ok(nodes)
}

/// The nodes that [`consistency`] reads, for who must fetch them beforehand.
///
/// # Errors
/// When the older tree is the larger one.
pub fn consistency_nodes(from: u64, to: u64) -> Result<Vec<Node>, TreeError> {
    let mut nodes = Vec::new();
    consistency::<TreeError>(from, to, |node| noted(&mut nodes, node))?;
    Ok(nodes)
}

fn noted(nodes: &mut Vec<Node>, node: Node) -> Result<Hash, TreeError> {
    nodes.push(node);
    Ok(Hash::default())
}

/// The largest power of two below `count`, which is at least 2.
fn split(count: u64) -> u64 {
    1 << (count - 1).ilog2()
}

/// The root over the leaves `low..high`, where `low` is a multiple of a power of two that is not
/// below `high - low`, as wherever a tree was split.
fn root_of<E>(
    low: u64,
    high: u64,
    read: &mut impl FnMut(Node) -> Result<Hash, E>,
) -> Result<Hash, E> {
    let mut peaks = Vec::new();
    let mut at = low;
    for level in (0..64_u8).rev() {
        if (high - low) >> level & 1 == 1 {
            let index = at >> level;
            peaks.push(read(Node { level, index })?);
            at += 1 << level;
        }
    }
    Ok(fold_peaks(peaks.iter()).unwrap_or_else(empty_root))
}
