//! Who makes an archive?

use std::fs::DirBuilder;
use std::io;
use std::os::unix::fs::DirBuilderExt;
use std::path::{Path, PathBuf};
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

use chrono::{DateTime, TimeDelta, Utc};
use daybook_api::audit::archive_file;
use daybook_domain::audit::export::{Cause, Export, Failed, Requested};
use daybook_store::audit::Outside;
use daybook_store::{ExecuteError, ExportJob, ExportProgress, Origin, Store, StoreError};
use serde_json::json;
use tokio::time::sleep;
use tokio_util::sync::CancellationToken;

use super::sweep::sweep;
use crate::clock::Clock;
use crate::export::{ExportError, Ledger, Order, Progress, build};

/// How long a maker may be silent before another one goes on.
const LEASE: Duration = Duration::from_secs(10);
/// Between two signs of life, which tell how far it is.
const BEAT: Duration = Duration::from_secs(2);
/// How long the seal may take to get to the newest event.
const PATIENCE: Duration = Duration::from_mins(1);
/// Attempts before it is given up; one that was killed counts as well.
const ATTEMPTS: i32 = 10;
/// After an attempt that failed, in seconds; the last one for all further ones.
const PAUSES: [i64; 4] = [2, 10, 60, 300];
/// Between two looks for what has expired.
const SWEEP: Duration = Duration::from_secs(10);

/// Makes archives and takes them away when they expire.
#[derive(Debug, Clone)]
pub(crate) struct Maker {
    /// The log.
    pub(crate) store: Store,
    /// What time it is.
    pub(crate) clock: Clock,
    /// Where archives are kept.
    pub(crate) directory: PathBuf,
    /// Where the last checkpoints are kept, if that is here.
    pub(crate) outside: Option<Outside>,
    /// How long archives are kept.
    pub(crate) keep: Duration,
    /// Between two looks at the queue when nothing waits.
    pub(crate) pause: Duration,
}

impl Maker {
    /// Makes archives until stopped.
    pub(crate) async fn run(self, stop: CancellationToken) {
        if let Err(error) = for_us_alone(&self.directory) {
            let directory = self.directory.display();
            tracing::warn!(%directory, %error, "archives of exports cannot be kept");
        }
        let mut swept: Option<Instant> = None;
        while !stop.is_cancelled() {
            if swept.is_none_or(|at| at.elapsed() >= SWEEP) {
                sweep(&self.store, self.clock, &self.directory).await;
                swept = Some(Instant::now());
            }
            match self.store.exports().claim((self.clock)(), LEASE).await {
                Ok(Some(job)) => self.turn(&job, &stop).await,
                Ok(None) => {
                    stop.run_until_cancelled(sleep(self.pause)).await;
                }
                Err(error) => {
                    tracing::warn!(%error, "the queue of exports cannot be read");
                    stop.run_until_cancelled(sleep(self.pause)).await;
                }
            }
        }
    }

    /// Works on a job until it has ended, somebody else has it, or the process stops.
    async fn turn(&self, job: &ExportJob, stop: &CancellationToken) {
        let worked = match stop.run_until_cancelled(self.work(job)).await {
            Some(worked) => worked,
            None => {
                // Another process may go on with it at once.
                let now = (self.clock)();
                let exports = self.store.exports();
                let given_back = exports.postpone(job, now, "the process stopped").await;
                given_back.map(drop)
            }
        };
        if let Err(error) = worked {
            // The lease runs out; the next attempt goes on.
            tracing::warn!(export = %job.export, tenant = %job.tenant, %error,
                "an export was interrupted");
        }
    }

