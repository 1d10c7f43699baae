//! What was sealed of a tenant's log, for whoever asks for proofs.
//!
//! Everything is read under the tenant's own rows, and every proof is verified before it is given
//! away: one that does not hold tells that the database was changed.

use std::str::FromStr;

use chrono::{DateTime, Utc};
use daybook_audit::note::{Note, PublicKey};
use daybook_audit::proof::Proof;
use daybook_audit::tile::{Tile, TileError, TileSet, tiles_of};
use daybook_audit::tree::{
    Hash, Head, Node, consistency, consistency_nodes, inclusion, inclusion_nodes,
    verify_consistency, verify_inclusion,
};
use daybook_domain::kernel::TenantId;
use uuid::Uuid;

use super::keys::{known, named};
use super::rows::{self, signed};
use crate::error::StoreError;
use crate::log::{COLUMNS, Recorded, leaf_hash_of, leaf_of};
use crate::store::Store;
use crate::tenant_tx::TenantTx;

/// Tiles in which an event is looked for first.
const NEAR: i64 = 4;

/// A tenant's sealed log.
#[derive(Debug, Clone, Copy)]
pub struct SealedLog<'s> {
    pub(super) store: &'s Store,
    pub(super) tenant: TenantId,
}

/// A signed tree head.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SealedCheckpoint {
    /// Size and root of the tree.
    pub head: Head,
    /// The signed note, as it is served.
    pub note: String,
    /// When it was signed.
    pub signed_at: DateTime<Utc>,
}

/// What there is to prove of an event.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Included {
    /// It is in the tree of the newest checkpoint.
    Proved(Box<Proof>),
    /// It is in the log, and no checkpoint is about it yet.
    NotYet,
    /// The tenant has no such event.
    Unknown,
    /// It is not what was sealed at its position: the database was changed behind our back.
    Altered {
        /// Where.
        position: i64,
    },
}

impl Store {
    /// What was sealed of a tenant's log.
    pub fn sealed(&self, tenant: TenantId) -> SealedLog<'_> {
        SealedLog {
            store: self,
            tenant,
        }
    }
}

