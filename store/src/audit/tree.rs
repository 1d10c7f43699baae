//! How does a tenant's tree grow, and how is it certain that it only grew?

use daybook_audit::checkpoint::{Checkpoint, CheckpointError};
use daybook_audit::note::{Note, Signer};
use daybook_audit::tile::{Edge, Filled, TileSet};
use daybook_audit::tree::{Hash, Head, consistency, verify_consistency};
use uuid::Uuid;

/// A tenant's tree as it was signed last, with what it takes to grow it.
#[derive(Debug)]
pub(super) struct Tree {
    /// Names the log in checkpoints.
    pub(super) origin: String,
    /// As it was signed last; of size 0 when it never was.
    pub(super) signed: Head,
    edge: Edge,
    /// The edge's tiles, to prove from.
    partial: Vec<Filled>,
    signers: (Vec<Uuid>, Vec<Signer>),
}

/// What growing a tree led to.
#[derive(Debug)]
pub(super) struct Grown {
    pub(super) head: Head,
    /// Tiles that are new or wider.
    pub(super) filled: Vec<Filled>,
}

impl Tree {
    /// A tree as it is stored: its edge, the edge's tiles, and what was signed.
    pub(super) fn new(origin: String, signed: Head, (edge, partial): (Edge, Vec<Filled>)) -> Self {
        Self {
            origin,
            signed,
            edge,
            partial,
            signers: (Vec::new(), Vec::new()),
        }
    }

    /// Adds leaves, and proves that the tree begins with the one that was signed last. The tree is
    /// of no use after an error.
    ///
    /// # Errors
    /// When it does not, in words.
    pub(super) fn grow(&mut self, leaves: Vec<Hash>) -> Result<Grown, String> {
        let filled = self.edge.extend(leaves);
        let root = self.edge.root().map_err(|error| error.to_string())?;
        let head = Head {
            size: self.edge.size(),
            root,
        };
        let mut tiles = TileSet::default();
        for tile in self.partial.iter().chain(&filled) {
            let inserted = tiles.insert(tile.tile, &tile.hashes);
            inserted.map_err(|error| error.to_string())?;
        }
        let proof = consistency(self.signed.size, head.size, |node| tiles.node(node));
        let proof = proof.map_err(|error| error.to_string())?;
        verify_consistency(&self.signed, &head, &proof).map_err(|error| error.to_string())?;
        let place = |tile: &Filled| (tile.tile.level(), tile.tile.index());
        let outgrown = |old: &Filled| filled.iter().any(|new| place(new) == place(old));
        self.partial.retain(|old| !outgrown(old));
        let partial = filled.iter().filter(|tile| tile.tile.is_partial());
        self.partial.extend(partial.cloned());
        Ok(Grown { head, filled })
    }

    /// Signs what the tree grew to, and takes it for signed from here on.
    ///
    /// # Errors
    /// When the origin cannot be that of a checkpoint.
    pub(super) fn sign(&mut self, head: Head) -> Result<Note, CheckpointError> {
        let signers: Vec<&Signer> = self.signers.1.iter().collect();
        let note = Checkpoint::new(self.origin.clone(), head).sign(&signers)?;
        self.signed = head;
        Ok(note)
    }

    /// Whether the signers it has are of these keys.
    pub(super) fn signs_with(&self, keys: &[Uuid]) -> bool {
        self.signers.0 == keys
    }

    pub(super) fn sign_with(&mut self, keys: Vec<Uuid>, signers: Vec<Signer>) {
        self.signers = (keys, signers);
    }
}
