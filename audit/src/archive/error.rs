//! Why could an archive not be written?

use std::io;
use std::path::PathBuf;

use thiserror::Error;

use crate::checkpoint::CheckpointError;
use crate::leaf::LeafError;

/// An archive that was not written.
#[derive(Debug, Error)]
pub enum ArchiveError {
    /// A file could not be read or written.
    #[error("{path}: {source}")]
    File {
        /// Which one.
        path: PathBuf,
        /// What the system said.
        source: io::Error,
    },
    /// The directory holds no draft, or one that was damaged.
    #[error("{path} cannot be continued: {reason}; begin the export again")]
    Draft {
        /// Which file.
        path: PathBuf,
        /// What is wrong with it.
        reason: String,
    },
    /// What the archive is to prove against is no checkpoint.
    #[error(transparent)]
    Checkpoint(#[from] CheckpointError),
    /// An event's leaf cannot be read.
    #[error(transparent)]
    Leaf(#[from] LeafError),
}
