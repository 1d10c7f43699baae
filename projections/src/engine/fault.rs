//! What can go wrong while events become rows.

use daybook_domain::kernel::CodecError;
use daybook_store::StoreError;
use sqlx::error::DatabaseError;
use thiserror::Error;

use super::row::RowError;

/// An event does not fit what the read model knows: its stream is parked at it.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
#[error("{0}")]
pub struct Fault(pub String);

impl Fault {
    /// The row that the event changes was never created.
    pub fn no_row() -> Self {
        Self("the row that this event changes does not exist".to_owned())
    }
}

impl From<CodecError> for Fault {
    fn from(error: CodecError) -> Self {
        Self(error.to_string())
    }
}

/// The row that an event changes.
///
/// # Errors
/// When there is none.
pub fn existing<R>(row: &mut Option<R>) -> Result<&mut R, Fault> {
    row.as_mut().ok_or_else(Fault::no_row)
}

/// Why a batch was not posted.
#[derive(Debug, Error)]
pub(crate) enum Trouble {
    /// The database is away, or we have a bug: nothing that the batch's events can be blamed for.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// The database does not take a row: a constraint, a value out of range.
    #[error("{0}")]
    Rejected(String),
}

/// The same failure, for another one that it stops as well.
pub(super) fn copy_of(error: &StoreError) -> StoreError {
    match error {
        StoreError::Unavailable(reason) => StoreError::Unavailable(reason.clone()),
        StoreError::Broken(reason) => StoreError::Broken(reason.clone()),
        StoreError::Unreadable(error) => StoreError::Broken(error.to_string()),
    }
}

impl From<RowError> for Trouble {
    fn from(error: RowError) -> Self {
        Self::Store(StoreError::Broken(error.0))
    }
}

impl From<sqlx::Error> for Trouble {
    fn from(error: sqlx::Error) -> Self {
        // Classes 22 (data) and 23 (integrity) blame the row; everything else may pass.
        let code = error.as_database_error().and_then(DatabaseError::code);
        let is_about_data =
            code.is_some_and(|code| code.starts_with("22") || code.starts_with("23"));
        if is_about_data {
            Self::Rejected(error.to_string())
        } else {
            Self::Store(error.into())
        }
    }
}