    async fn work(&self, job: &ExportJob) -> Result<(), StoreError> {
        let loaded = self
            .store
            .load_stored_now::<Export>(job.tenant, job.export)
            .await?;
        let requested = match loaded.state.as_ref() {
            Export::Pending(requested) => requested.clone(),
            Export::Unknown | Export::Ready(_) | Export::Failed | Export::Expired => {
                return self.store.exports().settle(job).await.map(drop);
            }
        };
        let order = self.order(job, requested);
        let told = Mutex::new(ExportProgress::default());
        let tell = |progress: Progress| {
            *told.lock().unwrap_or_else(PoisonError::into_inner) = stored(progress);
        };
        let built = tokio::select! {
            built = build(&self.store, &order, &tell) => built,
            () = self.beat(job, &told) => {
                tracing::info!(export = %job.export, "somebody else makes this export now");
                return Ok(());
            }
        };
        let ledger = Ledger {
            store: &self.store,
            tenant: job.tenant,
            id: job.export,
            part: "exports",
            origin: &Origin::default(),
        };
        let now = (self.clock)();
        let recorded = match built {
            Ok(built) => {
                let keep = TimeDelta::from_std(self.keep).unwrap_or(TimeDelta::days(7));
                ledger.complete(&built, Some(keep), now).await
            }
            Err(error) => match failure(&error, job, now) {
                None => return self.later(job, &error).await,
                Some(failure) => {
                    tracing::error!(export = %job.export, tenant = %job.tenant, %error,
                        "an export failed");
                    metrics::counter!("daybook_exports_failed_total").increment(1);
                    order.forget();
                    ledger.fail(failure).await
                }
            },
        };
        match recorded {
            // A refusal: it had ended.
            Ok(_) | Err(ExecuteError::Refused(_)) => {
                self.store.exports().settle(job).await.map(drop)
            }
            Err(
                error @ (ExecuteError::Conflict { .. }
                | ExecuteError::CommandIdReused(_)
                | ExecuteError::Overloaded
                | ExecuteError::Store(_)),
            ) => self.later(job, &error).await,
        }
    }

    fn order(&self, job: &ExportJob, requested: Requested) -> Order {
        Order {
            id: job.export,
            tenant: job.tenant,
            filter: requested.filter,
            exported: json!({
                "export": job.export, "by": requested.by, "at": requested.at.to_rfc3339(),
            }),
            file: archive_file(&self.directory, job.tenant, job.export),
            patience: PATIENCE,
            outside: self.outside.clone(),
        }
    }

    async fn later(
        &self,
        job: &ExportJob,
        error: &(dyn std::error::Error + Sync),
    ) -> Result<(), StoreError> {
        let index = usize::try_from(job.attempt).unwrap_or(1).saturating_sub(1);
        let seconds = PAUSES.get(index).or(PAUSES.last()).copied().unwrap_or(60);
        let again = (self.clock)() + TimeDelta::seconds(seconds);
        tracing::warn!(export = %job.export, tenant = %job.tenant, %error,
            "an export is tried again later");
        let exports = self.store.exports();
        exports.postpone(job, again, &error.to_string()).await?;
        Ok(())
    }

    /// Gives signs of life; returns when the job is somebody else's.
    async fn beat(&self, job: &ExportJob, told: &Mutex<ExportProgress>) {
        loop {
            let progress = *told.lock().unwrap_or_else(PoisonError::into_inner);
            match self.store.exports().keep(job, progress, LEASE).await {
                Ok(true) => {}
                Ok(false) => return,
                Err(error) => tracing::debug!(%error, "no heartbeat for an export"),
            }
            sleep(BEAT).await;
        }
    }
}

/// Whole histories lie there.
fn for_us_alone(directory: &Path) -> io::Result<()> {
    DirBuilder::new()
        .recursive(true)
        .mode(0o700)
        .create(directory)
}

/// What is recorded of an attempt that failed; none when it is tried again.
fn failure(error: &ExportError, job: &ExportJob, at: DateTime<Utc>) -> Option<Failed> {
    let given_up = || Failed {
        cause: Cause::GivenUp,
        position: None,
        reason: format!("it did not go through in {} attempts", job.attempt),
        at,
    };
    let failure = error.failure(at);
    failure.or_else(|| (job.attempt >= ATTEMPTS).then(given_up))
}

fn stored(progress: Progress) -> ExportProgress {
    let whole = |number: u64| i64::try_from(number).unwrap_or(i64::MAX);
    ExportProgress {
        read: whole(progress.read),
        total: whole(progress.total),
        events: whole(progress.events),
        running: true,
    }
}
