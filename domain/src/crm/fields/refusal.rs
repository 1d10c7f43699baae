//! Why a command on custom fields is turned down.

use thiserror::Error;

use crate::kernel::{self, FieldError};

/// A rule about custom fields said no.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum Refusal {
    /// An input field is malformed.
    #[error(transparent)]
    Field(#[from] FieldError),
    /// No field was ever declared under the key.
    #[error("no custom field {key:?} is declared")]
    Unknown {
        /// The key.
        key: String,
    },
    /// The key was declared with another kind.
    #[error("custom field {key:?} was declared with another kind; choose another key")]
    KindIsFixed {
        /// The key.
        key: String,
    },
    /// As many fields as there may be.
    #[error("there are already {max} custom fields; retire one first")]
    TooManyFields {
        /// The most there may be.
        max: usize,
    },
    /// As many fields as there may ever be.
    #[error("{max} custom fields were declared in all; declare a retired one again")]
    TooManyDeclared {
        /// The most there may ever be.
        max: usize,
    },
}

impl kernel::Refusal for Refusal {
    fn code(&self) -> &'static str {
        match self {
            Self::Field(error) => error.code(),
            Self::Unknown { .. } => "CUSTOM_FIELD_UNKNOWN",
            Self::KindIsFixed { .. } => "CUSTOM_FIELD_KIND_IS_FIXED",
            Self::TooManyFields { .. } | Self::TooManyDeclared { .. } => "TOO_MANY_CUSTOM_FIELDS",
        }
    }

    fn field(&self) -> &'static str {
        match self {
            Self::Field(error) => error.field(),
            Self::Unknown { .. } => "key",
            Self::KindIsFixed { .. } => "kind",
            Self::TooManyFields { .. } | Self::TooManyDeclared { .. } => "",
        }
    }
}
