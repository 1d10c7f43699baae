//! How are projections rebuilt while they go on serving?

use std::collections::BTreeSet;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use chrono::{DateTime, Utc};
use daybook_store::reader::{Lease, ReaderKey, ReaderState, ReaderStatus};
use daybook_store::{Store, StoreError};
use futures::future::join_all;
use thiserror::Error;
use tokio::time::sleep;
use uuid::Uuid;

use super::batch::{Desk, Lost};
use super::build::{Build, Part};
use super::fault::{Trouble, copy_of};
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
    /// It is live, or failed; what the rebuild returns in the end says which.
    Ended,
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
    /// Rows of newer code are not for older code to replace.
    #[error(
        "a newer version of Daybook made {0}, or is building it; rebuild with that one, or go back with \
         `daybook projections rollback {0}` first"
    )]
    Newer(&'static str),
    /// Code of another version began a build meanwhile.
    #[error("the build of {0} was given up for one by another version of Daybook")]
    GivenUp(&'static str),
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
    /// What is rebuilt, each of them once. The log is read once for all of them.
    pub projections: Vec<Arc<Projection>>,
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

/// A projection under the lease of the generation that is to be built.
#[derive(Debug, Clone)]
pub(super) struct Leased {
    pub(super) projection: Arc<Projection>,
    pub(super) lease: Lease,
    /// Events read so far.
    pub(super) read: Arc<AtomicU64>,
}

impl Leased {
    pub(super) fn new(projection: &Arc<Projection>, lease: Lease) -> Self {
        Self {
            projection: Arc::clone(projection),
            lease,
            read: Arc::default(),
        }
    }
}

/// A projection and what became of its rebuild; none while it goes on.
struct Asked<'a> {
    projection: &'a Arc<Projection>,
    key: ReaderKey,
    done: Option<Result<(), RebuildError>>,
}

impl Rebuild {
    /// Builds a new generation of each beside the live one and waits until it is live, here or wherever
    /// it is being built already. Works beside running projectors; effects are never fired.
    ///
    /// What became of them, in their order: one that fails, as when the database is away, stops none of
    /// the others. What was begun is finished by any running projector.
    pub async fn run(
        &self,
        progress: impl Fn(&'static str, Progress),
    ) -> Vec<Result<(), RebuildError>> {
        let mut asked = Vec::with_capacity(self.projections.len());
        for projection in &self.projections {
            asked.push(self.ask(projection).await);
        }
        while asked.iter().any(|it| it.done.is_none()) {
            match self.attempt_what_is_free(&mut asked, &progress).await {
                Ok(true) => {}
                Ok(false) => sleep(LOOK).await,
                Err(error) => {
                    for it in asked.iter_mut().filter(|it| it.done.is_none()) {
                        it.done = Some(Err(copy_of(&error).into()));
                    }
                }
            }
        }
        asked.into_iter().filter_map(|it| it.done).collect()
    }

    /// Begins a new generation, unless this code's is being built.
    async fn ask<'a>(&self, projection: &'a Arc<Projection>) -> Asked<'a> {
        let (name, store) = (projection.name(), &self.store);
        let begun = async {
            let version = projection.version();
            store.register_reader(name, version).await?;
            store.begin_generation(name, version).await
        };
        let none = ReaderKey {
            name: name.to_owned(),
            generation: 0,
        };
        let (key, done) = match begun.await {
            Ok(Some(key)) => (key, None),
            Ok(None) => (none, Some(Err(RebuildError::Newer(name)))),
            Err(error) => (none, Some(Err(error.into()))),
        };
        Asked {
            projection,
            key,
            done,
        }
    }

    /// Builds those whose leases are free. `false`: none is.
    async fn attempt_what_is_free(
        &self,
        asked: &mut [Asked<'_>],
        progress: &impl Fn(&'static str, Progress),
    ) -> Result<bool, StoreError> {
        let readers = self.store.readers().await?;
        let standing = |it: &Asked<'_>| {
            let is_it = |status: &&ReaderStatus| status.key == it.key;
            let status = readers.iter().find(is_it)?;
            Some((status.state, status.lag))
        };
        let (mut leased, mut at_work) = (Vec::new(), Vec::new());
        for it in asked.iter_mut().filter(|it| it.done.is_none()) {
            let lag = match standing(it) {
                Some((ReaderState::Building, lag)) => lag,
                // It is live, or was and has been replaced since.
                Some((ReaderState::Live | ReaderState::Previous, _)) => {
                    it.done = Some(Ok(()));
                    continue;
                }
                None => {
                    it.done = Some(Err(RebuildError::GivenUp(it.projection.name())));
                    continue;
                }
            };
            match self.store.take_building_lease(&it.key, self.holder).await {
                Ok(Some(lease)) => {
                    leased.push(Leased::new(it.projection, lease));
                    at_work.push(it);
                }
                Ok(None) => progress(it.projection.name(), Progress::Elsewhere { lag }),
                Err(error) => it.done = Some(Err(error.into())),
            }
        }
        if leased.is_empty() {
            return Ok(asked.iter().all(|it| it.done.is_some()));
        }
        let attempts = self.attempt_telling(&leased, progress).await;
        for (it, attempt) in at_work.into_iter().zip(attempts) {
            it.done = match attempt {
                Ok(Attempt::Live) => Some(Ok(())),
                Ok(Attempt::Lost) => None,
                Err(trouble) => Some(Err(trouble.into())),
            };
        }
        Ok(true)
    }

    async fn attempt_telling(
        &self,
        leased: &[Leased],
        progress: &impl Fn(&'static str, Progress),
    ) -> Vec<Result<Attempt, Trouble>> {
        let over = Mutex::new(BTreeSet::new());
        let over = || over.lock().unwrap_or_else(PoisonError::into_inner);
        let attempt = self.attempt(leased, |it, _| {
            over().insert(it.projection.name());
            progress(it.projection.name(), Progress::Ended);
        });
        tokio::pin!(attempt);
        loop {
            tokio::select! {
                done = &mut attempt => return done,
                () = sleep(LOOK) => for it in leased {
                    let name = it.projection.name();
                    if !over().contains(name) {
                        let events = it.read.load(Ordering::Relaxed);
                        progress(name, Progress::Reading { events });
                    }
                },
            }
        }
    }

    /// Builds under leases, catches up, and makes the generations live. How each ended, in their order;
    /// `ended` is told of each at once.
    pub(super) async fn attempt(
        &self,
        leased: &[Leased],
        ended: impl Fn(&Leased, &Result<Attempt, Trouble>),
    ) -> Vec<Result<Attempt, Trouble>> {
        let part = |it: &Leased| Part::new(self.desk(it), Arc::clone(&it.read));
        let parts: Vec<Arc<Part>> = leased.iter().map(part).collect();
        let build = Build::new(self.store.clone(), parts.clone());
        let each = leased.iter().zip(parts).map(async |(it, part)| {
            let attempt = self.attempt_one(it, &part).await;
            ended(it, &attempt);
            attempt
        });
        let ((), attempts) = tokio::join!(build.run(), join_all(each));
        attempts
    }

    async fn attempt_one(&self, it: &Leased, part: &Part) -> Result<Attempt, Trouble> {
        let desk = self.desk(it);
        let built_and_live = async {
            match part.ended().await? {
                Ok(until) => promote(desk.clone(), until).await,
                Err(Lost) => Ok(Attempt::Lost),
            }
        };
        let done = while_leased(&desk, built_and_live).await;
        if done.is_none() {
            part.end(Ok(Err(Lost)));
        }
        // Whoever follows it from now on need not wait for the lease to expire.
        self.store.release_lease(&it.lease).await?;
        done.unwrap_or(Ok(Attempt::Lost))
    }

    fn desk(&self, it: &Leased) -> Desk {
        Desk {
            store: self.store.clone(),
            projection: Arc::clone(&it.projection),
            lease: it.lease.clone(),
            clock: self.clock,
            schema: None,
            moved: Arc::default(),
        }
    }
}

/// Catches up with what came meanwhile, and makes the generation live.
async fn promote(mut desk: Desk, until: i64) -> Result<Attempt, Trouble> {
    desk.lease.log_position = until;
    let key = desk.lease.key.clone();
    let mut follower = Follower::start(desk, None).await?;
    if follower.promote().await? == Reached::Lost {
        return Ok(Attempt::Lost);
    }
    tracing::info!(
        projection = key.name,
        generation = key.generation,
        log_position = follower.position(),
        "a rebuilt generation is live"
    );
    Ok(Attempt::Live)
}
