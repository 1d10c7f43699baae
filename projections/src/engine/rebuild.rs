//! How is a projection rebuilt while it goes on serving?

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use chrono::{DateTime, Utc};
use daybook_store::reader::{Lease, ReaderKey, ReaderState};
use daybook_store::{Store, StoreError};
use thiserror::Error;
use tokio::time::sleep;
use uuid::Uuid;

use super::batch::{Desk, Lost};
use super::build::Build;
use super::fault::Trouble;
use super::lease::while_leased;
use super::live::{Follower, Reached};
use super::projection::Projection;

/// How often another process's build is looked at, and progress told.
const LOOK: Duration = Duration::from_millis(200);

/// How far a rebuild is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Progress {
    /// History is being read.
    Reading {
        /// Events read so far, of those the projection is interested in.
        events: u64,
    },
    /// Another process builds.
    Elsewhere {
        /// Events it has yet to read; all of them until it has built from history.
        lag: i64,
    },
}

/// A rebuild did not come to its end; the read model serves as before.
#[derive(Debug, Error)]
pub enum RebuildError {
    /// There is no such projection.
    #[error("no projection is called {0}; `daybook projections` lists them")]
    Unknown(String),
    /// It was never rebuilt, or too long ago.
    #[error(
        "{0} has no generation before the live one; it is kept from a rebuild to the next, and for \
         seven days at most"
    )]
    NothingBefore(&'static str),
    /// Rows of one version of the code are not for another one to continue.
    #[error(
        "the generation before was written by version {wrote} of the code, and this is version \
         {ours}; use the binary of that version"
    )]
    OtherCode {
        /// The version that wrote the rows.
        wrote: i32,
        /// The version of this binary.
        ours: i32,
    },
    /// The database did not play along.
    #[error(transparent)]
    Store(#[from] StoreError),
}

impl From<Trouble> for RebuildError {
    fn from(trouble: Trouble) -> Self {
        Self::Store(match trouble {
            Trouble::Store(error) => error,
            Trouble::Rejected(reason) => StoreError::Broken(reason),
        })
    }
}

/// What a rebuild needs to know.
#[derive(Debug, Clone)]
pub struct Rebuild {
    /// The log and the rows.
    pub store: Store,
    /// What is rebuilt.
    pub projection: Arc<Projection>,
    /// Who builds: one id per process.
    pub holder: Uuid,
    /// What time it is.
    pub clock: fn() -> DateTime<Utc>,
}

/// How one attempt at a build ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Attempt {
    /// The generation is live.
    Live,
    /// The lease went to somebody else.
    Lost,
}

impl Rebuild {
    /// Builds a new generation beside the live one and waits until it is live, here or wherever it
    /// is being built already. Works beside running projectors; effects are never fired.
    ///
    /// # Errors
    /// When the database is away. What was begun is finished by any running projector.
    pub async fn run(&self, progress: impl Fn(Progress)) -> Result<(), RebuildError> {
        let store = &self.store;
        store
            .register_reader(self.projection.name(), self.projection.version())
            .await?;
        let key = store.begin_generation(self.projection.name()).await?;
        // Once it is not building any more it is live, or was and has been replaced since.
        while let Some((ReaderState::Building, lag)) = self.status_of(&key).await? {
            match store.take_lease(&key, self.holder).await? {
                Some(lease) => {
                    if self.attempt_telling(&lease, &progress).await? == Attempt::Live {
                        break;
                    }
                }
                None => progress(Progress::Elsewhere { lag }),
            }
            sleep(LOOK).await;
        }
        Ok(())
    }

    async fn status_of(&self, key: &ReaderKey) -> Result<Option<(ReaderState, i64)>, StoreError> {
        let readers = self.store.readers().await?;
        let found = readers.into_iter().find(|status| status.key == *key);
        Ok(found.map(|status| (status.state, status.lag)))
    }

    async fn attempt_telling(
        &self,
        lease: &Lease,
        progress: &impl Fn(Progress),
    ) -> Result<Attempt, Trouble> {
        let read = Arc::new(AtomicU64::new(0));
        let attempt = self.attempt(lease, &read);
        tokio::pin!(attempt);
        loop {
            tokio::select! {
                done = &mut attempt => return done,
                () = sleep(LOOK) => {
                    progress(Progress::Reading { events: read.load(Ordering::Relaxed) });
                }
            }
        }
    }

    /// Builds under a lease, catches up, and makes the generation live.
    pub(super) async fn attempt(
        &self,
        lease: &Lease,
        read: &Arc<AtomicU64>,
    ) -> Result<Attempt, Trouble> {
        let done = while_leased(&self.store, lease, self.build_and_promote(lease, read)).await;
        let attempt = done.unwrap_or(Ok(Attempt::Lost));
        // Whoever follows it from now on need not wait for the lease to expire.
        self.store.release_lease(lease).await?;
        attempt
    }

    async fn build_and_promote(
        &self,
        lease: &Lease,
        read: &Arc<AtomicU64>,
    ) -> Result<Attempt, Trouble> {
        let mut desk = Desk {
            store: self.store.clone(),
            projection: Arc::clone(&self.projection),
            lease: lease.clone(),
            clock: self.clock,
            schema: None,
        };
        let history = Build {
            desk: desk.clone(),
            read: Arc::clone(read),
        };
        let Ok(until) = history.run().await? else {
            return Ok(Attempt::Lost);
        };
        desk.lease.log_position = until;
        let mut follower = Follower::start(desk, None).await?;
        loop {
            if follower.catch_up().await? == Reached::Lost {
                return Ok(Attempt::Lost);
            }
            if self.store.promote(&lease.key).await? {
                tracing::info!(
                    projection = lease.key.name,
                    generation = lease.key.generation,
                    log_position = follower.position(),
                    "a rebuilt generation is live"
                );
                return Ok(Attempt::Live);
            }
            // The live one was faster, by events this process has not been told of yet.
            sleep(Duration::from_millis(5)).await;
        }
    }
}

impl From<Lost> for Attempt {
    fn from(Lost: Lost) -> Self {
        Self::Lost
    }
}
