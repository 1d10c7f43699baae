//! How are leaves and nodes hashed?

use sha2::{Digest, Sha256};

/// A SHA-256 digest: of a leaf, a node or a tree.
pub type Hash = [u8; 32];

/// The hash of a leaf's bytes: SHA-256(0x00 ‖ leaf).
pub fn leaf_hash(leaf: &[u8]) -> Hash {
    let mut hash = Sha256::new();
    hash.update([0]);
    hash.update(leaf);
    hash.finalize().into()
}

/// The hash of a node with two children: SHA-256(0x01 ‖ left ‖ right).
pub fn node_hash(left: &Hash, right: &Hash) -> Hash {
    // In one piece: two blocks of SHA-256, and this is called for every event.
    let mut hash = Sha256::new();
    hash.update([1]);
    hash.update(left);
    hash.update(right);
    hash.finalize().into()
}

/// The root of a tree without leaves: the SHA-256 of nothing.
pub fn empty_root() -> Hash {
    Sha256::digest([]).into()
}

/// The root of a full subtree over its nodes of one level; their number is a power of two.
pub(crate) fn fold_full(mut nodes: Vec<Hash>) -> Option<Hash> {
    while nodes.len() > 1 {
        let pairs = nodes.chunks_exact(2);
        let above = pairs.map(|pair| match pair {
            [left, right] => Some(node_hash(left, right)),
            _ => None,
        });
        nodes = above.collect::<Option<_>>()?;
    }
    nodes.pop()
}

/// The root over a tree's full subtrees from left to right; `None` if there are none.
pub(crate) fn fold_peaks<'h>(peaks: impl DoubleEndedIterator<Item = &'h Hash>) -> Option<Hash> {
    let mut from_the_right = peaks.rev();
    let last = *from_the_right.next()?;
    Some(from_the_right.fold(last, |right, left| node_hash(left, &right)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn hashes_as_rfc_6962_says() {
        let empty = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855";
        assert_eq!(hex::encode(empty_root()), empty);
        let leaf = "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d";
        assert_eq!(hex::encode(leaf_hash(b"")), leaf);
        // The first node of the reference trees of certificate transparency.
        let node = "fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125";
        let leaves = [leaf_hash(b""), leaf_hash(&[0])];
        assert_eq!(hex::encode(node_hash(&leaves[0], &leaves[1])), node);
    }
}
