//! How is a server stopped, ours or one that we found?

use std::process::Child;
use std::thread;
use std::time::{Duration, Instant};

use nix::sys::signal::Signal;

use crate::cluster::home::Home;
use crate::cluster::postmaster::{is_ours, signal};
use crate::error::Error;

/// Politely first: end the sessions, write a checkpoint. Then at once, leaving the log to be
/// replayed; a server does that to its own processes within five seconds. Then not asking.
const STAGES: [(Signal, Duration); 3] = [
    (Signal::SIGINT, Duration::from_secs(30)),
    (Signal::SIGQUIT, Duration::from_secs(10)),
    (Signal::SIGKILL, Duration::from_secs(10)),
];

/// A running server.
#[derive(Debug)]
pub(crate) enum Server {
    /// Started by us: to be waited for.
    Child(Child),
    /// Found running: it has another parent, or none.
    Found(u32),
}

impl Server {
    pub(crate) fn pid(&self) -> u32 {
        match self {
            Self::Child(child) => child.id(),
            Self::Found(pid) => *pid,
        }
    }

    /// Whether its process is gone, or is another program's by now.
    pub(crate) fn has_ended(&mut self, home: &Home) -> bool {
        match self {
            Self::Child(child) => !matches!(child.try_wait(), Ok(None)),
            Self::Found(pid) => !is_ours(home, *pid),
        }
    }

    /// Stops it and waits for its end.
    ///
    /// # Errors
    /// When it survives everything.
    pub(crate) fn stop(&mut self, home: &Home) -> Result<(), Error> {
        let pid = self.pid();
        for (name, bound) in STAGES {
            if self.has_ended(home) {
                return Ok(());
            }
            signal(pid, name);
            if self.ends_within(home, bound) {
                return Ok(());
            }
        }
        Err(Error::Stuck { pid, what: "end" })
    }

    /// Kills it and waits for its end; true once it is gone.
    pub(crate) fn kill(&mut self, home: &Home) -> bool {
        signal(self.pid(), Signal::SIGKILL);
        self.ends_within(home, Duration::from_secs(10))
    }

    fn ends_within(&mut self, home: &Home, bound: Duration) -> bool {
        let deadline = Instant::now() + bound;
        while Instant::now() < deadline {
            if self.has_ended(home) {
                return true;
            }
            thread::sleep(Duration::from_millis(5));
        }
        false
    }

    /// Lets it run on without us: its end is still waited for, so that it leaves no dead entry in
    /// the table of processes for as long as we live.
    pub(crate) fn let_go(self) {
        match self {
            Self::Child(mut child) => {
                thread::spawn(move || child.wait());
            }
            Self::Found(_) => {}
        }
    }
}
