//! Is anybody using the server?

use std::fs::{File, TryLockError};
use std::path::PathBuf;

use crate::cluster::home::Home;
use crate::error::Error;
use crate::lock::{self, Turn};
use crate::progress::Progress;

/// Waits for the right to start or stop the server.
///
/// # Errors
/// When another process keeps it for too long, or its file cannot be written.
pub(crate) fn take_turn(home: &Home, progress: Progress<'_>) -> Result<Turn, Error> {
    lock::exclusive(&home.file("turn"), progress)
}

/// The sign that somebody uses the server: a shared lock, kept while this is.
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
        let path = home.file("users");
        let failed = |source| Error::writing(&path, source);
        let file = lock::open(&path).map_err(failed)?;
        file.lock_shared().map_err(failed)?;
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
