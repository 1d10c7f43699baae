//! What is wrong with a row that does not fit its struct, or the other way round.

use std::fmt::Display;

use thiserror::Error;

/// A struct and its table do not fit: a bug in one of them.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
#[error("{0}")]
pub(crate) struct RowError(pub(crate) String);

impl serde::ser::Error for RowError {
    fn custom<T: Display>(text: T) -> Self {
        Self(text.to_string())
    }
}

impl serde::de::Error for RowError {
    fn custom<T: Display>(text: T) -> Self {
        Self(text.to_string())
    }
}

impl From<sqlx::Error> for RowError {
    fn from(error: sqlx::Error) -> Self {
        Self(error.to_string())
    }
}
