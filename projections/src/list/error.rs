//! Why a query has no answer.

use daybook_store::StoreError;
use thiserror::Error;

/// A query has no answer.
#[derive(Debug, Error)]
pub enum QueryError {
    /// The cursor was made for another order.
    #[error("the cursor does not belong to this order; start from the first page")]
    ForeignCursor,
    /// The database is away, or a row cannot be read.
    #[error(transparent)]
    Store(#[from] StoreError),
}

impl From<sqlx::Error> for QueryError {
    fn from(error: sqlx::Error) -> Self {
        Self::Store(error.into())
    }
}
