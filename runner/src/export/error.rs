//! Why is there no archive?

use std::io;

use chrono::{DateTime, Utc};
use daybook_audit::archive::ArchiveError;
use daybook_domain::audit::export::{Cause, Failed};
use daybook_store::StoreError;
use daybook_store::audit::PassageError;
use thiserror::Error;

/// An archive that was not made.
#[derive(Debug, Error)]
pub(crate) enum ExportError {
    /// The history is not what was sealed.
    #[error("{reason}; nothing was exported")]
    Altered {
        /// The first position that does not fit; none when it is about the tree.
        position: Option<u64>,
        /// What does not fit.
        reason: String,
    },
    /// What is wanted is not sealed.
    #[error("{0}")]
    NotSealed(String),
    /// There is no room.
    #[error("the disk is full: {0}; make room, and export again")]
    DiskFull(String),
    /// Another attempt is at it.
    #[error("another process is at this export")]
    Busy,
    /// A file cannot be written or read.
    #[error("{0}")]
    File(String),
    /// The database is away.
    #[error(transparent)]
    Store(#[from] StoreError),
}

impl ExportError {
    /// What is recorded of it; none for what another attempt may get over.
    pub(crate) fn failure(&self, at: DateTime<Utc>) -> Option<Failed> {
        let (cause, position) = match self {
            Self::Altered { position, .. } => (Cause::Altered, *position),
            Self::NotSealed(_) => (Cause::NotSealed, None),
            Self::DiskFull(_) => (Cause::DiskFull, None),
            Self::Busy | Self::File(_) | Self::Store(_) => return None,
        };
        // Where it was to be written is the operator's own affair.
        let reason = match self {
            Self::DiskFull(_) => "there was no room for the archive".to_owned(),
            Self::Altered { .. }
            | Self::NotSealed(_)
            | Self::Busy
            | Self::File(_)
            | Self::Store(_) => self.to_string(),
        };
        Some(Failed {
            cause,
            position,
            reason,
            at,
        })
    }

    /// A fault of the file at this place.
    pub(super) fn of_file(path: &std::path::Path, error: &io::Error) -> Self {
        let text = format!("{}: {error}", path.display());
        match error.kind() {
            io::ErrorKind::StorageFull | io::ErrorKind::QuotaExceeded => Self::DiskFull(text),
            _ => Self::File(text),
        }
    }
}

impl From<PassageError> for ExportError {
    fn from(error: PassageError) -> Self {
        match error {
            PassageError::Store(error) => Self::Store(error),
            PassageError::Altered { position, .. } => Self::Altered {
                position: Some(position),
                reason: error.to_string(),
            },
            PassageError::Unbelievable(_) => Self::Altered {
                position: None,
                reason: error.to_string(),
            },
        }
    }
}

impl From<ArchiveError> for ExportError {
    fn from(error: ArchiveError) -> Self {
        match error {
            ArchiveError::File { path, source } => Self::of_file(&path, &source),
            ArchiveError::Draft { .. } | ArchiveError::Checkpoint(_) | ArchiveError::Leaf(_) => {
                Self::File(error.to_string())
            }
        }
    }
}

/// A thread that was to write has died.
impl From<tokio::task::JoinError> for ExportError {
    fn from(error: tokio::task::JoinError) -> Self {
        Self::File(error.to_string())
    }
}
