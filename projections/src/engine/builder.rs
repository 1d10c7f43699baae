//! Who builds the generations that newer code, or somebody else, asked for?

use std::collections::HashSet;
use std::sync::{Arc, Mutex, PoisonError};

use daybook_store::reader::ReaderState;
use tokio::task::JoinSet;
use tokio::time::sleep;

use super::projector::{PAUSE, Projector, Statuses, generation_of};
use super::rebuild::{Leased, Rebuild};

/// Builds generations as they are begun; those that are begun at the same time, as newer code does at
/// its start, from one reading of the log.
pub(super) struct Builder {
    projector: Projector,
    statuses: Statuses,
    attempts: JoinSet<()>,
    at_work: AtWork,
}

/// What is built here: projections, each with the epoch of its lease.
#[derive(Debug, Clone, Default)]
struct AtWork(Arc<Mutex<HashSet<(String, i64)>>>);

impl AtWork {
    fn set(&self) -> std::sync::MutexGuard<'_, HashSet<(String, i64)>> {
        // A set is whole after every step: a panicking holder leaves it usable.
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn begins(&self, it: &Leased) {
        self.set()
            .insert((it.lease.key.name.clone(), it.lease.epoch));
    }

    fn ended(&self, it: &Leased) {
        self.set()
            .remove(&(it.lease.key.name.clone(), it.lease.epoch));
    }

    fn has(&self, name: &str) -> bool {
        self.set().iter().any(|(at_work, _)| at_work == name)
    }
}

impl Builder {
    pub(super) fn new(projector: Projector, statuses: Statuses) -> Self {
        Self {
            projector,
            statuses,
            attempts: JoinSet::new(),
            at_work: AtWork::default(),
        }
    }

    pub(super) async fn build_for_ever(mut self) {
        loop {
            while let Some(ended) = self.attempts.try_join_next() {
                if let Err(error) = ended {
                    tracing::error!(%error, "a build died");
                }
            }
            let leased = self.lease().await;
            if !leased.is_empty() {
                self.begin(leased);
            }
            sleep(PAUSE).await;
        }
    }

    /// The generations that are to be built and that nobody builds, here or elsewhere.
    async fn lease(&mut self) -> Vec<Leased> {
        let statuses = self.statuses.borrow_and_update().clone();
        let mut leased = Vec::new();
        for projection in &self.projector.projections {
            let name = projection.name();
            if self.at_work.has(name) {
                continue;
            }
            let Some(key) = generation_of(projection, ReaderState::Building, &statuses) else {
                continue;
            };
            let (store, holder) = (&self.projector.store, self.projector.holder);
            match store.take_building_lease(&key, holder).await {
                Ok(Some(lease)) => leased.push(Leased::new(projection, lease)),
                Ok(None) => {}
                Err(error) => {
                    tracing::warn!(projection = name, %error, "its build cannot be begun");
                }
            }
        }
        leased
    }

    fn begin(&mut self, leased: Vec<Leased>) {
        let rebuild = Rebuild {
            store: self.projector.store.clone(),
            projections: leased.iter().map(|it| it.projection.clone()).collect(),
            holder: self.projector.holder,
            clock: self.projector.clock,
        };
        for it in &leased {
            self.at_work.begins(it);
        }
        self.attempts
            .spawn(attempt(rebuild, leased, self.at_work.clone()));
    }
}

async fn attempt(rebuild: Rebuild, leased: Vec<Leased>, at_work: AtWork) {
    for it in &leased {
        let key = &it.lease.key;
        tracing::info!(
            projection = key.name,
            generation = key.generation,
            "building a new generation"
        );
    }
    let ended = |it: &Leased, attempt: &Result<_, _>| {
        at_work.ended(it);
        if let Err(trouble) = attempt {
            let projection = it.projection.name();
            tracing::warn!(projection, %trouble, "a build was interrupted");
        }
    };
    rebuild.attempt(&leased, ended).await;
}
