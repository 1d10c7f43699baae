//! Why an import ended before its file did.

use std::path::PathBuf;

use thiserror::Error;

/// An import could not begin or could not finish. What was imported by then stays, and the same
/// import continues after it.
#[derive(Debug, Error)]
pub enum ImportError {
    /// The file cannot be opened.
    #[error("{} cannot be read: {reason}", .path.display())]
    Unreadable {
        /// Which file.
        path: PathBuf,
        /// What the system says.
        reason: String,
    },
    /// There is no header.
    #[error("{} has no header; its first line must name the columns", .path.display())]
    NoHeader {
        /// Which file.
        path: PathBuf,
    },
    /// Columns of the mapping are not in the header, or more than once.
    #[error("{problem}; the header has {found}; name others with --column FIELD=NAME")]
    Columns {
        /// Which are missing or named twice.
        problem: String,
        /// The header.
        found: String,
    },
    /// Dates that can be read in two ways.
    #[error("dates like {example:?} can be read in two ways; say --dates month-first or day-first")]
    DatesAmbiguous {
        /// One of them.
        example: String,
    },
    /// The rejects cannot be written where they should be.
    #[error("refused rows cannot be written to {}: {reason}; name a place with --rejects", .path.display())]
    Rejects {
        /// Where.
        path: PathBuf,
        /// Why not.
        reason: String,
    },
    /// The file broke off: damaged compression, a failing disk.
    #[error("{} cannot be read beyond line {line}: {reason}", .path.display())]
    BrokeOff {
        /// Which file.
        path: PathBuf,
        /// The last line that was read.
        line: u64,
        /// What is wrong.
        reason: String,
    },
    /// Too many documents are begun and not complete.
    #[error(
        "more than {most} rows wait for later rows of their documents; sort the file by document number"
    )]
    Scattered {
        /// The most that may wait.
        most: usize,
    },
    /// Somebody asked to stop.
    #[error("stopped; the same command continues")]
    Stopped,
    /// The database stayed away.
    #[error(
        "gave up after {seconds} s without the database ({reason}); the same command continues"
    )]
    Away {
        /// How long it was waited for.
        seconds: u64,
        /// What it said last.
        reason: String,
    },
    /// A part of the import ended without a word.
    #[error("the import broke: {0}")]
    Broken(String),
}

impl ImportError {
    /// Whether what was asked for, or what was found, does not allow an import at all: nothing was
    /// imported.
    pub fn is_usage(&self) -> bool {
        match self {
            Self::Unreadable { .. }
            | Self::NoHeader { .. }
            | Self::Columns { .. }
            | Self::DatesAmbiguous { .. }
            | Self::Rejects { .. } => true,
            Self::BrokeOff { .. }
            | Self::Scattered { .. }
            | Self::Stopped
            | Self::Away { .. }
            | Self::Broken(_) => false,
        }
    }
}
