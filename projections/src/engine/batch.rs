//! How does a batch of events become rows in the database, exactly once?
//!
//! Rows and checkpoint go in one transaction under the epoch of the lease. An event that cannot be
//! decoded or applied parks its stream within that transaction. Where the database itself does not
//! take a row, nobody knows whose fault it is: the batch is halved until one event is left, and
//! that one's stream is parked.

use std::collections::HashMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};

use chrono::{DateTime, Utc};
use daybook_domain::kernel::TenantId;
use daybook_store::Store;
use daybook_store::reader::{Lease, ReaderTx, ScratchSchema};
use sqlx::Executor;

use super::fault::Trouble;
use super::parking::{Parked, Poison};
use super::posting::{Ground, Stuck, TenantRows};
use super::projection::Projection;
use super::stored::Stored;
use super::table::Scope;

/// A transaction for rows need not wait for the disk: should the server go down, rows and
/// checkpoint are lost together and posted again from the log; who follows it finds that out at the next
/// sign of life. And rows are always reached by their key: a plan made while a table was small must not go
/// on reading all of it, and what is switched off looks so dear to the planner that it would compile the
/// rest. For the same reason one plan serves whichever rows come: made for just these, it would copy their
/// arrays and be made again.
const SETTINGS: &str = "set local synchronous_commit = off; set local enable_seqscan = off; \
    set local enable_hashjoin = off; set local enable_mergejoin = off; set local jit = off; \
    set local plan_cache_mode = force_generic_plan";

/// What is needed to post for one generation.
#[derive(Debug, Clone)]
pub(super) struct Desk {
    pub(super) store: Store,
    pub(super) projection: Arc<Projection>,
    pub(super) lease: Lease,
    pub(super) clock: fn() -> DateTime<Utc>,
    /// Where the rows are; none where they are in the tables of all generations.
    pub(super) schema: Option<ScratchSchema>,
    /// How far the checkpoint was moved here, whether or not the server has kept it; 0 if it was not.
    pub(super) moved: Arc<AtomicI64>,
}

/// Which checkpoint goes with a batch.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Checkpoint {
    /// It moves from here to there; in between to the last event posted.
    Move { from: i64, to: i64 },
    /// It stays: the generation is being built from history.
    Stay,
}

/// The lease is somebody else's now; everything held in memory is void.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Lost;

impl Desk {
    pub(super) fn scope(&self, tenant: TenantId) -> Scope {
        Scope {
            tenant,
            generation: self.lease.key.generation,
        }
    }

    /// A transaction for rows.
    pub(super) async fn begin(&self) -> Result<ReaderTx, Trouble> {
        let mut tx = self.store.reader_tx().await?;
        let connection = tx.connection();
        match &self.schema {
            None => connection.execute(SETTINGS).await?,
            Some(schema) => {
                let schema = schema.name();
                let apart = format!("{SETTINGS}; set local search_path = {schema}, daybook");
                connection.execute(apart.as_str()).await?
            }
        };
        Ok(tx)
    }

