//! When is the process to stop?
//!
//! The first Ctrl-C (or SIGTERM, or the end of the terminal) asks to finish what was begun. The
//! second one asks to stop at once. The third one is not asked about anything.

use std::io;

use tokio::signal::unix::{Signal, SignalKind, signal};
use tokio::task::JoinSet;
use tokio_util::sync::CancellationToken;

use crate::failure::{Failure, INTERRUPTED};

/// What was asked of the process. Cheap to clone.
#[derive(Debug, Clone, Default)]
pub struct Ending {
    /// Stop: finish what was begun.
    pub stop: CancellationToken,
    /// Stop at once: wait for nobody.
    pub hurry: CancellationToken,
}

impl Ending {
    /// What the signals ask for from now on, until the second value is dropped.
    ///
    /// # Errors
    /// When the system does not allow to listen to them.
    pub fn by_signals() -> Result<(Self, JoinSet<()>), Failure> {
        let signals = Signals::listen()
            .map_err(|error| Failure::failed(format!("signals cannot be listened to: {error}")))?;
        let ending = Self::default();
        let mut obeying = JoinSet::new();
        obeying.spawn(signals.obey(ending.clone()));
        Ok((ending, obeying))
    }

    /// Works until it is done, or lets go of it when the process is to stop.
    ///
    /// # Errors
    /// Those of the work, or that it was interrupted.
    pub async fn unless_stopped<T>(
        &self,
        work: impl Future<Output = Result<T, Failure>>,
    ) -> Result<T, Failure> {
        tokio::select! {
            done = work => done,
            () = self.stop.cancelled() => Err(Failure::interrupted("interrupted")),
        }
    }
}

/// The signals that end the process.
#[derive(Debug)]
struct Signals {
    interrupt: Signal,
    terminate: Signal,
    hang_up: Signal,
}

impl Signals {
    /// Takes the signals over from the system.
    fn listen() -> io::Result<Self> {
        Ok(Self {
            interrupt: signal(SignalKind::interrupt())?,
            terminate: signal(SignalKind::terminate())?,
            hang_up: signal(SignalKind::hangup())?,
        })
    }

    /// Turns signals into what they ask for, for as long as the process lives.
    async fn obey(mut self, ending: Ending) {
        self.next().await;
        ending.stop.cancel();
        self.next().await;
        ending.hurry.cancel();
        self.next().await;
        std::process::exit(INTERRUPTED.into());
    }

    async fn next(&mut self) {
        tokio::select! {
            _ = self.interrupt.recv() => (),
            _ = self.terminate.recv() => (),
            _ = self.hang_up.recv() => (),
        }
    }
}
