//! How far are the read models, and how does a reader of its own writes wait for them?

use std::collections::BTreeMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use daybook_store::Store;
use thiserror::Error;
use tokio::sync::{Mutex, watch};
use tokio::time::{Instant, timeout, timeout_at};

use super::projection::Projection;

/// How often positions are looked up while somebody waits for what another process writes.
const POLL: Duration = Duration::from_millis(12);
/// Positions that were looked up this recently are not looked up again.
const YOUNG: Duration = Duration::from_millis(3);

/// The positions of the live generations, by projection. Cheap to clone; one per process.
#[derive(Debug, Clone)]
pub struct Positions {
    inner: Arc<Inner>,
}

#[derive(Debug)]
struct Inner {
    store: Store,
    places: BTreeMap<&'static str, Place>,
    /// Held by the one waiter that asks the database on behalf of all.
    asking: Mutex<Asked>,
}

/// What is known of questions to the database.
#[derive(Debug, Default)]
struct Asked {
    /// When the last one was answered.
    answered: Option<Instant>,
    times: u64,
}

impl Asked {
    /// Whether the last answer is good for somebody who wants to know since then.
    fn is_good_for(&self, since: Instant) -> bool {
        self.answered.is_some_and(|at| at + YOUNG >= since)
    }
}

#[derive(Debug)]
struct Place {
    /// The last position that is known to be posted; 0 when nothing is known.
    known: watch::Sender<i64>,
    /// Whether a projector of this process posts, and tells.
    ours: AtomicBool,
}

/// Read models are still behind; safe to try again.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
#[error("the read model {projection} has not caught up in time; try again in a moment")]
pub struct StillBehind {
    /// Which one.
    pub projection: &'static str,
}

impl Positions {
    /// Positions of these projections; nothing is known yet.
    pub fn new(store: &Store, projections: &[Arc<Projection>]) -> Self {
        let place = |projection: &Arc<Projection>| {
            let place = Place {
                known: watch::Sender::new(0),
                ours: AtomicBool::new(false),
            };
            (projection.name(), place)
        };
        let inner = Inner {
            store: store.clone(),
            places: projections.iter().map(place).collect(),
            asking: Mutex::default(),
        };
        Self {
            inner: Arc::new(inner),
        }
    }

    /// Waits until projections have posted everything up to a log position. A name that is no
    /// projection's is waited for in vain.
    ///
    /// # Errors
    /// The first that is still behind after `limit`.
    pub async fn wait(
        &self,
        projections: &[&'static str],
        log_position: i64,
        limit: Duration,
    ) -> Result<(), StillBehind> {
        let deadline = Instant::now() + limit;
        for projection in projections.iter().copied() {
            let reached = self.reach(projection, log_position);
            timeout_at(deadline, reached)
                .await
                .map_err(|_| StillBehind { projection })?;
        }
        Ok(())
    }

    /// How far all of these projections have posted: from memory where a projector of this process
    /// posts, else as the database has it. 0 when nothing is known.
    pub async fn posted_by(&self, projections: &[&'static str]) -> i64 {
        let places = || projections.iter().map(|name| self.inner.places.get(name));
        let ours = |place: &Place| place.ours.load(Ordering::Acquire);
        if !places().all(|place| place.is_some_and(ours)) {
            let since = Instant::now();
            let mut asked = self.inner.asking.lock().await;
            // Whoever was at it meanwhile has asked for us, too.
            if !asked.is_good_for(since) {
                self.look(&mut asked).await;
            }
        }
        let known = |place: Option<&Place>| place.map_or(0, |place| *place.known.borrow());
        places().map(known).min().unwrap_or_default()
    }

    async fn reach(&self, projection: &str, log_position: i64) {
        let Some(place) = self.inner.places.get(projection) else {
            return std::future::pending().await;
        };
        let mut known = place.known.subscribe();
        while *known.borrow_and_update() < log_position {
            if !place.ours.load(Ordering::Acquire) {
                self.ask().await;
            }
            if *known.borrow_and_update() >= log_position {
                return;
            }
            // Whether it changed or not is looked at above.
            drop(timeout(POLL, known.changed()).await);
        }
    }

    /// Asks the database, unless another waiter is at it or has just been.
    async fn ask(&self) {
        if let Ok(mut asked) = self.inner.asking.try_lock()
            && !asked.is_good_for(Instant::now())
        {
            self.look(&mut asked).await;
        }
    }

    /// How often the database was asked.
    #[cfg(test)]
    pub(super) async fn times_asked(&self) -> u64 {
        self.inner.asking.lock().await.times
    }

    /// Takes over what the database says of projections that other processes run.
    async fn look(&self, asked: &mut Asked) {
        let answer = self.inner.store.live_positions().await;
        asked.answered = Some(Instant::now());
        asked.times = asked.times.saturating_add(1);
        metrics::counter!("daybook_position_lookups_total").absolute(asked.times);
        match answer {
            Ok(positions) => {
                for (name, position) in positions {
                    let place = self.inner.places.get(name.as_str());
                    let theirs = place.filter(|place| !place.ours.load(Ordering::Acquire));
                    if let Some(place) = theirs {
                        place.known.send_replace(position);
                    }
                }
            }
            Err(error) => tracing::debug!(%error, "positions of read models cannot be read"),
        }
    }

    /// A projector of this process has posted everything up to here.
    pub(super) fn reached(&self, projection: &str, log_position: i64) {
        if let Some(place) = self.inner.places.get(projection) {
            place.ours.store(true, Ordering::Release);
            place.known.send_replace(log_position);
        }
    }

    /// The projector of this process does not post any more. What it knew counts for nothing: a
    /// server that went down may have lost the last of it.
    pub(super) fn released(&self, projection: &str) {
        if let Some(place) = self.inner.places.get(projection) {
            place.ours.store(false, Ordering::Release);
            place.known.send_replace(0);
            // Whoever is at it takes over this one, too; else somebody has to begin anew.
            if let Ok(mut asked) = self.inner.asking.try_lock() {
                asked.answered = None;
            }
        }
    }
}
