//! Who may start or stop the server now, and is anybody using it?
//!
//! Locks on open files (`flock`), because the system releases them however their holder ends. The
//! files are closed on exec, so the server does not inherit them.

use std::fs::{File, TryLockError};
use std::path::PathBuf;
use std::thread;
use std::time::Duration;

use crate::cluster::home::{Home, open_private};
use crate::error::Error;
use crate::program::Stopwatch;
use crate::progress::{Progress, Step};

/// Fetching binaries on a slow line happens under the lock.
const TURN_BOUND: Duration = Duration::from_mins(15);

/// The right to start or stop the server; given back when dropped.
#[derive(Debug)]
pub(crate) struct Turn {
    _file: File,
}

/// Waits for the right to start or stop the server.
///
/// # Errors
/// When another process keeps it for too long, or its file cannot be written.
pub(crate) fn take_turn(home: &Home, progress: Progress<'_>) -> Result<Turn, Error> {
    let (path, file) = open(home, "turn")?;
    let mut watch = Stopwatch::start();
    loop {
        match file.try_lock() {
            Ok(()) => return Ok(Turn { _file: file }),
            Err(TryLockError::WouldBlock) if watch.elapsed() > TURN_BOUND => {
                return Err(Error::Busy {
                    lock: path,
                    seconds: TURN_BOUND.as_secs(),
                });
            }
            Err(TryLockError::WouldBlock) => {
                watch.each_second(|seconds| progress(&Step::WaitingForAnother { seconds }));
                thread::sleep(Duration::from_millis(10));
            }
            Err(TryLockError::Error(source)) => return Err(Error::writing(path, source)),
        }
    }
}

/// The sign that somebody uses the server.
#[derive(Debug)]
pub(crate) struct Presence {
    file: File,
    path: PathBuf,
}

impl Presence {
    /// Announces a user; needs a turn, so that nobody is stopping the server meanwhile.
    ///
    /// # Errors
    /// When the file cannot be written or locked.
    pub(crate) fn announce(home: &Home, _turn: &Turn) -> Result<Self, Error> {
        let (path, file) = open(home, "users")?;
        file.lock_shared()
            .map_err(|source| Error::writing(&path, source))?;
        Ok(Self { file, path })
    }

    /// Takes the sign away; true if nobody else shows one.
    ///
    /// # Errors
    /// When the lock cannot be changed.
    pub(crate) fn withdraw(&self, _turn: &Turn) -> Result<bool, Error> {
        let failed = |source| Error::writing(&self.path, source);
        self.file.unlock().map_err(failed)?;
        match self.file.try_lock() {
            Ok(()) => Ok(true),
            Err(TryLockError::WouldBlock) => Ok(false),
            Err(TryLockError::Error(source)) => Err(failed(source)),
        }
    }
}

fn open(home: &Home, name: &str) -> Result<(PathBuf, File), Error> {
    let path = home.file(name);
    match open_private(&path, false) {
        Ok(file) => Ok((path, file)),
        Err(source) => Err(Error::writing(path, source)),
    }
}
