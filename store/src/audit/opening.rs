//! May what the database has of a tenant's tree be trusted to go on from?
//!
//! Only if the last checkpoint is signed by a key of ours, the tiles at the tree's right edge have
//! its root, and it continues the checkpoint that was kept outside of the database.

use std::collections::HashMap;

use daybook_audit::checkpoint::Checkpoint;
use daybook_audit::note::Note;
use daybook_audit::tile::{Edge, Filled, Tile, TileError, TileSet, tiles_of};
use daybook_audit::tree::{Head, consistency, consistency_nodes, empty_root, verify_consistency};
use daybook_domain::kernel::TenantId;
use sqlx::PgConnection;

use super::examine::{Flaw, Place};
use super::keys::{KnownKey, named};
use super::outside::Outside;
use super::rows::{self, Stored};
use super::tree::Tree;
use crate::error::StoreError;

/// What trees are held against.
#[derive(Debug, Clone, Copy)]
pub(super) struct Opening<'s> {
    /// Keys that ever signed.
    pub(super) known: &'s [KnownKey],
    pub(super) outside: &'s Outside,
    /// What the origins of new logs begin with.
    pub(super) host: &'s str,
}

/// A tree that may be grown.
#[derive(Debug)]
pub(super) struct Opened {
    pub(super) tree: Tree,
    /// The last checkpoint, where the copy outside is missing or older.
    pub(super) behind: Option<String>,
}

type Tiles = HashMap<(TenantId, Tile), Vec<u8>>;

