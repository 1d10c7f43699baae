//! How is one tenant's part of a generation built?

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use daybook_domain::kernel::TenantId;

use super::batch::{Checkpoint, Desk, Lost, blame};
use super::fault::Trouble;
use super::history::History;
use super::parking::{Parked, Poison};
use super::posting::{Ground, TenantRows};
use super::stored::Stored;

/// Rows held before they are written. Few in tests, so that small tenants are huge.
const MOST_ROWS: usize = if cfg!(test) { 64 } else { 30_000 };
/// Events applied before other tasks of the thread get their turn.
const STRETCH: usize = 1_000;

/// Builds tenants one after the other, and writes several small ones together.
///
/// A tenant is begun, takes its events as they are read, by this build or for several at once, and is
/// ended.
pub(super) struct TenantBuild {
    desk: Desk,
    until: i64,
    /// Events read so far, of all tenants.
    read: Arc<AtomicU64>,
    folding: Option<Folding>,
    /// Folded to the end and not written yet.
    folded: Vec<Folded>,
}

struct Folded {
    tenant: TenantId,
    rows: Box<dyn TenantRows>,
    /// What is not told yet.
    poisons: Vec<Poison>,
}

/// A tenant whose events are being taken.
struct Folding {
    folded: Folded,
    /// Events at which streams stop, all that were found.
    poisons: Vec<Poison>,
    parked: Parked,
    ground: Ground,
    /// Why it takes no more of them.
    halt: Option<Halt>,
}

enum Halt {
    Lost,
    /// An event stops its stream; the tenant begins again without it.
    Stopped(Poison),
    /// The database does not take a row.
    Rejected(String),
}

impl TenantBuild {
    /// `read` counts the events as they are taken.
    pub(super) fn new(desk: Desk, until: i64, read: Arc<AtomicU64>) -> Self {
        Self {
            desk,
            until,
            read,
            folding: None,
            folded: Vec::new(),
        }
    }

    /// Builds a tenant; what it wrote may still be in memory afterwards.
    pub(super) async fn build(&mut self, tenant: TenantId) -> Result<Result<(), Lost>, Trouble> {
        self.begin(tenant);
        self.read_on().await?;
        self.end().await
    }

    /// Begins a tenant, whose events follow, from the first on.
    pub(super) fn begin(&mut self, tenant: TenantId) {
        self.begin_without(tenant, Vec::new());
    }

    fn begin_without(&mut self, tenant: TenantId, poisons: Vec<Poison>) {
        let mut parked = Parked::default();
        for poison in &poisons {
            parked.add(poison);
        }
        self.folding = Some(Folding {
            folded: Folded {
                tenant,
                rows: self.desk.projection.rows(Ground::Empty),
                poisons: poisons.clone(),
            },
            poisons,
            parked,
            ground: Ground::Empty,
            halt: None,
        });
    }

