//! Why a command on a consent is turned down.

use thiserror::Error;

use crate::kernel::{self, FieldError};

/// A rule about consents said no.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum Refusal {
    /// An input field is malformed.
    #[error(transparent)]
    Field(#[from] FieldError),
    /// There is no such client.
    #[error("there is no such client")]
    ClientUnknown,
    /// The client never agreed to that.
    #[error("the client never gave consent for this purpose")]
    NeverGiven,
}

impl kernel::Refusal for Refusal {
    fn code(&self) -> &'static str {
        match self {
            Self::Field(error) => error.code(),
            Self::ClientUnknown => "CLIENT_NOT_FOUND",
            Self::NeverGiven => "CONSENT_NEVER_GIVEN",
        }
    }

    fn field(&self) -> &'static str {
        match self {
            Self::Field(error) => error.field(),
            Self::ClientUnknown => "clientId",
            Self::NeverGiven => "purpose",
        }
    }
}
