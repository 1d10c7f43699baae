//! What works in the background of a process, and how does it end?

use std::future::Future;
use std::time::Duration;

use daybook_projections::engine::{Positions, Projector};
use daybook_store::Store;
use daybook_store::audit::Outside;
use tokio::sync::watch;
use tokio::task::JoinSet;
use tokio_util::sync::CancellationToken;
use uuid::Uuid;

use super::running::Start;
use crate::config::Config;
use crate::database::Provided;
use crate::react::exports::{Maker, QueueExports};
use crate::react::follow::Follower;
use crate::react::keep_house;
use crate::react::mail::{Carrier, Courier};
use crate::react::privacy::{Forgetting, Scrubbing};
use crate::react::seal::OpenSealing;
use crate::react::timers::{Alarm, Kinds, SetTimers};
use crate::signal::Ending;
use crate::telemetry::Numbers;

/// How often what the numbers have gathered is drained.
const TIDY: Duration = Duration::from_secs(5);
/// How long tasks may take to end: whatever they are at is short.
const PATIENCE: Duration = Duration::from_secs(10);

/// The background tasks of a process; dropped, they are cut off.
#[derive(Debug)]
pub(super) struct Tasks {
    running: JoinSet<&'static str>,
    stop: CancellationToken,
}

impl Tasks {
    pub(super) fn new() -> Self {
        Self {
            running: JoinSet::new(),
            stop: CancellationToken::new(),
        }
    }

    /// Follows the log with every projection.
    pub(super) fn read(&mut self, store: &Store, positions: &Positions, start: &Start) {
        let projector = Projector {
            store: store.clone(),
            projections: daybook_projections::all(),
            positions: positions.clone(),
            holder: process_id(),
            clock: start.clock,
        };
        self.spawn("projector", projector.run(self.stop.clone()));
    }

    /// Does what the log and the queues ask for. Without a mail server, mail is kept.
    pub(super) fn react(
        &mut self,
        store: &Store,
        start: &Start,
        (carrier, forgetting): (Option<Carrier>, Forgetting),
    ) {
        if let Some(carrier) = carrier {
            let courier = Courier {
                store: store.clone(),
                carrier,
                clock: start.clock,
                parallel: start.config.workers.mails,
                pause: start.config.workers.pause,
            };
            self.spawn("courier", courier.run(self.stop.clone()));
        }
        let kinds = Kinds::all(forgetting);
        let follower = Follower {
            store: store.clone(),
            reading: SetTimers {
                store: store.clone(),
                kinds: kinds.clone(),
            },
            holder: process_id(),
            clock: start.clock,
        };
        self.spawn("timers", follower.run(self.stop.clone()));
        let alarm = Alarm {
            store: store.clone(),
            kinds,
            clock: start.clock,
            pause: start.config.workers.pause,
        };
        self.spawn("alarm", alarm.run(self.stop.clone()));
        self.export(store, start);
        let keep = start.config.mail.keep;
        let house = keep_house(store.clone(), start.clock, keep, self.stop.clone());
        self.spawn("housekeeping", house);
    }

    /// Makes the archives that were asked for.
    fn export(&mut self, store: &Store, start: &Start) {
        let follower = Follower {
            store: store.clone(),
            reading: QueueExports,
            holder: process_id(),
            clock: start.clock,
        };
        self.spawn("export queue", follower.run(self.stop.clone()));
        let audit = &start.config.audit;
        let maker = Maker {
            store: store.clone(),
            clock: start.clock,
            directory: audit.exports.clone(),
            outside: Outside::at(&audit.checkpoints).ok(),
            keep: audit.keep_exports,
            pause: start.config.workers.pause,
        };
        self.spawn("exports", maker.run(self.stop.clone()));
    }

    /// Takes what erasures leave out of the files of a private server.
    pub(super) fn scrub(
        &mut self,
        (provided, config): (&Provided, &Config),
        forgotten: watch::Receiver<()>,
    ) {
        let Some(times) = config.data.scrub.clone().filter(|_| provided.is_private()) else {
            return;
        };
        let scrubbing = Scrubbing {
            database: provided.database().clone(),
            times,
            note: config.data.scrubbed(),
            forgotten,
        };
        self.spawn("scrubbing", scrubbing.run(self.stop.clone()));
    }

    /// Seals the log, and takes checkpoints out of the database's reach.
    pub(super) fn seal(&mut self, opened: OpenSealing) {
        self.spawn("sealer", opened.sealing.run(self.stop.clone()));
        for keeping in opened.keeping {
            self.spawn("anchor", keeping.run(self.stop.clone()));
        }
    }

    /// Keeps the memory of the numbers bounded.
    pub(super) fn tidy(&mut self, numbers: Numbers) {
        let stop = self.stop.clone();
        self.spawn("numbers", async move {
            while stop
                .run_until_cancelled(tokio::time::sleep(TIDY))
                .await
                .is_some()
            {
                numbers.tidy();
            }
        });
    }

    /// Runs something beside the rest until the process stops.
    pub(super) fn beside(
        &mut self,
        name: &'static str,
        task: impl Future<Output = ()> + Send + 'static,
    ) {
        let stop = self.stop.clone();
        self.spawn(name, async move {
            stop.run_until_cancelled(task).await;
        });
    }

    fn spawn(&mut self, name: &'static str, task: impl Future<Output = ()> + Send + 'static) {
        self.running.spawn(async move {
            task.await;
            name
        });
    }

    /// Tells them to end, and waits for it.
    pub(super) async fn stop(mut self, ending: &Ending) {
        self.stop.cancel();
        let ended = async {
            while let Some(ended) = self.running.join_next().await {
                match ended {
                    Ok(name) => tracing::debug!(name, "a task ended"),
                    Err(error) => tracing::error!(%error, "a task died"),
                }
            }
        };
        tokio::select! {
            () = ended => (),
            () = tokio::time::sleep(PATIENCE) => {
                tracing::warn!("tasks that did not end in time were cut off");
            }
            () = ending.hurry.cancelled() => (),
        }
    }
}

/// Who holds the leases of this process.
#[expect(
    clippy::disallowed_methods,
    reason = "the identity of a process is minted where it begins"
)]
pub(crate) fn process_id() -> Uuid {
    Uuid::now_v7()
}