    /// Posts events in order and moves the checkpoint. Streams that had to stop are added to
    /// `parked`.
    pub(super) async fn post(
        &self,
        events: &[Stored<'_>],
        checkpoint: Checkpoint,
        parked: &mut Parked,
    ) -> Result<Result<(), Lost>, Trouble> {
        let mut rest = vec![events];
        let mut at = checkpoint;
        while let Some(events) = rest.pop() {
            let step = at.step(events, rest.is_empty());
            match self.post_once(events, step, parked).await {
                Ok(Ok(())) => at = at.after(step),
                Ok(Err(Lost)) => return Ok(Err(Lost)),
                Err(Trouble::Rejected(reason)) => match events {
                    [one] => {
                        let poison = Poison::new(one, reason);
                        if self.park_alone(&poison, step).await?.is_err() {
                            return Ok(Err(Lost));
                        }
                        parked.add(&poison);
                        at = at.after(step);
                    }
                    more => {
                        let (first, second) = more.split_at(more.len() / 2);
                        rest.extend([second, first]);
                    }
                },
                Err(other) => return Err(other),
            }
        }
        Ok(Ok(()))
    }

    async fn post_once(
        &self,
        events: &[Stored<'_>],
        checkpoint: Checkpoint,
        parked: &mut Parked,
    ) -> Result<Result<(), Lost>, Trouble> {
        let mut tx = self.begin().await?;
        let mut poisons = Vec::new();
        for (tenant, events) in by_tenant(events, parked) {
            tx.enter(tenant).await?;
            let (mut rows, stuck) = self.fold(&mut tx, tenant, &events).await?;
            rows.write(tx.connection(), self.scope(tenant)).await?;
            for poison in &stuck {
                let row = poison.parked(&self.lease.key, (self.clock)());
                tx.park(&row).await?;
            }
            poisons.extend(stuck);
        }
        if self.commit(tx, checkpoint).await?.is_err() {
            return Ok(Err(Lost));
        }
        for poison in &poisons {
            poison.announce(&self.lease.key);
            parked.add(poison);
        }
        Ok(Ok(()))
    }

    /// The rows of a tenant after its events; and the streams that had to stop meanwhile.
    async fn fold(
        &self,
        tx: &mut ReaderTx,
        tenant: TenantId,
        events: &[Stored<'_>],
    ) -> Result<(Box<dyn TenantRows>, Vec<Poison>), Trouble> {
        let mut poisons: Vec<Poison> = Vec::new();
        let mut stopped = Parked::default();
        loop {
            let left = events.iter().filter(|event| !stopped.covers(event));
            let left: Vec<Stored<'_>> = left.copied().collect();
            let mut rows = self.projection.rows(Ground::Stored);
            let mut outcome = rows.take(&left);
            if outcome.is_ok() {
                rows.load(tx.connection(), self.scope(tenant)).await?;
                outcome = rows.apply();
            }
            let Err(stuck) = outcome else {
                return Ok((rows, poisons));
            };
            // Rows are half changed now: begin again without what comes from here in the stream.
            let poison = blame(&left, stuck)?;
            stopped.add(&poison);
            poisons.push(poison);
        }
    }

    async fn park_alone(
        &self,
        poison: &Poison,
        checkpoint: Checkpoint,
    ) -> Result<Result<(), Lost>, Trouble> {
        let mut tx = self.begin().await?;
        tx.enter(poison.tenant).await?;
        tx.park(&poison.parked(&self.lease.key, (self.clock)()))
            .await?;
        let committed = self.commit(tx, checkpoint).await?;
        if committed.is_ok() {
            poison.announce(&self.lease.key);
        }
        Ok(committed)
    }

    /// Commits rows under the lease.
    pub(super) async fn commit(
        &self,
        tx: ReaderTx,
        checkpoint: Checkpoint,
    ) -> Result<Result<(), Lost>, Trouble> {
        let (from, to) = match checkpoint {
            Checkpoint::Move { from, to } => (from, to),
            Checkpoint::Stay => (0, 0),
        };
        if !tx.commit(&self.lease, from, to).await? {
            return Ok(Err(Lost));
        }
        self.moved.fetch_max(to, Ordering::Relaxed);
        Ok(Ok(()))
    }

    /// How far the checkpoint was moved by this desk and its copies.
    pub(super) fn moved(&self) -> i64 {
        self.moved.load(Ordering::Relaxed)
    }
}

/// The event that is at fault.
pub(super) fn blame(events: &[Stored<'_>], stuck: Stuck) -> Result<Poison, Trouble> {
    let Some(event) = events.get(stuck.index) else {
        return Err(Trouble::Rejected(stuck.reason));
    };
    Ok(Poison::new(event, stuck.reason))
}

impl Checkpoint {
    /// The part of the move that goes with these events; `last`: with all that are left.
    fn step(self, events: &[Stored<'_>], last: bool) -> Self {
        match self {
            Self::Stay => Self::Stay,
            Self::Move { from, to } => {
                let reached = events.last().map_or(to, |event| event.log_position);
                let to = if last { to } else { reached };
                Self::Move { from, to }
            }
        }
    }

    /// What is left of the move after a step.
    fn after(self, step: Self) -> Self {
        match (self, step) {
            (Self::Move { to, .. }, Self::Move { to: reached, .. }) => {
                Self::Move { from: reached, to }
            }
            (whole, Self::Stay) | (whole @ Self::Stay, Self::Move { .. }) => whole,
        }
    }
}

/// The events that are not parked, by tenant, in order within each.
fn by_tenant<'r>(events: &[Stored<'r>], parked: &Parked) -> Vec<(TenantId, Vec<Stored<'r>>)> {
    let mut places: HashMap<TenantId, usize> = HashMap::new();
    let mut groups: Vec<(TenantId, Vec<Stored<'r>>)> = Vec::new();
    for event in events.iter().filter(|event| !parked.covers(event)) {
        let tenant = event.envelope.tenant;
        let place = *places.entry(tenant).or_insert_with(|| {
            groups.push((tenant, Vec::new()));
            groups.len() - 1
        });
        if let Some((_, group)) = groups.get_mut(place) {
            group.push(*event);
        }
    }
    groups
}
