//! How is one tenant's part of a generation built?

use daybook_domain::kernel::TenantId;
use tokio::sync::mpsc;
use tokio::task::JoinSet;

use super::batch::{Checkpoint, Lost, blame};
use super::build::Build;
use super::fault::Trouble;
use super::history::{History, Page};
use super::parking::{Parked, Poison};
use super::posting::{Ground, TenantRows};

/// Rows one worker holds before it writes them. Few in tests, so that small tenants are huge.
const MOST_ROWS: usize = if cfg!(test) { 64 } else { 30_000 };
/// Pages read ahead of the fold.
const AHEAD: usize = 2;
/// Events applied before other tasks of the thread get their turn.
const STRETCH: usize = 1_000;

/// Builds tenants one after the other, and writes several small ones together.
pub(super) struct TenantBuild {
    build: Build,
    until: i64,
    /// Folded to the end and not written yet.
    folded: Vec<Folded>,
}

struct Folded {
    tenant: TenantId,
    rows: Box<dyn TenantRows>,
    poisons: Vec<Poison>,
}

/// How folding a tenant ended.
enum Outcome {
    Folded,
    Lost,
    /// An event stops its stream; the tenant begins again without it.
    Stopped(Poison),
}

impl TenantBuild {
    pub(super) fn new(build: Build, until: i64) -> Self {
        Self {
            build,
            until,
            folded: Vec::new(),
        }
    }

    /// Builds a tenant; what it wrote may still be in memory afterwards.
    pub(super) async fn build(&mut self, tenant: TenantId) -> Result<Result<(), Lost>, Trouble> {
        let mut poisons: Vec<Poison> = Vec::new();
        loop {
            let mut parked = Parked::default();
            for poison in &poisons {
                parked.add(poison);
            }
            let rows = self.build.desk.projection.rows(Ground::Empty);
            let mut folded = Folded {
                tenant,
                rows,
                poisons: poisons.clone(),
            };
            match self.fold(&mut folded, &parked).await {
                Ok(Outcome::Folded) => {
                    self.folded.push(folded);
                    return self.flush_when_full().await;
                }
                Ok(Outcome::Lost) => return Ok(Err(Lost)),
                Ok(Outcome::Stopped(poison)) => poisons.push(poison),
                Err(Trouble::Rejected(reason)) => {
                    return self.rebuild_carefully(tenant, &reason).await;
                }
                Err(other) => return Err(other),
            }
            if self.build.desk.wipe_tenant(tenant).await?.is_err() {
                return Ok(Err(Lost));
            }
        }
    }

    /// Folds a tenant's history; writes only when its rows are too many to hold.
    async fn fold(&mut self, folded: &mut Folded, parked: &Parked) -> Result<Outcome, Trouble> {
        let desk = self.build.desk.clone();
        let mut ground = Ground::Empty;
        let (mut pages, _reader) = self.read_ahead(folded.tenant);
        while let Some(page) = pages.recv().await {
            let page = page?;
            self.build.count(page.len());
            let mut events = page.events()?;
            events.retain(|event| !parked.covers(event));
            // What has to be loaded is loaded once a page.
            let stretch = match ground {
                Ground::Empty => STRETCH,
                Ground::Stored => events.len().max(1),
            };
            for events in events.chunks(stretch) {
                let mut outcome = folded.rows.take(events);
                if outcome.is_ok() && ground == Ground::Stored {
                    let mut tx = desk.begin().await?;
                    tx.enter(folded.tenant).await?;
                    let scope = desk.scope(folded.tenant);
                    folded.rows.load(tx.connection(), scope).await?;
                }
                if outcome.is_ok() {
                    outcome = folded.rows.apply();
                }
                if let Err(stuck) = outcome {
                    return Ok(Outcome::Stopped(blame(events, stuck)?));
                }
                tokio::task::yield_now().await;
            }
            if folded.rows.held() > MOST_ROWS {
                if self.write(std::slice::from_mut(folded)).await?.is_err() {
                    return Ok(Outcome::Lost);
                }
                ground = Ground::Stored;
            }
        }
        Ok(Outcome::Folded)
    }

    /// Reads pages in a task of its own, which ends when the returned set is dropped.
    fn read_ahead(&self, tenant: TenantId) -> (mpsc::Receiver<Result<Page, Trouble>>, JoinSet<()>) {
        let desk = &self.build.desk;
        let mut history = History::new(&desk.store, &desk.projection, tenant, self.until);
        let (send, pages) = mpsc::channel(AHEAD);
        let mut reader = JoinSet::new();
        reader.spawn(async move {
            loop {
                let page = match history.next().await {
                    Ok(Some(page)) => Ok(page),
                    Ok(None) => return,
                    Err(error) => Err(Trouble::Store(error)),
                };
                let ended = page.is_err();
                if send.send(page).await.is_err() || ended {
                    return;
                }
            }
        });
        (pages, reader)
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
        match self.write(&mut folded).await {
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

    async fn write(&mut self, folded: &mut [Folded]) -> Result<Result<(), Lost>, Trouble> {
        let desk = &self.build.desk;
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

    /// Builds a tenant, some of whose rows the database does not take, as the live loop would:
    /// page by page, until the events at fault are found and their streams parked.
    async fn rebuild_carefully(
        &mut self,
        tenant: TenantId,
        reason: &str,
    ) -> Result<Result<(), Lost>, Trouble> {
        let desk = &self.build.desk;
        tracing::warn!(%tenant, reason, "the database rejects a row; looking for the event");
        if desk.wipe_tenant(tenant).await?.is_err() {
            return Ok(Err(Lost));
        }
        let mut parked = Parked::default();
        let mut history = History::new(&desk.store, &desk.projection, tenant, self.until);
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