impl SealedLog<'_> {
    /// The newest checkpoint, or the one of a size; none when none was signed.
    ///
    /// # Errors
    /// When the database is away.
    pub async fn checkpoint(
        &self,
        size: Option<u64>,
    ) -> Result<Option<SealedCheckpoint>, StoreError> {
        let mut tx = self.store.tenant_tx(self.tenant).await?;
        let found = checkpoint(&mut tx, size).await?;
        tx.commit().await?;
        Ok(found)
    }

    /// The public halves of every key that ever signed, under the name of the tenant's log, the
    /// oldest first; empty before the first checkpoint.
    ///
    /// # Errors
    /// When the database is away.
    pub async fn keys(&self) -> Result<Vec<PublicKey>, StoreError> {
        let mut tx = self.store.tenant_tx(self.tenant).await?;
        let last = checkpoint(&mut tx, None).await?;
        let known = known(tx.connection()).await?;
        tx.commit().await?;
        let origin = last.as_ref().and_then(|last| last.note.lines().next());
        let keys = origin.map(|origin| named(&known, origin)).transpose();
        Ok(keys.map_err(broken)?.unwrap_or_default())
    }

    /// The hashes of a tile, exactly as wide as asked; none when the tree has not grown to it.
    ///
    /// # Errors
    /// When the database is away.
    pub async fn tile(&self, tile: Tile) -> Result<Option<Vec<u8>>, StoreError> {
        let mut tx = self.store.tenant_tx(self.tenant).await?;
        let found = rows::tiles(tx.connection(), &[(self.tenant, tile)]).await?;
        tx.commit().await?;
        let hashes = found.into_values().next();
        Ok(hashes.and_then(|hashes| hashes.get(..tile.bytes()).map(<[u8]>::to_vec)))
    }

    /// The canonical leaves under a tile of level 0, as an entry bundle of tlog-tiles: each with
    /// its length before it, in two bytes, the higher first. None when fewer are sealed.
    ///
    /// # Errors
    /// When the database is away.
    pub async fn entries(&self, tile: Tile) -> Result<Option<Vec<u8>>, StoreError> {
        let mut tx = self.store.tenant_tx(self.tenant).await?;
        let last = checkpoint(&mut tx, None).await?;
        let size = last.map_or(0, |last| last.head.size);
        let first = tile.index().saturating_mul(256);
        let end = first.saturating_add(tile.width().into());
        if end > size {
            tx.commit().await?;
            return Ok(None);
        }
        let statement = format!(
            "select {COLUMNS} from events where tenant_id = $1 and position > $2 \
               and position <= $3 order by position"
        );
        let records: Vec<Recorded> = sqlx::query_as(&statement)
            .bind(self.tenant.0)
            .bind(signed(first))
            .bind(signed(end))
            .fetch_all(tx.connection())
            .await?;
        tx.commit().await?;
        let mut bundle = Vec::new();
        for record in &records {
            let leaf = leaf_of(record);
            let length = u16::try_from(leaf.len()).map_err(|_| {
                StoreError::Broken(format!("the leaf at {} has over 64 KiB", record.position))
            })?;
            bundle.extend(length.to_be_bytes());
            bundle.extend(leaf);
        }
        Ok((records.len() == usize::from(tile.width())).then_some(bundle))
    }

    /// The proof that an event is in the tree of the newest checkpoint.
    ///
    /// # Errors
    /// When the database is away.
    pub async fn inclusion(&self, event: Uuid) -> Result<Included, StoreError> {
        let mut tx = self.store.tenant_tx(self.tenant).await?;
        let last = checkpoint(&mut tx, None).await?;
        let size = last.as_ref().map_or(0, |last| last.head.size);
        let found = find(&mut tx, event).await?;
        let (Some(last), Some(record)) = (last, found) else {
            let waits = is_waiting(&mut tx, event, size).await?;
            tx.commit().await?;
            return Ok(if waits {
                Included::NotYet
            } else {
                Included::Unknown
            });
        };
        let proof = self.prove(&mut tx, (&last, &record)).await?;
        tx.commit().await?;
        let position = record.position;
        Ok(proof.map_or(Included::Altered { position }, |proof| {
            Included::Proved(Box::new(proof))
        }))
    }

    /// The proof that the tree of `newer` begins with the one of `older` leaves; none when it does
    /// not, or `older` is the larger one.
    ///
    /// # Errors
    /// When the database is away.
    pub async fn consistency(
        &self,
        older: u64,
        newer: &SealedCheckpoint,
    ) -> Result<Option<Vec<Hash>>, StoreError> {
        let mut tx = self.store.tenant_tx(self.tenant).await?;
        let known = checkpoint(&mut tx, Some(older)).await?;
        let size = newer.head.size;
        let Ok(nodes) = consistency_nodes(older, size) else {
            tx.commit().await?;
            return Ok(None);
        };
        let set = self.read(&mut tx, &nodes, size).await?;
        tx.commit().await?;
        let Ok(proof) = consistency(older, size, |node| set.node(node)) else {
            return Ok(None);
        };
        // A size that was never signed has no root to be held against.
        let holds =
            known.is_none_or(|known| verify_consistency(&known.head, &newer.head, &proof).is_ok());
        Ok(holds.then_some(proof))
    }

    async fn prove(
        &self,
        tx: &mut TenantTx,
        (last, record): (&SealedCheckpoint, &Recorded),
    ) -> Result<Option<Proof>, StoreError> {
        let index = record.position.unsigned_abs().saturating_sub(1);
        let size = last.head.size;
        let Ok(mut nodes) = inclusion_nodes(index, size) else {
            return Ok(None);
        };
        let leaf = Node { level: 0, index };
        nodes.push(leaf);
        let set = self.read(tx, &nodes, size).await?;
        let Ok(hashes) = inclusion(index, size, |node| set.node(node)) else {
            return Ok(None);
        };
        let computed = leaf_hash_of(record);
        let holds = set.node(leaf) == Ok(computed)
            && verify_inclusion(index, &computed, &last.head, &hashes).is_ok();
        if !holds {
            return Ok(None);
        }
        let checkpoint = Note::from_str(&last.note).map_err(broken)?;
        Ok(Some(Proof {
            extra: None,
            index,
            hashes,
            checkpoint,
        }))
    }

    /// The tiles that hold these nodes, as far as they are stored.
    pub(super) async fn read(
        &self,
        tx: &mut TenantTx,
        nodes: &[Node],
        size: u64,
    ) -> Result<TileSet, StoreError> {
        let tiles = tiles_of(nodes, size).map_err(broken)?;
        let wanted: Vec<(TenantId, Tile)> =
            tiles.into_iter().map(|tile| (self.tenant, tile)).collect();
        let mut set = TileSet::default();
        for ((_, tile), hashes) in rows::tiles(tx.connection(), &wanted).await? {
            let hashes = hashes.get(..tile.bytes()).unwrap_or_default();
            // One that is too narrow is missing.
            let inserted: Result<(), TileError> = set.insert(tile, hashes);
            if let Err(error) = inserted {
                tracing::error!(tenant = %self.tenant, %error, "a sealed tree is damaged");
            }
        }
        Ok(set)
    }
}

