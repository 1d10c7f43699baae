//! What one step of the sealer writes, gathered over all tenants.

use chrono::{DateTime, Utc};
use daybook_audit::tile::WIDTH;
use daybook_audit::tree::Hash;
use daybook_domain::kernel::TenantId;
use sqlx::PgConnection;
use uuid::Uuid;

use super::halts::{self, Halt};
use super::rows::{self, NewCheckpoint, NewTile, signed};
use super::sealer::{Signed, Step};
use super::tree::Grown;
use crate::error::StoreError;
use crate::log::{Entry, OwnLeaf, Recorded, leaf_hash_of};

/// A tile of leaves, and the least and the greatest event id of those that are new in it.
pub(super) type EventRange = (u64, (Uuid, Uuid));

/// What of a tenant's next events can be sealed: those before the first that does not fit.
#[derive(Debug, Default)]
pub(super) struct Sealable {
    pub(super) leaves: Vec<Hash>,
    /// From left to right.
    pub(super) events: Vec<EventRange>,
    /// What does not fit; none when all do.
    pub(super) flaw: Option<String>,
}

impl Sealable {
    /// Looks at the events that follow the first `size`.
    pub(super) fn of(size: u64, entries: &[Entry]) -> Self {
        let mut sealable = Self {
            leaves: Vec::with_capacity(entries.len()),
            ..Self::default()
        };
        for (expected, entry) in (size + 1..).zip(entries) {
            let leaf = match entry {
                Entry::Own(leaf) => own_leaf_of_next(expected, leaf),
                Entry::Read(record) => leaf_of_next(expected, record),
            };
            match leaf {
                Ok(leaf) => sealable.take(expected, entry.event_id(), leaf),
                Err(flaw) => {
                    sealable.flaw = Some(flaw);
                    break;
                }
            }
        }
        sealable
    }

    fn take(&mut self, position: u64, event: Uuid, leaf: Hash) {
        self.leaves.push(leaf);
        let tile = (position - 1) / u64::from(WIDTH);
        match self.events.last_mut() {
            Some((last, range)) if *last == tile => {
                *range = (range.0.min(event), range.1.max(event));
            }
            Some(_) | None => self.events.push((tile, (event, event))),
        }
    }
}

/// The leaf hash of an event, if it stands where it should and is what was recorded.
pub(super) fn leaf_of_next(expected: u64, record: &Recorded) -> Result<Hash, String> {
    let position = record.position;
    stands_at(expected, position)?;
    let leaf = leaf_hash_of(record);
    if leaf.as_slice() != record.leaf_hash {
        return Err(format!(
            "the event at position {position} was altered: its columns have not the leaf hash \
             that was recorded with them"
        ));
    }
    Ok(leaf)
}

/// The leaf hash of an event that this process appended, if it stands where it should.
fn own_leaf_of_next(expected: u64, leaf: &OwnLeaf) -> Result<Hash, String> {
    stands_at(expected, leaf.position)?;
    Ok(leaf.hash)
}

fn stands_at(expected: u64, position: i64) -> Result<(), String> {
    if position > signed(expected) {
        return Err(format!("the event at position {expected} is missing"));
    }
    if position < signed(expected) {
        return Err(format!(
            "the event at position {position} comes after the one at {}: it was inserted or moved",
            expected - 1
        ));
    }
    Ok(())
}

/// What a step writes.
#[derive(Debug)]
pub(super) struct Page {
    now: DateTime<Utc>,
    events: usize,
    tiles: Vec<NewTile>,
    checkpoints: Vec<NewCheckpoint>,
    halted: Vec<Halt>,
    resumed: Vec<TenantId>,
    /// Signed before, and not kept outside yet.
    behind: Vec<Signed>,
}

impl Page {
    pub(super) fn new(now: DateTime<Utc>) -> Self {
        Self {
            now,
            events: 0,
            tiles: Vec::new(),
            checkpoints: Vec::new(),
            halted: Vec::new(),
            resumed: Vec::new(),
            behind: Vec::new(),
        }
    }

    /// A tree grew and was signed.
    pub(super) fn sign(
        &mut self,
        tenant: TenantId,
        (grown, note): (Grown, String),
        events: &[EventRange],
    ) {
        for filled in grown.filled {
            let of_leaves = filled.tile.level() == 0;
            let place = events.binary_search_by_key(&filled.tile.index(), |(tile, _)| *tile);
            let range = place.ok().and_then(|at| events.get(at));
            self.tiles.push(NewTile {
                tenant,
                filled,
                events: range.map(|(_, range)| *range).filter(|_| of_leaves),
            });
        }
        self.checkpoints.push(NewCheckpoint {
            tenant,
            size: grown.head.size,
            root: grown.head.root,
            note,
        });
    }

    /// Counts events that were sealed.
    pub(super) fn count(&mut self, events: usize) {
        self.events += events;
    }

    /// A tenant whose first `size` events are sealed is stopped.
    pub(super) fn halt(&mut self, tenant: TenantId, size: u64, reason: String) {
        let position = signed(size.saturating_add(1));
        tracing::error!(%tenant, position, reason, "sealing was stopped for a tenant");
        metrics::counter!("daybook_seal_halts_total").increment(1);
        self.halted.push(Halt {
            tenant,
            position,
            reason,
            halted_at: self.now,
            resume: false,
        });
    }

    pub(super) fn has_halted(&self, tenant: TenantId) -> bool {
        self.halted.iter().any(|halt| halt.tenant == tenant)
    }

    /// A tenant that was stopped has caught up.
    pub(super) fn resumed(&mut self, tenant: TenantId) {
        tracing::info!(%tenant, "sealing goes on for a tenant");
        self.resumed.push(tenant);
    }

    /// A checkpoint that was signed before is to be kept outside.
    pub(super) fn keep(&mut self, tenant: TenantId, note: Option<String>) {
        self.behind.extend(note.map(|note| Signed { tenant, note }));
    }

    /// Whether there is nothing to write.
    pub(super) fn is_empty(&self) -> bool {
        self.checkpoints.is_empty() && self.halted.is_empty() && self.resumed.is_empty()
    }

    pub(super) async fn write(&self, connection: &mut PgConnection) -> Result<(), StoreError> {
        rows::write_tiles(connection, &self.tiles).await?;
        rows::write_checkpoints(connection, &self.checkpoints, self.now).await?;
        halts::write(connection, &self.halted).await?;
        if !self.resumed.is_empty() {
            halts::forget(connection, &self.resumed).await?;
        }
        Ok(())
    }

    pub(super) fn into_step(self, position: i64, more: bool) -> Step {
        let new = self.checkpoints.into_iter().map(|checkpoint| Signed {
            tenant: checkpoint.tenant,
            note: checkpoint.note,
        });
        Step::Sealed {
            position,
            events: self.events,
            more,
            // Of a tenant's two, the newer comes last.
            signed: self.behind.into_iter().chain(new).collect(),
            halted: self.halted,
        }
    }
}
