//! Why a command on a data subject is turned down.

use thiserror::Error;

use crate::kernel::{self, FieldError};

/// A rule about data subjects said no.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum Refusal {
    /// An input field is malformed.
    #[error(transparent)]
    Field(#[from] FieldError),
    /// There is no such person.
    #[error("there is no such client, member or user")]
    Unknown,
    /// The data must be kept.
    #[error("the data is under a legal hold: release it first")]
    Held,
    /// Nothing is known any more.
    #[error("the person was erased: nothing is kept of them")]
    Erased,
    /// Nothing was to be forgotten.
    #[error("the person was not erased")]
    NotErased,
}

impl kernel::Refusal for Refusal {
    fn code(&self) -> &'static str {
        match self {
            Self::Field(error) => error.code(),
            Self::Unknown => "DATA_SUBJECT_NOT_FOUND",
            Self::Held => "LEGAL_HOLD",
            Self::Erased => "DATA_SUBJECT_ERASED",
            Self::NotErased => "DATA_SUBJECT_NOT_ERASED",
        }
    }

    fn field(&self) -> &'static str {
        match self {
            Self::Field(error) => error.field(),
            Self::Unknown | Self::Held | Self::Erased | Self::NotErased => "id",
        }
    }
}
