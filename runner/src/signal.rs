//! When is the process to stop?
//!
//! The first Ctrl-C (or SIGTERM, or the end of the terminal) asks to finish what was begun. The
//! second one asks to stop at once. The third one is not asked about anything.

use std::io;

use tokio::signal::unix::{Signal, SignalKind, signal};
use tokio_util::sync::CancellationToken;

/// What was asked of the process. Cheap to clone.
#[derive(Debug, Clone, Default)]
pub struct Ending {
    /// Stop: finish what was begun.
    pub stop: CancellationToken,
    /// Stop at once: wait for nobody.
    pub hurry: CancellationToken,
}

/// The signals that end the process.
#[derive(Debug)]
pub struct Signals {
    interrupt: Signal,
    terminate: Signal,
    hang_up: Signal,
}

impl Signals {
    /// Takes the signals over from the system.
    ///
    /// # Errors
    /// When the system does not allow it.
    pub fn listen() -> io::Result<Self> {
        Ok(Self {
            interrupt: signal(SignalKind::interrupt())?,
            terminate: signal(SignalKind::terminate())?,
            hang_up: signal(SignalKind::hangup())?,
        })
    }

    /// Turns signals into what they ask for, for as long as the process lives.
    pub async fn obey(mut self, ending: Ending) {
        self.next().await;
        ending.stop.cancel();
        self.next().await;
        ending.hurry.cancel();
        self.next().await;
        std::process::exit(130);
    }

    async fn next(&mut self) {
        tokio::select! {
            _ = self.interrupt.recv() => (),
            _ = self.terminate.recv() => (),
            _ = self.hang_up.recv() => (),
        }
    }
}
