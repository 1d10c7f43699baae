//! Whose turn is it to change something that several processes share?
//!
//! A lock on an open file (`flock`), because the system releases it however its holder ends. The
//! file is closed on exec, so no program that we start inherits it.

use std::fs::{File, OpenOptions, TryLockError};
use std::io;
use std::os::unix::fs::OpenOptionsExt;
use std::path::Path;
use std::thread;
use std::time::Duration;

use crate::error::Error;
use crate::program::Stopwatch;
use crate::progress::{Progress, Step};

/// Fetching binaries on a slow line happens under a lock.
const BOUND: Duration = Duration::from_mins(15);

/// The turn; given back when dropped.
#[derive(Debug)]
pub(crate) struct Turn {
    _file: File,
}

/// Waits for the turn that goes with this file; makes the file if it is not there.
///
/// # Errors
/// When another process keeps it for too long, or the file cannot be written.
pub(crate) fn exclusive(path: &Path, progress: Progress<'_>) -> Result<Turn, Error> {
    let failed = |source| Error::writing(path, source);
    let file = open(path).map_err(failed)?;
    let mut watch = Stopwatch::start();
    loop {
        match file.try_lock() {
            Ok(()) => return Ok(Turn { _file: file }),
            Err(TryLockError::WouldBlock) if watch.elapsed() > BOUND => {
                return Err(Error::Busy {
                    lock: path.to_path_buf(),
                    seconds: BOUND.as_secs(),
                });
            }
            Err(TryLockError::WouldBlock) => {
                watch.each_second(|seconds| progress(&Step::WaitingForAnother { seconds }));
                thread::sleep(Duration::from_millis(10));
            }
            Err(TryLockError::Error(source)) => return Err(failed(source)),
        }
    }
}

/// Opens a file to be locked.
pub(crate) fn open(path: &Path) -> io::Result<File> {
    OpenOptions::new()
        .create(true)
        .write(true)
        .truncate(false)
        .mode(0o600)
        .open(path)
}
