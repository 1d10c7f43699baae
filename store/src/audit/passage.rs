//! Which of a tenant's sealed events are wanted, and are they still what was sealed?
//!
//! Every event of the range is read and held against the signed tree, also those that the filter
//! leaves out: one that was changed so that a filter no longer finds it is found all the same. What
//! does not fit is named and never handed out.

use std::collections::HashMap;

use chrono::{DateTime, Utc};
use daybook_audit::checkpoint::Checkpoint;
use daybook_audit::note::{Note, PublicKey};
use daybook_audit::tile::{TileError, TileSet, WIDTH};
use daybook_audit::tree::{
    Hash, Head, Node, inclusion, inclusion_nodes, leaf_hash, verify_inclusion,
};
use thiserror::Error;

use super::keys::{known, named};
use super::rows::signed;
use super::sealed::{SealedLog, broken, checkpoint};
use crate::error::StoreError;
use crate::log::{COLUMNS, HistoryFilter, Recorded, leaf_of};
use crate::tenant_tx::TenantTx;

/// Events read at once: whole tiles.
const PAGE: u64 = 16 * 256;

/// Which sealed events are wanted; the default wants all.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Wanted {
    /// From this position on.
    pub from: Option<u64>,
    /// Up to this position, which is in.
    pub to: Option<u64>,
    /// Of these types, of this stream.
    pub history: HistoryFilter,
    /// Recorded at this time or later.
    pub since: Option<DateTime<Utc>>,
    /// Recorded before this time.
    pub until: Option<DateTime<Utc>>,
    /// Done by this actor, as leaves name it: `user:…`, `api_key:…`, `system:…`, `anonymous`.
    pub actor: Option<String>,
}

impl Wanted {
    /// Whether nothing is left out.
    pub fn is_everything(&self) -> bool {
        *self == Self::default()
    }

    fn admits(&self, event: &Recorded) -> bool {
        self.history.admits(event)
            && self.since.is_none_or(|since| event.recorded_at >= since)
            && self.until.is_none_or(|until| event.recorded_at < until)
            && self.actor.as_ref().is_none_or(|it| *it == event.actor)
    }
}

/// A signed tree head, with the keys that are believed for it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Vouched {
    /// The signed note.
    pub note: Note,
    /// What it says.
    pub checkpoint: Checkpoint,
    /// Every key that ever signed this log, the oldest first.
    pub keys: Vec<PublicKey>,
}

/// An event that is what was sealed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SealedEvent {
    /// The event.
    pub record: Recorded,
    /// Its canonical leaf.
    pub leaf: Vec<u8>,
    /// The leaf hash that the tree has at its position.
    pub sealed: Hash,
    /// The proof of inclusion; none where none was asked for.
    pub proof: Option<Vec<Hash>>,
}

/// The next part of a tenant's sealed events.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Passage {
    /// Those that are wanted.
    pub events: Vec<SealedEvent>,
    /// The last position that was read: go on after it.
    pub read: u64,
}

/// What is read, and against which tree.
#[derive(Debug, Clone, Copy)]
pub struct Reading<'r> {
    /// The signed tree.
    pub head: Head,
    /// Which events.
    pub wanted: &'r Wanted,
    /// Whether each is proved.
    pub proving: bool,
}

/// Sealed events that cannot be handed out.
#[derive(Debug, Error)]
pub enum PassageError {
    /// The database is away.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// The log or the tree was changed behind our back.
    #[error("the event at position {position} is not the one that was sealed there: {reason}")]
    Altered {
        /// The first position that does not fit.
        position: u64,
        /// What does not fit.
        reason: String,
    },
    /// The checkpoint itself is not to be believed.
    #[error("the last checkpoint cannot be believed: {0}")]
    Unbelievable(String),
}

impl From<sqlx::Error> for PassageError {
    fn from(error: sqlx::Error) -> Self {
        Self::Store(error.into())
    }
}

