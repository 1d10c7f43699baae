//! Who starts the private PostgreSQL again when it has died?

use std::sync::mpsc::{self, RecvTimeoutError, Sender};
use std::thread::{self, JoinHandle};
use std::time::Duration;

use daybook_postgres::{Cluster, Ending};
use tokio_util::sync::CancellationToken;

use crate::failure::Failure;

/// Between two looks at a server that runs.
const LOOK: Duration = Duration::from_millis(100);
/// The longest pause after a start that failed.
const LONGEST: Duration = Duration::from_secs(10);

/// A thread that holds a private server: it revives it when it dies, and leaves it in the end.
#[derive(Debug)]
pub(super) struct Keeper {
    thread: Option<JoinHandle<Result<Ending, Failure>>>,
    /// Dropped to stop the thread.
    stop: Option<Sender<()>>,
    moved: CancellationToken,
}

impl Keeper {
    /// Takes over a running server.
    pub(super) fn start(cluster: Cluster) -> Result<Self, Failure> {
        let (stop, stopped) = mpsc::channel::<()>();
        let moved = CancellationToken::new();
        let lost = moved.clone();
        let work = move || {
            let mut watch = Watch {
                port: cluster.connection().port,
                cluster,
                pause: LOOK,
                moved: lost,
            };
            while let Err(RecvTimeoutError::Timeout) = stopped.recv_timeout(watch.pause) {
                watch.look();
            }
            watch.cluster.leave().map_err(Failure::from)
        };
        let thread = thread::Builder::new()
            .name("postgres".to_owned())
            .spawn(work)
            .map_err(|error| Failure::failed(format!("no thread could be started: {error}")))?;
        Ok(Self {
            thread: Some(thread),
            stop: Some(stop),
            moved,
        })
    }

    /// Cancelled when the server had to be started on another port, where our connections do not
    /// find it.
    pub(super) fn moved(&self) -> CancellationToken {
        self.moved.clone()
    }

    /// Leaves the server; blocks until it has stopped, unless others use it.
    pub(super) fn leave(mut self) -> Result<(), Failure> {
        self.end()
    }

    fn end(&mut self) -> Result<(), Failure> {
        self.stop = None;
        match self.thread.take().map(JoinHandle::join) {
            None => Ok(()),
            Some(Ok(ended)) => ended.map(drop),
            Some(Err(_)) => Err(Failure::failed("the thread that keeps PostgreSQL panicked")),
        }
    }
}

/// A start that was cut off leaves no server behind either.
impl Drop for Keeper {
    fn drop(&mut self) {
        if let Err(failure) = self.end() {
            tracing::warn!(%failure, "the private PostgreSQL could not be left");
        }
    }
}

struct Watch {
    cluster: Cluster,
    port: u16,
    pause: Duration,
    moved: CancellationToken,
}

impl Watch {
    fn look(&mut self) {
        let report = |step: &_| tracing::info!(target: "daybook::postgres", "{step}");
        match self.cluster.revive(&report) {
            Ok(false) => self.pause = LOOK,
            Ok(true) => {
                self.pause = LOOK;
                metrics::counter!("daybook_postgres_restarts_total").increment(1);
                tracing::warn!("the private PostgreSQL had ended and was started again");
                if self.cluster.connection().port != self.port {
                    self.moved.cancel();
                }
            }
            Err(error) => {
                self.pause = (self.pause * 2).min(LONGEST);
                tracing::error!(%error, "the private PostgreSQL has ended and does not start");
            }
        }
    }
}