    /// Takes what comes next of the tenant's history, of which the projection may read some. Writes
    /// only when its rows are too many to hold.
    pub(super) async fn take(&mut self, events: &[Stored<'_>]) -> Result<(), Trouble> {
        let Some(folding) = &mut self.folding else {
            return Ok(());
        };
        if folding.halt.is_some() {
            return Ok(());
        }
        let projection = &self.desk.projection;
        let mut count = 0;
        let events = events.iter().filter(|event| {
            let reads = projection.reads(event.stream_type);
            count += u64::from(reads);
            reads && !folding.parked.covers(event)
        });
        let events: Vec<Stored<'_>> = events.copied().collect();
        self.read.fetch_add(count, Ordering::Relaxed);
        folding.halt = match fold(&self.desk, folding, &events).await {
            Err(Trouble::Rejected(reason)) => Some(Halt::Rejected(reason)),
            other => other?,
        };
        Ok(())
    }

    /// Ends the tenant whose events were taken, all of them.
    pub(super) async fn end(&mut self) -> Result<Result<(), Lost>, Trouble> {
        while let Some(folding) = self.folding.take() {
            let Folding { folded, halt, .. } = folding;
            match halt {
                None => self.folded.push(folded),
                Some(Halt::Lost) => return Ok(Err(Lost)),
                Some(Halt::Rejected(reason)) => {
                    return self.rebuild_carefully(folded.tenant, &reason).await;
                }
                Some(Halt::Stopped(poison)) => {
                    if self.desk.wipe_tenant(folded.tenant).await?.is_err() {
                        return Ok(Err(Lost));
                    }
                    let mut poisons = folding.poisons;
                    poisons.push(poison);
                    self.begin_without(folded.tenant, poisons);
                    self.read_on().await?;
                }
            }
        }
        self.flush_when_full().await
    }

    /// Reads the history of the tenant that is begun, for this build alone.
    async fn read_on(&mut self) -> Result<(), Trouble> {
        let Some(folding) = &self.folding else {
            return Ok(());
        };
        let mut pages = self.history(folding.folded.tenant).ahead();
        while let Some(page) = pages.next().await? {
            self.take(&page.events()?).await?;
            if self.folding.as_ref().is_some_and(|it| it.halt.is_some()) {
                break;
            }
        }
        Ok(())
    }

    fn history(&self, tenant: TenantId) -> History {
        let streams = self.desk.projection.streams();
        History::new(&self.desk.store, streams, (tenant, self.until))
    }

    async fn flush_when_full(&mut self) -> Result<Result<(), Lost>, Trouble> {
        let held: usize = self.folded.iter().map(|folded| folded.rows.held()).sum();
        if held < MOST_ROWS / 4 {
            return Ok(Ok(()));
        }
        self.flush().await
    }

    /// Writes what is folded.
    pub(super) async fn flush(&mut self) -> Result<Result<(), Lost>, Trouble> {
        let mut folded = std::mem::take(&mut self.folded);
        match write(&self.desk, &mut folded).await {
            Err(Trouble::Rejected(reason)) => {
                for folded in folded {
                    let done = self.rebuild_carefully(folded.tenant, &reason).await?;
                    if done.is_err() {
                        return Ok(Err(Lost));
                    }
                }
                Ok(Ok(()))
            }
            other => other,
        }
    }

    /// Builds a tenant, some of whose rows the database does not take, as the live loop would:
    /// page by page, until the events at fault are found and their streams parked.
    async fn rebuild_carefully(
        &mut self,
        tenant: TenantId,
        reason: &str,
    ) -> Result<Result<(), Lost>, Trouble> {
        let desk = &self.desk;
        tracing::warn!(%tenant, reason, "the database rejects a row; looking for the event");
        if desk.wipe_tenant(tenant).await?.is_err() {
            return Ok(Err(Lost));
        }
        let mut parked = Parked::default();
        let mut history = self.history(tenant);
        while let Some(page) = history.next().await? {
            let events = page.events()?;
            let posted = desk.post(&events, Checkpoint::Stay, &mut parked).await?;
            if posted.is_err() {
                return Ok(Err(Lost));
            }
        }
        Ok(Ok(()))
    }
}

/// Folds events; what halts the tenant, if something does.
async fn fold(
    desk: &Desk,
    folding: &mut Folding,
    events: &[Stored<'_>],
) -> Result<Option<Halt>, Trouble> {
    let Folding { folded, ground, .. } = folding;
    // What has to be loaded is loaded once a page.
    let stretch = match ground {
        Ground::Empty => STRETCH,
        Ground::Stored => events.len().max(1),
    };
    for events in events.chunks(stretch) {
        let mut outcome = folded.rows.take(events);
        if outcome.is_ok() && *ground == Ground::Stored {
            let mut tx = desk.begin().await?;
            tx.enter(folded.tenant).await?;
            let scope = desk.scope(folded.tenant);
            folded.rows.load(tx.connection(), scope).await?;
        }
        if outcome.is_ok() {
            outcome = folded.rows.apply();
        }
        if let Err(stuck) = outcome {
            return Ok(Some(Halt::Stopped(blame(events, stuck)?)));
        }
        tokio::task::yield_now().await;
    }
    if folded.rows.held() > MOST_ROWS {
        if write(desk, std::slice::from_mut(folded)).await?.is_err() {
            return Ok(Some(Halt::Lost));
        }
        *ground = Ground::Stored;
    }
    Ok(None)
}

/// Writes the rows that are held, and which streams are parked.
async fn write(desk: &Desk, folded: &mut [Folded]) -> Result<Result<(), Lost>, Trouble> {
    let mut tx = desk.begin().await?;
    for Folded {
        tenant,
        rows,
        poisons,
    } in &mut *folded
    {
        tx.enter(*tenant).await?;
        rows.write(tx.connection(), desk.scope(*tenant)).await?;
        for poison in &*poisons {
            let row = poison.parked(&desk.lease.key, (desk.clock)());
            tx.park(&row).await?;
        }
    }
    if desk.commit(tx, Checkpoint::Stay).await?.is_err() {
        return Ok(Err(Lost));
    }
    for poison in folded.iter_mut().flat_map(|f| f.poisons.drain(..)) {
        poison.announce(&desk.lease.key);
    }
    Ok(Ok(()))
}
