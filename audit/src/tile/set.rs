//! How is a node read from tiles?

use std::collections::{BTreeMap, BTreeSet};

use thiserror::Error;

use super::coordinates::{HEIGHT, Tile, WIDTH, span_of};
use super::edge::{EdgeError, hashes_of};
use crate::tree::{Hash, Node, TreeError, fold_full};

/// Tiles at hand, to read nodes from.
#[derive(Debug, Clone, Default)]
pub struct TileSet {
    /// By level and index.
    tiles: BTreeMap<(u8, u64), Vec<Hash>>,
}

/// A node that cannot be read.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum TileError {
    /// There is no such proof.
    #[error(transparent)]
    Tree(#[from] TreeError),
    /// A tile has not the size that it should.
    #[error(transparent)]
    Length(#[from] EdgeError),
    /// The tile is missing, or too narrow.
    #[error("no tile at hand holds the node {index} of level {level}")]
    Missing {
        /// The node's level; 0 is a leaf.
        level: u8,
        /// Its index in the level.
        index: u64,
    },
}

impl TileSet {
    /// Adds a tile's contents, instead of a narrower one of the same place.
    ///
    /// # Errors
    /// When they are not as long as the tile is wide.
    pub fn insert(&mut self, tile: Tile, bytes: &[u8]) -> Result<(), TileError> {
        let hashes = hashes_of(tile, bytes)?;
        let kept = self.tiles.entry((tile.level(), tile.index())).or_default();
        if kept.len() < hashes.len() {
            *kept = hashes;
        }
        Ok(())
    }

    /// The hash of a node.
    ///
    /// # Errors
    /// When no tile holds it.
    pub fn node(&self, node: Node) -> Result<Hash, TileError> {
        self.find(node).ok_or(TileError::Missing {
            level: node.level,
            index: node.index,
        })
    }

    fn find(&self, node: Node) -> Option<Hash> {
        let (start, count) = span_of(node)?;
        let place = (node.level / HEIGHT, start / u64::from(WIDTH));
        let from = usize::try_from(start % u64::from(WIDTH)).ok()?;
        let to = from + usize::try_from(count).ok()?;
        let hashes = self.tiles.get(&place)?.get(from..to)?;
        fold_full(hashes.to_vec())
    }
}

/// The tiles that these nodes are read from in a tree of `size` leaves, each once.
///
/// # Errors
/// When the tree has no such node.
pub fn tiles_of(nodes: &[Node], size: u64) -> Result<BTreeSet<Tile>, TileError> {
    let tiles = nodes.iter().map(|node| {
        Tile::holding(*node, size).ok_or(TileError::Missing {
            level: node.level,
            index: node.index,
        })
    });
    tiles.collect()
}