impl SealedLog<'_> {
    /// The newest checkpoint, if a key of ours signed it; none when nothing was sealed yet.
    ///
    /// # Errors
    /// When it cannot be believed, or the database is away.
    pub async fn vouched(&self) -> Result<Option<Vouched>, PassageError> {
        let mut tx = self.store.tenant_tx(self.tenant).await?;
        let last = checkpoint(&mut tx, None).await?;
        let known = known(tx.connection()).await?;
        tx.commit().await?;
        let Some(last) = last else {
            return Ok(None);
        };
        let unbelievable =
            |error: &dyn std::fmt::Display| PassageError::Unbelievable(error.to_string());
        let note: Note = last.note.parse().map_err(|error| unbelievable(&error))?;
        let origin = note.unverified_text().lines().next().unwrap_or_default();
        if !origin.ends_with(&format!("/audit/{}", self.tenant)) {
            return Err(unbelievable(&format!("it is of {origin}")));
        }
        let keys = named(&known, origin).map_err(|error| unbelievable(&error))?;
        let checkpoint =
            Checkpoint::verified(&note, &keys).map_err(|error| unbelievable(&error))?;
        if checkpoint.head() != last.head {
            return Err(unbelievable(&"its columns are not what was signed"));
        }
        Ok(Some(Vouched {
            note,
            checkpoint,
            keys,
        }))
    }

    /// The position of the tenant's last event, sealed or not; 0 when there is none.
    ///
    /// # Errors
    /// When the database is away.
    pub async fn last_position(&self) -> Result<u64, StoreError> {
        let mut tx = self.store.tenant_tx(self.tenant).await?;
        let last: Option<i64> =
            sqlx::query_scalar("select max(position) from events where tenant_id = $1")
                .bind(self.tenant.0)
                .fetch_one(tx.connection())
                .await?;
        tx.commit().await?;
        Ok(last.unwrap_or(0).unsigned_abs())
    }

    /// The wanted events among the next few thousand after `after`; none when all were read.
    ///
    /// # Errors
    /// When one is not what was sealed, or the database is away.
    pub async fn passage(
        &self,
        reading: Reading<'_>,
        after: u64,
    ) -> Result<Option<Passage>, PassageError> {
        let first = reading.wanted.from.unwrap_or(1).saturating_sub(1);
        let after = after.max(first);
        let last = reading.wanted.to.unwrap_or(u64::MAX).min(reading.head.size);
        // Pages end where tiles do.
        let end = ((after / PAGE).saturating_add(1) * PAGE).min(last);
        if after >= end {
            return Ok(None);
        }
        let mut tx = self.store.tenant_tx(self.tenant).await?;
        let records = records(&mut tx, (after, end)).await?;
        let kept = records.iter().map(|record| reading.wanted.admits(record));
        let kept: Vec<bool> = kept.collect();
        let nodes = nodes((after, end), (reading, &kept))?;
        let tiles = self.read(&mut tx, &nodes, reading.head.size).await?;
        tx.commit().await?;
        let mut tree = StoredTree::new(tiles, reading.head);
        tree.believe((after, end))?;
        let mut records = records.into_iter().zip(kept).peekable();
        let mut events = Vec::new();
        for position in after + 1..=end {
            let found = records.next_if(|(record, _)| record.position == signed(position));
            let Some((record, is_wanted)) = found else {
                let reason = "it is missing".to_owned();
                return Err(PassageError::Altered { position, reason });
            };
            let leaf = leaf_of(&record);
            let sealed = tree.leaf(position)?;
            if leaf_hash(&leaf) != sealed {
                let reason = "its columns were changed".to_owned();
                return Err(PassageError::Altered { position, reason });
            }
            if is_wanted {
                let proof = reading.proving.then(|| tree.prove(position)).transpose()?;
                events.push(SealedEvent {
                    record,
                    leaf,
                    sealed,
                    proof,
                });
            }
        }
        Ok(Some(Passage { events, read: end }))
    }
}

async fn records(
    tx: &mut TenantTx,
    (after, end): (u64, u64),
) -> Result<Vec<Recorded>, PassageError> {
    let statement = format!(
        "select {COLUMNS} from events where tenant_id = $1 and position > $2 and position <= $3 \
         order by position"
    );
    let tenant = tx.tenant();
    let records = sqlx::query_as(&statement)
        .bind(tenant.0)
        .bind(signed(after))
        .bind(signed(end))
        .fetch_all(tx.connection())
        .await?;
    Ok(records)
}

/// The nodes that the leaves of a range and their proofs are made of.
fn nodes(
    (after, end): (u64, u64),
    (reading, kept): (Reading<'_>, &[bool]),
) -> Result<Vec<Node>, PassageError> {
    let mut nodes = Vec::new();
    let mut prove = |index: u64| -> Result<(), PassageError> {
        let of_proof = inclusion_nodes(index, reading.head.size).map_err(broken)?;
        nodes.extend(of_proof);
        nodes.push(Node { level: 0, index });
        Ok(())
    };
    for index in first_leaves((after, end)) {
        prove(index)?;
    }
    if reading.proving {
        for (index, _) in (after..end).zip(kept).filter(|(_, is_wanted)| **is_wanted) {
            prove(index)?;
        }
    }
    Ok(nodes)
}

/// A leaf of each tile of the range. What proves it proves the tile's others, too: its proof is
/// made of them.
fn first_leaves((after, end): (u64, u64)) -> impl Iterator<Item = u64> {
    let width = u64::from(WIDTH);
    let next = (after / width + 1) * width;
    std::iter::once(after).chain((next..end).step_by(WIDTH.into()))
}

/// A tree as it is stored, held against its signed head.
struct StoredTree {
    tiles: TileSet,
    head: Head,
    /// Nodes that were computed before.
    computed: HashMap<Node, Hash>,
}

impl StoredTree {
    fn new(tiles: TileSet, head: Head) -> Self {
        Self {
            tiles,
            head,
            computed: HashMap::new(),
        }
    }

    /// Makes sure that the tiles of a range are those of the signed tree.
    fn believe(&mut self, range: (u64, u64)) -> Result<(), PassageError> {
        for index in first_leaves(range) {
            self.prove(index + 1)?;
        }
        Ok(())
    }

    fn leaf(&self, position: u64) -> Result<Hash, PassageError> {
        let index = position.saturating_sub(1);
        let leaf = self.tiles.node(Node { level: 0, index });
        leaf.map_err(|error| damaged(position, &error))
    }

    /// A proof of inclusion that holds.
    fn prove(&mut self, position: u64) -> Result<Vec<Hash>, PassageError> {
        let index = position.saturating_sub(1);
        let leaf = self.leaf(position)?;
        let Self {
            tiles,
            head,
            computed,
        } = self;
        let proof = inclusion(index, head.size, |node| {
            if let Some(hash) = computed.get(&node) {
                return Ok(*hash);
            }
            let hash = tiles.node(node)?;
            computed.insert(node, hash);
            Ok::<_, TileError>(hash)
        });
        let proof = proof.map_err(|error| damaged(position, &error))?;
        let verified = verify_inclusion(index, &leaf, head, &proof);
        verified.map_err(|error| damaged(position, &error))?;
        Ok(proof)
    }
}

fn damaged(position: u64, error: &dyn std::fmt::Display) -> PassageError {
    PassageError::Altered {
        position,
        reason: format!("the stored tree is not the one that was signed: {error}"),
    }
}
