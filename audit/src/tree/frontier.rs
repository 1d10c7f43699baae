//! What must be kept of a tree to go on growing it?

use thiserror::Error;

use super::hash::{Hash, empty_root, fold_peaks, node_hash};

/// A tree as its full subtrees from left to right: all that its root and its growth depend on. At
/// most 64 hashes, whatever its size.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Frontier {
    size: u64,
    /// One for each bit that is set in `size`, the highest first.
    peaks: Vec<Hash>,
}

/// Bytes that are no frontier.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum FrontierError {
    /// Not a size and whole hashes.
    #[error("a frontier is 8 bytes and some times 32, not {length} bytes")]
    Length {
        /// How many bytes there were.
        length: usize,
    },
    /// The hashes do not fit the size.
    #[error("the frontier of a tree of {size} leaves has {expected} hashes, not {found}")]
    Peaks {
        /// The size that was given.
        size: u64,
        /// How many hashes belong to it.
        expected: u32,
        /// How many there were.
        found: usize,
    },
}

impl Frontier {
    /// A tree of this size from its full subtrees, left to right.
    ///
    /// # Errors
    /// When there are not as many as a tree of this size has.
    pub fn try_new(size: u64, peaks: Vec<Hash>) -> Result<Self, FrontierError> {
        let expected = size.count_ones();
        if usize::try_from(expected).ok() == Some(peaks.len()) {
            return Ok(Self { size, peaks });
        }
        let found = peaks.len();
        Err(FrontierError::Peaks {
            size,
            expected,
            found,
        })
    }

    /// How many leaves there are.
    pub fn size(&self) -> u64 {
        self.size
    }

    /// The full subtrees from left to right; empty for a tree without leaves.
    pub fn peaks(&self) -> &[Hash] {
        &self.peaks
    }

    /// Adds a leaf at the right.
    pub fn append(&mut self, leaf: Hash) {
        let mut node = leaf;
        // Each full subtree of the same height at the right merges with it, as in a carry.
        for _ in 0..self.size.trailing_ones() {
            if let Some(left) = self.peaks.pop() {
                node = node_hash(&left, &node);
            }
        }
        self.peaks.push(node);
        self.size += 1;
    }

    /// The root of the tree.
    pub fn root(&self) -> Hash {
        fold_peaks(self.peaks.iter()).unwrap_or_else(empty_root)
    }

    /// The size as 8 bytes, the highest first, and the peaks from left to right.
    pub fn to_bytes(&self) -> Vec<u8> {
        let mut bytes = self.size.to_be_bytes().to_vec();
        bytes.extend(self.peaks.iter().flatten());
        bytes
    }

    /// What [`Frontier::to_bytes`] wrote.
    ///
    /// # Errors
    /// When they are not such bytes.
    pub fn from_bytes(bytes: &[u8]) -> Result<Self, FrontierError> {
        let length = bytes.len();
        let Some((size, peaks)) = bytes.split_first_chunk::<8>() else {
            return Err(FrontierError::Length { length });
        };
        let (peaks, []) = peaks.as_chunks::<32>() else {
            return Err(FrontierError::Length { length });
        };
        Self::try_new(u64::from_be_bytes(*size), peaks.to_vec())
    }
}

impl Extend<Hash> for Frontier {
    fn extend<I: IntoIterator<Item = Hash>>(&mut self, leaves: I) {
        for leaf in leaves {
            self.append(leaf);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn survives_being_kept() {
        let mut tree = Frontier::default();
        for leaf in 0..100_u8 {
            let kept = Frontier::from_bytes(&tree.to_bytes());
            assert_eq!(kept, Ok(tree.clone()));
            tree.append([leaf; 32]);
        }
    }

    #[test]
    fn refuses_bytes_that_are_no_frontier() {
        let length = Frontier::from_bytes(&[0; 9]);
        assert_eq!(length, Err(FrontierError::Length { length: 9 }));
        let peaks = Frontier::from_bytes(&[0; 40]);
        assert!(matches!(peaks, Err(FrontierError::Peaks { found: 1, .. })));
    }
}
