//! What one step of the sealer writes, gathered over all tenants.

use std::collections::HashMap;

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
use crate::log::{Recorded, leaf_hash_of};

/// The least and the greatest event id of the new leaves, by tile of leaves.
pub(super) type EventRanges = HashMap<u64, (Uuid, Uuid)>;

/// What of a tenant's next events can be sealed: those before the first that does not fit.
#[derive(Debug, Default)]
pub(super) struct Sealable {
    pub(super) leaves: Vec<Hash>,
    pub(super) events: EventRanges,
    /// What does not fit; none when all do.
    pub(super) flaw: Option<String>,
}

impl Sealable {
    /// Looks at the events that follow the first `size`.
    pub(super) fn of(size: u64, records: &[Recorded]) -> Self {
        let mut sealable = Self::default();
        for (expected, record) in (size + 1..).zip(records) {
            match leaf_of_next(expected, record) {
                Ok(leaf) => sealable.take(expected, record.event_id, leaf),
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
        let range = self.events.entry(tile).or_insert((event, event));
        *range = (range.0.min(event), range.1.max(event));
    }
}

/// The leaf hash of an event, if it stands where it should and is what was recorded.
pub(super) fn leaf_of_next(expected: u64, record: &Recorded) -> Result<Hash, String> {
    let position = record.position;
    if position > signed(expected) {
        return Err(format!("the event at position {expected} is missing"));
    }
    if position < signed(expected) {
        return Err(format!(
            "the event at position {position} comes after the one at {}: it was inserted or moved",
            expected - 1
        ));
    }
    let leaf = leaf_hash_of(record);
    if leaf.as_slice() != record.leaf_hash {
        return Err(format!(
            "the event at position {position} was altered: its columns have not the leaf hash \
             that was recorded with them"
        ));
    }
    Ok(leaf)
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
        events: &EventRanges,
    ) {
        for filled in grown.filled {
            let of_leaves = filled.tile.level() == 0;
            let range = events.get(&filled.tile.index()).copied();
            self.tiles.push(NewTile {
                tenant,
                filled,
                events: range.filter(|_| of_leaves),
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
