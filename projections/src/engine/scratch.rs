//! How are one tenant's rows built as of a position of its log?
//!
//! By the build that rebuilds a generation, for this tenant alone and up to that position, under
//! a lease of their own: who was killed meanwhile cannot write any more, and whoever comes after
//! begins again from nothing.

use std::sync::Arc;
use std::sync::atomic::AtomicU64;

use chrono::{DateTime, Utc};
use daybook_store::reader::{Lease, ReaderKey, ScratchSchema, Vantage};
use daybook_store::{AsOf, Store, StoreError};
use uuid::Uuid;

use super::batch::{Checkpoint, Desk, Lost};
use super::fault::Trouble;
use super::history::History;
use super::lease::while_leased;
use super::parking::Parked;
use super::projection::Projection;
use super::tenant_build::TenantBuild;

/// Builds one projection from a vantage.
#[derive(Debug, Clone)]
pub(crate) struct Scratch {
    pub(crate) store: Store,
    pub(crate) projection: Arc<Projection>,
    /// One id per process.
    pub(crate) holder: Uuid,
    pub(crate) clock: fn() -> DateTime<Utc>,
    pub(crate) vantage: Vantage,
    /// Where the rows are built; none where the live ones are, under the vantage's generation.
    pub(crate) schema: Option<ScratchSchema>,
    /// Events read so far.
    pub(crate) read: Arc<AtomicU64>,
}

impl Scratch {
    /// Builds what the projection has as of the vantage, unless it is built. `false`: somebody
    /// else is at it, or the vantage was given up.
    ///
    /// # Errors
    /// When the database is away.
    pub(crate) async fn build(&self) -> Result<bool, StoreError> {
        let Some(lease) = self.lease().await? else {
            return Ok(false);
        };
        if lease.log_position > 0 {
            self.store.release_lease(&lease).await?;
            return Ok(true);
        }
        self.leased(&lease, self.build_leased(lease.clone())).await
    }

    /// Posts what the tenant's log has after the vantage, page by page, as the live loop would.
    /// `false`: the lease was lost.
    ///
    /// # Errors
    /// When the database is away.
    pub(crate) async fn advance(&self, from: &AsOf, to: &AsOf) -> Result<bool, StoreError> {
        let Some(lease) = self.lease().await? else {
            return Ok(false);
        };
        let work = self.advance_leased(lease.clone(), (from, to));
        self.leased(&lease, work).await
    }

    async fn lease(&self) -> Result<Option<Lease>, StoreError> {
        let key = ReaderKey {
            name: self.projection.name().to_owned(),
            generation: self.vantage.generation,
        };
        self.store.take_lease(&key, self.holder).await
    }

    async fn leased(
        &self,
        lease: &Lease,
        work: impl Future<Output = Result<Result<(), Lost>, Trouble>>,
    ) -> Result<bool, StoreError> {
        let done = while_leased(&self.desk(lease.clone()), work).await;
        self.store.release_lease(lease).await?;
        match done {
            None => Ok(false),
            Some(Ok(done)) => Ok(done.is_ok()),
            Some(Err(Trouble::Store(error))) => Err(error),
            Some(Err(Trouble::Rejected(reason))) => Err(StoreError::Broken(reason)),
        }
    }

    fn desk(&self, lease: Lease) -> Desk {
        Desk {
            store: self.store.clone(),
            projection: Arc::clone(&self.projection),
            lease,
            clock: self.clock,
            schema: self.schema.clone(),
            moved: Arc::default(),
        }
    }

    async fn build_leased(&self, lease: Lease) -> Result<Result<(), Lost>, Trouble> {
        let tenant = self.vantage.tenant;
        let desk = self.desk(lease);
        // Somebody may have begun and not finished.
        if desk.lease.epoch > 1 && desk.wipe_tenant(tenant).await?.is_err() {
            return Ok(Err(Lost));
        }
        let until = self.vantage.log_position;
        let mut building = TenantBuild::new(desk.clone(), until, Arc::clone(&self.read));
        if building.build(tenant).await?.is_err() || building.flush().await?.is_err() {
            return Ok(Err(Lost));
        }
        let tx = desk.begin().await?;
        desk.commit(tx, Checkpoint::Move { from: 0, to: until })
            .await
    }

    async fn advance_leased(
        &self,
        lease: Lease,
        (from, to): (&AsOf, &AsOf),
    ) -> Result<Result<(), Lost>, Trouble> {
        let mut at = lease.log_position;
        let desk = self.desk(lease);
        let parked = desk.store.parked_at(&desk.lease.key).await?;
        let mut parked = Parked::all_of(parked);
        let tenant = self.vantage.tenant;
        let streams = desk.projection.streams();
        let history = History::new(&desk.store, streams, (tenant, to.log_position));
        let mut history = history.after(from.position);
        while let Some(page) = history.next().await? {
            let events = page.events()?;
            let reached = events.last().map_or(at, |event| event.log_position);
            let step = Checkpoint::Move {
                from: at,
                to: reached,
            };
            if desk.post(&events, step, &mut parked).await?.is_err() {
                return Ok(Err(Lost));
            }
            at = reached;
        }
        let tx = desk.begin().await?;
        let moved = Checkpoint::Move {
            from: at,
            to: to.log_position,
        };
        desk.commit(tx, moved).await
    }
}
