//! Who keeps the read models up to date?

use std::sync::Arc;
use std::time::Duration;

use chrono::{DateTime, Utc};
use daybook_store::reader::{Lease, ReaderKey, ReaderState, ReaderStatus};
use daybook_store::{Store, StoreError};
use tokio::sync::{Notify, watch};
use tokio::task::JoinSet;
use tokio::time::{sleep, timeout};
use tokio_util::sync::CancellationToken;
use uuid::Uuid;

use super::batch::{Desk, Lost};
use super::builder::Builder;
use super::fault::Trouble;
use super::lease::while_leased;
use super::live::Follower;
use super::positions::Positions;
use super::projection::Projection;
use super::sweep::sweep;

/// How often generations are looked at, and a lease of another process is tried.
const LOOK: Duration = Duration::from_millis(400);
/// How long a task pauses after a failure.
pub(super) const PAUSE: Duration = Duration::from_millis(500);
/// How often rows of replaced generations are looked for.
const SWEEP: Duration = Duration::from_secs(5);

/// Follows the log with every projection. Any number of processes may run one: each generation is
/// leased to one of them at a time, and goes to another within seconds when its holder is gone.
#[derive(Debug, Clone)]
pub struct Projector {
    /// The log and the rows.
    pub store: Store,
    /// The projections, usually [`crate::all`].
    pub projections: Vec<Arc<Projection>>,
    /// Who is told how far they are.
    pub positions: Positions,
    /// Who holds the leases: one id per process.
    pub holder: Uuid,
    /// What time it is.
    pub clock: fn() -> DateTime<Utc>,
}

pub(super) type Statuses = watch::Receiver<Vec<ReaderStatus>>;

impl Projector {
    /// Registers the projections and follows until stopped; then gives the leases back. Failures are
    /// logged and tried again.
    pub async fn run(self, stop: CancellationToken) {
        let Some(registered) = stop.run_until_cancelled(self.register()).await else {
            return;
        };
        let (tell, statuses) = watch::channel(registered);
        let mut tasks = JoinSet::new();
        let look = Arc::new(Notify::new());
        let on = (Arc::clone(&look), stop.clone());
        tasks.spawn(watch_generations(self.store.clone(), tell, on));
        tasks.spawn(sweep_for_ever(self.clone(), stop.clone()));
        for projection in &self.projections {
            let worker = Worker {
                projector: self.clone(),
                projection: Arc::clone(projection),
                statuses: statuses.clone(),
                look: Arc::clone(&look),
                stop: stop.clone(),
            };
            tasks.spawn(worker.live_for_ever());
        }
        let builder = Builder::new(self, statuses);
        tasks.spawn(async move {
            stop.run_until_cancelled(builder.build_for_ever()).await;
        });
        while let Some(done) = tasks.join_next().await {
            if let Err(error) = done {
                tracing::error!(%error, "a task of the projector died");
            }
        }
    }

    /// Registers the projections, however long the database is away.
    async fn register(&self) -> Vec<ReaderStatus> {
        loop {
            match self.register_once().await {
                Ok(registered) => return registered,
                Err(error) => tracing::warn!(%error, "the projections cannot be registered yet"),
            }
            sleep(PAUSE).await;
        }
    }

    async fn register_once(&self) -> Result<Vec<ReaderStatus>, StoreError> {
        for projection in &self.projections {
            self.store
                .register_reader(projection.name(), projection.version())
                .await?;
        }
        self.store.readers().await
    }
}

async fn watch_generations(
    store: Store,
    tell: watch::Sender<Vec<ReaderStatus>>,
    (now, stop): (Arc<Notify>, CancellationToken),
) {
    let next = async || drop(timeout(LOOK, now.notified()).await);
    while stop.run_until_cancelled(next()).await.is_some() {
        match store.readers().await {
            Ok(readers) => {
                tell.send_replace(readers);
            }
            Err(error) => tracing::warn!(%error, "the generations cannot be read"),
        }
    }
}

async fn sweep_for_ever(projector: Projector, stop: CancellationToken) {
    let work = async {
        loop {
            if let Err(error) = sweep(&projector.store, &projector.projections).await {
                tracing::warn!(%error, "rows of a replaced generation are still there");
            }
            sleep(SWEEP).await;
        }
    };
    stop.run_until_cancelled(work).await;
}

/// What one projection's tasks need.
#[derive(Debug, Clone)]
struct Worker {
    projector: Projector,
    projection: Arc<Projection>,
    statuses: Statuses,
    /// Asks for fresh statuses.
    look: Arc<Notify>,
    stop: CancellationToken,
}

impl Worker {
    /// Keeps the live generation up to date, whichever it is.
    async fn live_for_ever(mut self) {
        let name = self.projection.name();
        while !self.stop.is_cancelled() {
            let ended = self.live_once().await;
            self.projector.positions.released(name);
            if let Err(trouble) = ended {
                tracing::warn!(projection = name, %trouble, "following the log was interrupted");
                self.stop.run_until_cancelled(sleep(PAUSE)).await;
            }
            let news = timeout(LOOK, self.statuses.changed());
            self.stop.run_until_cancelled(news).await;
        }
    }

    /// Follows under the lease of the live generation until it is lost or work is to stop.
    async fn live_once(&mut self) -> Result<(), Trouble> {
        let Some(lease) = self.lease_of_live().await? else {
            return Ok(());
        };
        let store = &self.projector.store;
        let desk = self.desk(&lease);
        let follow = while_leased(&desk, async {
            let told = Some(self.projector.positions.clone());
            let mut follower = Follower::start(desk.clone(), told).await?;
            follower.follow().await
        });
        let ended = self.stop.run_until_cancelled(follow).await;
        match ended {
            // Asked to stop.
            None => store.release_lease(&lease).await?,
            // A failure, after which nothing is certain: let others try.
            Some(Some(Err(trouble))) => {
                store.release_lease(&lease).await?;
                return Err(trouble);
            }
            // To a new generation, perhaps, whose lease is free.
            Some(None | Some(Ok(Lost))) => self.look.notify_one(),
        }
        Ok(())
    }

    /// The lease of our projection's live generation, if it is free.
    async fn lease_of_live(&mut self) -> Result<Option<Lease>, Trouble> {
        let key = {
            let statuses = self.statuses.borrow_and_update();
            generation_of(&self.projection, ReaderState::Live, &statuses)
        };
        let Some(key) = key else {
            return Ok(None);
        };
        let store = &self.projector.store;
        Ok(store.take_lease(&key, self.projector.holder).await?)
    }

    fn desk(&self, lease: &Lease) -> Desk {
        Desk {
            store: self.projector.store.clone(),
            projection: Arc::clone(&self.projection),
            lease: lease.clone(),
            clock: self.projector.clock,
            schema: None,
            moved: Arc::default(),
        }
    }
}

/// A projection's generation in this state, if there is one for this code to continue.
pub(super) fn generation_of(
    projection: &Projection,
    state: ReaderState,
    statuses: &[ReaderStatus],
) -> Option<ReaderKey> {
    let is_ours = |version: i32| match state {
        // What newer code writes is not for us to continue. What older code wrote is kept up to date until
        // ours is built; a build of other code would end as neither's rows.
        ReaderState::Live => version <= projection.version(),
        ReaderState::Building | ReaderState::Previous => version == projection.version(),
    };
    let ours = statuses.iter().find(|status| {
        status.key.name == projection.name() && status.state == state && is_ours(status.version)
    });
    ours.map(|status| status.key.clone())
}
