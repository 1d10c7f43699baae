//! Is the data directory ours to use?

use std::fs::{self, DirBuilder, File, OpenOptions, TryLockError};
use std::io::{self, Seek, Write};
use std::os::unix::fs::{DirBuilderExt, OpenOptionsExt};
use std::path::Path;

use crate::failure::Failure;

/// The sign that a `daybook up` runs on a data directory; the system takes it away however the
/// process ends.
#[derive(Debug)]
pub struct DataLock {
    file: File,
}

/// Makes the data directory where it is missing, and makes sure that no other `up` runs on it.
///
/// # Errors
/// When it cannot be written or another `up` runs on it; the text says what to do.
pub fn lock_data(directory: &Path) -> Result<DataLock, Failure> {
    let unwritable = |error: io::Error| {
        Failure::surroundings(format!(
            "the data directory {} cannot be written: {error}; choose another one with \
             DAYBOOK_DATA, or change its owner",
            directory.display()
        ))
    };
    // The account a private server runs as has to pass through.
    let made = DirBuilder::new()
        .recursive(true)
        .mode(0o711)
        .create(directory);
    made.map_err(unwritable)?;
    let mut file = OpenOptions::new()
        .create(true)
        .read(true)
        .write(true)
        .truncate(false)
        .mode(0o600)
        .open(directory.join("up.lock"))
        .map_err(unwritable)?;
    match file.try_lock() {
        Ok(()) => Ok(DataLock { file }),
        Err(TryLockError::Error(error)) => Err(unwritable(error)),
        Err(TryLockError::WouldBlock) => {
            // Who holds it is a courtesy.
            let holder = io::read_to_string(&mut file).unwrap_or_default();
            let holder = holder.trim();
            let shown = fs::canonicalize(directory).unwrap_or_else(|_| directory.to_path_buf());
            Err(Failure::surroundings(format!(
                "another `daybook up` ({holder}) runs on {}; use it, stop it, or choose another \
                 directory with DAYBOOK_DATA",
                shown.display()
            )))
        }
    }
}

impl DataLock {
    /// Notes who holds it, for whoever comes next.
    pub fn note(&mut self, url: &str) {
        let text = format!("process {}, {url}\n", std::process::id());
        let written = rewrite(&mut self.file, &text);
        if let Err(error) = written {
            tracing::debug!(%error, "the lock of the data directory could not be written");
        }
    }
}

fn rewrite(file: &mut File, text: &str) -> io::Result<()> {
    file.set_len(0)?;
    file.rewind()?;
    file.write_all(text.as_bytes())
}