pub(super) async fn checkpoint(
    tx: &mut TenantTx,
    size: Option<u64>,
) -> Result<Option<SealedCheckpoint>, StoreError> {
    let tenant = tx.tenant();
    let row: Option<(i64, Vec<u8>, String, DateTime<Utc>)> = sqlx::query_as(
        "select size, root, note, signed_at from audit_checkpoints \
         where tenant_id = $1 and ($2::bigint is null or size = $2) order by size desc limit 1",
    )
    .bind(tenant.0)
    .bind(size.map(signed))
    .fetch_optional(tx.connection())
    .await?;
    let Some((size, root, note, signed_at)) = row else {
        return Ok(None);
    };
    let root = root
        .try_into()
        .map_err(|_| StoreError::Broken("a root has 32 bytes".into()))?;
    Ok(Some(SealedCheckpoint {
        head: Head {
            size: size.unsigned_abs(),
            root,
        },
        note,
        signed_at,
    }))
}

/// A sealed event by its id.
async fn find(tx: &mut TenantTx, event: Uuid) -> Result<Option<Recorded>, StoreError> {
    let mut tried = 0;
    for most in [NEAR, i64::MAX] {
        let tiles = may_hold(tx, event, most).await?;
        // The longer list begins with the shorter one.
        for first in tiles.iter().skip(tried) {
            if let Some(found) = find_after(tx, event, *first).await? {
                return Ok(Some(found));
            }
        }
        tried = tiles.len();
    }
    Ok(None)
}

/// After which positions the tiles begin that may hold an event, out of as many as these.
///
/// Ids grow with time, so they come in the order of their greatest events, from the next one after the
/// event on: as far as the clocks of those who made the ids agree, the first of them holds it.
async fn may_hold(tx: &mut TenantTx, event: Uuid, most: i64) -> Result<Vec<i64>, StoreError> {
    let tenant = tx.tenant();
    let tiles = sqlx::query_scalar(
        "select number * 256 from ( \
           select number, least_event, greatest_event from audit_tiles \
           where tenant_id = $1 and level = 0 and greatest_event >= $2 \
           order by greatest_event, least_event, number limit $3) as near \
         where least_event <= $2 order by greatest_event, least_event, number",
    )
    .bind(tenant.0)
    .bind(event)
    .bind(most)
    .fetch_all(tx.connection())
    .await?;
    Ok(tiles)
}

/// The event, if it is one of the 256 after a position.
async fn find_after(
    tx: &mut TenantTx,
    event: Uuid,
    position: i64,
) -> Result<Option<Recorded>, StoreError> {
    let statement = format!(
        "select {COLUMNS} from events where tenant_id = $1 and position > $2 \
           and position <= $3 and event_id = $4"
    );
    let tenant = tx.tenant();
    let found = sqlx::query_as(&statement)
        .bind(tenant.0)
        .bind(position)
        .bind(position + 256)
        .bind(event)
        .fetch_optional(tx.connection())
        .await?;
    Ok(found)
}

/// Whether an event stands behind the sealed ones.
async fn is_waiting(tx: &mut TenantTx, event: Uuid, size: u64) -> Result<bool, StoreError> {
    let tenant = tx.tenant();
    let waits = sqlx::query_scalar(
        "select exists (select from events where tenant_id = $1 and position > $2 \
           and event_id = $3)",
    )
    .bind(tenant.0)
    .bind(signed(size))
    .bind(event)
    .fetch_one(tx.connection())
    .await?;
    Ok(waits)
}

pub(super) fn broken(error: impl std::fmt::Display) -> StoreError {
    StoreError::Broken(error.to_string())
}