impl Opening<'_> {
    /// Opens trees; what does not fit where one may not be grown.
    pub(super) async fn open(
        &self,
        connection: &mut PgConnection,
        tenants: &[TenantId],
        last: &HashMap<TenantId, Stored>,
    ) -> Result<Vec<(TenantId, Result<Opened, Flaw>)>, StoreError> {
        let wanted: Vec<(TenantId, Tile)> = tenants
            .iter()
            .filter_map(|tenant| Some((*tenant, last.get(tenant)?.size)))
            .flat_map(|(tenant, size)| Edge::tiles(size).into_iter().map(move |it| (tenant, it)))
            .collect();
        let tiles = rows::tiles(connection, &wanted).await?;
        let unsigned: Vec<TenantId> = tenants
            .iter()
            .filter(|tenant| !last.contains_key(tenant))
            .copied()
            .collect();
        let strays = rows::have_tiles(connection, &unsigned).await?;
        let mut opened = Vec::with_capacity(tenants.len());
        for tenant in tenants {
            let tree = match last.get(tenant) {
                None if strays.contains(tenant) => Err(Flaw::in_tree(
                    "there is a tree, and no checkpoint of it: they were deleted".to_owned(),
                )),
                None => self.new_tree(*tenant),
                Some(stored) => match self.stored_tree(*tenant, stored, &tiles) {
                    Ok(tree) => self.continues(connection, *tenant, (tree, stored)).await?,
                    Err(reason) => Err(Flaw::in_tree(reason)),
                },
            };
            opened.push((*tenant, tree));
        }
        Ok(opened)
    }

    fn new_tree(&self, tenant: TenantId) -> Result<Opened, Flaw> {
        let outside = self.outside.last(tenant);
        let outside = outside.map_err(|error| Flaw::in_tree(unreadable(error)))?;
        if outside.is_some() {
            return Err(Flaw {
                place: Place::Tail(1),
                reason: "the database has no checkpoint, and one was kept outside of it: the \
                         database was restored from an older backup, or checkpoints were deleted"
                    .to_owned(),
            });
        }
        let nothing = Head {
            size: 0,
            root: empty_root(),
        };
        let origin = format!("{}/audit/{tenant}", self.host);
        Ok(Opened {
            tree: Tree::new(origin, nothing, (Edge::default(), Vec::new())),
            behind: None,
        })
    }

    fn stored_tree(
        &self,
        tenant: TenantId,
        stored: &Stored,
        tiles: &Tiles,
    ) -> Result<Tree, String> {
        let what = |error: &dyn std::fmt::Display| {
            format!("the database's last checkpoint cannot be believed: {error}")
        };
        let note: Note = stored.note.parse().map_err(|error| what(&error))?;
        let origin = note.unverified_text().lines().next().unwrap_or_default();
        if !origin.ends_with(&format!("/audit/{tenant}")) {
            return Err(what(&format!("it is of {origin}")));
        }
        let head = self.believed(&note, origin).map_err(|error| what(&error))?;
        if head.size != stored.size || head.root.as_slice() != stored.root {
            return Err(what(&"its columns are not what was signed"));
        }
        let mut partial = Vec::new();
        let edge = Edge::read(head.size, |tile| {
            let found = tiles.get(&(tenant, tile)).cloned();
            let hashes = found.ok_or_else(|| missing(tile))?;
            let kept = hashes.clone();
            partial.push(Filled { tile, hashes: kept });
            Ok::<_, TileError>(hashes)
        });
        let edge = edge.map_err(|error| format!("the stored tree is damaged: {error}"))?;
        if edge.root() != Ok(head.root) {
            return Err("the stored tree has not the root that was signed".to_owned());
        }
        Ok(Tree::new(origin.to_owned(), head, (edge, partial)))
    }

    /// Whether a stored tree continues what was kept outside.
    async fn continues(
        &self,
        connection: &mut PgConnection,
        tenant: TenantId,
        (tree, stored): (Tree, &Stored),
    ) -> Result<Result<Opened, Flaw>, StoreError> {
        let outside = match self.outside_head(tenant, &tree.origin) {
            Ok(outside) => outside,
            Err(reason) => return Ok(Err(Flaw::in_tree(reason))),
        };
        let behind = outside != Some(tree.signed);
        if let Some(older) = outside.filter(|_| behind) {
            let newer = tree.signed;
            if older.size > newer.size {
                let reason = format!(
                    "{} events were signed, by the checkpoint outside of the database, and the \
                     database has {} signed: it was restored from an older backup, or cut",
                    older.size, newer.size
                );
                let place = Place::Tail(newer.size + 1);
                return Ok(Err(Flaw { place, reason }));
            }
            let proved = prove(connection, tenant, (older, newer)).await?;
            if let Err(reason) = proved {
                return Ok(Err(Flaw::in_tree(format!(
                    "the database's tree does not continue the one of {} events that was signed, \
                     by the checkpoint outside of the database: {reason}",
                    older.size
                ))));
            }
        }
        Ok(Ok(Opened {
            tree,
            behind: behind.then(|| stored.note.clone()),
        }))
    }

    fn outside_head(&self, tenant: TenantId, origin: &str) -> Result<Option<Head>, String> {
        let Some(text) = self.outside.last(tenant).map_err(unreadable)? else {
            return Ok(None);
        };
        let believed = text
            .parse()
            .map_err(|error| format!("{error}"))
            .and_then(|note| self.believed(&note, origin));
        let what =
            |error| format!("the checkpoint outside of the database cannot be believed: {error}");
        believed.map(Some).map_err(what)
    }

    /// The tree that a note speaks of, if a key of ours signed it for this log.
    fn believed(&self, note: &Note, origin: &str) -> Result<Head, String> {
        let keys = named(self.known, origin).map_err(|error| error.to_string())?;
        let checkpoint = Checkpoint::verified(note, &keys).and_then(|it| it.of(origin));
        let checkpoint = checkpoint.map_err(|error| error.to_string())?;
        Ok(checkpoint.head())
    }
}

/// Proves from the stored tiles that one tree continues another.
async fn prove(
    connection: &mut PgConnection,
    tenant: TenantId,
    (older, newer): (Head, Head),
) -> Result<Result<(), String>, StoreError> {
    let nodes = consistency_nodes(older.size, newer.size).map_err(TileError::from);
    let places = match nodes.and_then(|nodes| tiles_of(&nodes, newer.size)) {
        Ok(places) => places,
        Err(error) => return Ok(Err(error.to_string())),
    };
    let wanted: Vec<(TenantId, Tile)> = places.into_iter().map(|it| (tenant, it)).collect();
    let tiles = rows::tiles(connection, &wanted).await?;
    let proved = || {
        let mut set = TileSet::default();
        for ((_, tile), hashes) in &tiles {
            set.insert(*tile, hashes)?;
        }
        consistency(older.size, newer.size, |node| set.node(node))
    };
    let proof = proved().map_err(|error: TileError| error.to_string());
    Ok(proof.and_then(|proof| {
        verify_consistency(&older, &newer, &proof).map_err(|error| error.to_string())
    }))
}

fn missing(tile: Tile) -> TileError {
    TileError::Missing {
        level: tile.level().saturating_mul(8),
        index: tile.index().saturating_mul(256),
    }
}

fn unreadable(error: std::io::Error) -> String {
    format!("the checkpoint outside of the database cannot be read: {error}")
}
