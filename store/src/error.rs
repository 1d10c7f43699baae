//! The three kinds of failure: a rule said no, the database said not now, or we have a bug.

use daybook_domain::kernel::{CodecError, Refusal};
use thiserror::Error;
use uuid::Uuid;

/// Reading or writing the log did not work.
#[derive(Debug, Error)]
pub enum StoreError {
    /// The database is away, refuses or is too slow. Safe to try again.
    #[error("the database is not available: {0}")]
    Unavailable(String),
    /// A stored event cannot be read: a bug or a damaged row.
    #[error(transparent)]
    Unreadable(#[from] CodecError),
    /// Something that must hold does not.
    #[error("broken invariant: {0}")]
    Broken(String),
}

impl From<sqlx::Error> for StoreError {
    fn from(error: sqlx::Error) -> Self {
        let code = error.as_database_error().and_then(|it| it.code());
        // Class 22, data exceptions: what it was asked with is at fault, now and later.
        if code.is_some_and(|code| code.starts_with("22")) {
            return Self::Broken(format!("the database cannot take a value: {error}"));
        }
        Self::Unavailable(error.to_string())
    }
}

/// A rule said no: what the client is told.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
#[error("{message}")]
pub struct Refused {
    /// The stable code, `SCREAMING_SNAKE_CASE`.
    pub code: &'static str,
    /// What is wrong and what to do.
    pub message: String,
    /// The input field at fault in the API's spelling; empty when none is.
    pub field: &'static str,
}

impl Refused {
    /// The client's view of a refusal.
    pub fn of(refusal: &impl Refusal) -> Self {
        Self {
            code: refusal.code(),
            message: refusal.to_string(),
            field: refusal.field(),
        }
    }
}

/// A command did not go through; nothing of it was recorded.
#[derive(Debug, Error)]
pub enum ExecuteError {
    /// A rule said no.
    #[error(transparent)]
    Refused(#[from] Refused),
    /// The stream is not at the version the caller expected, or others kept winning the race.
    #[error("stream {stream_id} is at version {current}, another one was expected")]
    Conflict {
        /// Which stream.
        stream_id: Uuid,
        /// Where it stands.
        current: i64,
    },
    /// The command id was used before with another input.
    #[error("command id {0} was used before with another input; use a new one")]
    CommandIdReused(Uuid),
    /// The queue of the log is full. Safe to try again with the same command id.
    #[error("too many commands at once; try again in a moment")]
    Overloaded,
    /// The log could not be reached.
    #[error(transparent)]
    Store(#[from] StoreError),
}
