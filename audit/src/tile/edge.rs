//! How do tiles grow with the tree?

use thiserror::Error;

use super::coordinates::{Tile, WIDTH, hashes_at};
use crate::tree::{Frontier, FrontierError, Hash, fold_full};

/// Levels of tiles that 2^64 leaves have.
const LEVELS: u8 = 8;

/// A tile with its hashes, one after the other.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Filled {
    /// Where it belongs.
    pub tile: Tile,
    /// Its contents, 32 bytes for each hash.
    pub hashes: Vec<u8>,
}

/// The right edge of a tree in tiles: its partial tiles, which are all that it takes to grow it.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Edge {
    size: u64,
    /// The hashes of each level's partial tile, from the lowest; empty where there is none.
    levels: Vec<Vec<Hash>>,
}

/// Tiles that are not the edge of a tree.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum EdgeError {
    /// A partial tile has not the size that it should.
    #[error("{tile} has {found} bytes instead of {expected}")]
    Length {
        /// Which one.
        tile: Tile,
        /// How many bytes it should have.
        expected: usize,
        /// How many it has.
        found: usize,
    },
}

impl Edge {
    /// The edge of a tree of `size` leaves, its partial tiles read through `read`.
    ///
    /// # Errors
    /// When a tile cannot be read, or has not the size that it should.
    pub fn read<E: From<EdgeError>>(
        size: u64,
        mut read: impl FnMut(Tile) -> Result<Vec<u8>, E>,
    ) -> Result<Self, E> {
        let mut levels = Vec::new();
        for level in levels_of(size) {
            let hashes = match partial_at(level, size) {
                Some(tile) => hashes_of(tile, &read(tile)?)?,
                None => Vec::new(),
            };
            levels.push(hashes);
        }
        Ok(Self { size, levels })
    }

    /// The partial tiles of a tree of `size` leaves, which [`Edge::read`] reads.
    pub fn tiles(size: u64) -> Vec<Tile> {
        let partial = levels_of(size).filter_map(|level| partial_at(level, size));
        partial.collect()
    }

    /// How many leaves the tree has.
    pub fn size(&self) -> u64 {
        self.size
    }

    /// Adds leaves at the right; the tiles that this filled or widened, each once, as they are
    /// afterwards.
    pub fn extend(&mut self, leaves: impl IntoIterator<Item = Hash>) -> Vec<Filled> {
        let before = self.size;
        let mut filled = Vec::new();
        for leaf in leaves {
            self.append(leaf, &mut filled);
        }
        let size = self.size;
        for (level, hashes) in (0_u8..).zip(&self.levels) {
            let grown = hashes_at(level, size) > hashes_at(level, before);
            if let Some(tile) = partial_at(level, size).filter(|_| grown) {
                filled.push(filled_with(tile, hashes));
            }
        }
        filled
    }

    fn append(&mut self, leaf: Hash, filled: &mut Vec<Filled>) {
        self.size += 1;
        let mut hash = leaf;
        for level in 0..LEVELS {
            let at = usize::from(level);
            if self.levels.len() == at {
                self.levels.push(Vec::with_capacity(usize::from(WIDTH)));
            }
            let Some(hashes) = self.levels.get_mut(at) else {
                return;
            };
            hashes.push(hash);
            if hashes.len() < usize::from(WIDTH) {
                return;
            }
            let full = std::mem::take(hashes);
            let index = hashes_at(level, self.size) / u64::from(WIDTH) - 1;
            if let Some(tile) = Tile::try_new(level, index, WIDTH) {
                filled.push(filled_with(tile, &full));
            }
            // A full tile's root is the next hash of the level above.
            let Some(root) = fold_full(full) else { return };
            hash = root;
        }
    }

    /// The tree without its tiles.
    ///
    /// # Errors
    /// Never for an edge that [`Edge::read`] or [`Edge::extend`] made.
    pub fn frontier(&self) -> Result<Frontier, FrontierError> {
        let mut peaks = Vec::new();
        for hashes in self.levels.iter().rev() {
            let mut rest = hashes.as_slice();
            while !rest.is_empty() {
                let (full, after) = rest.split_at(1 << rest.len().ilog2());
                peaks.extend(fold_full(full.to_vec()));
                rest = after;
            }
        }
        Frontier::try_new(self.size, peaks)
    }

    /// The root of the tree.
    ///
    /// # Errors
    /// Never for an edge that [`Edge::read`] or [`Edge::extend`] made.
    pub fn root(&self) -> Result<Hash, FrontierError> {
        self.frontier().map(|frontier| frontier.root())
    }
}

/// The levels that have tiles in a tree of `size` leaves.
fn levels_of(size: u64) -> impl Iterator<Item = u8> {
    (0..LEVELS).take_while(move |level| hashes_at(*level, size) > 0)
}

/// The partial tile of a level, if it has one.
fn partial_at(level: u8, size: u64) -> Option<Tile> {
    let index = hashes_at(level, size) / u64::from(WIDTH);
    Tile::in_tree(level, index, size)
}

fn filled_with(tile: Tile, hashes: &[Hash]) -> Filled {
    let hashes = hashes.as_flattened().to_vec();
    Filled { tile, hashes }
}

/// The hashes of a tile's contents.
pub(super) fn hashes_of(tile: Tile, bytes: &[u8]) -> Result<Vec<Hash>, EdgeError> {
    match bytes.as_chunks::<32>() {
        (hashes, []) if bytes.len() == tile.bytes() => Ok(hashes.to_vec()),
        _ => Err(EdgeError::Length {
            tile,
            expected: tile.bytes(),
            found: bytes.len(),
        }),
    }
}
