//! Why a command on an export is turned down.

use thiserror::Error;

use super::events::OPEN_COUNT;
use super::state::MAX_OPEN;
use crate::kernel::{self, FieldError, Settlement};

/// A rule about exports said no.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum Refusal {
    /// An input field is malformed.
    #[error(transparent)]
    Field(#[from] FieldError),
    /// Nobody asked for it.
    #[error("there is no such export")]
    Unknown,
    /// It was asked for before, with another filter.
    #[error("the export exists already: choose another id")]
    Exists,
    /// As many exports are being made as may be at once.
    #[error("{MAX_OPEN} exports are being made already: wait until one is ready")]
    TooMany,
    /// It ended in another way before.
    #[error("the export has ended")]
    Ended,
    /// It is to be kept for longer.
    #[error("the export has not expired")]
    NotExpired,
}

impl kernel::Refusal for Refusal {
    fn code(&self) -> &'static str {
        match self {
            Self::Field(error) => error.code(),
            Self::Unknown => "EXPORT_NOT_FOUND",
            Self::Exists => "EXPORT_EXISTS",
            Self::TooMany => "EXPORT_LIMIT_REACHED",
            Self::Ended => "EXPORT_ENDED",
            Self::NotExpired => "EXPORT_NOT_EXPIRED",
        }
    }

    fn field(&self) -> &'static str {
        match self {
            Self::Field(error) => error.field(),
            Self::Unknown | Self::Exists | Self::TooMany | Self::Ended | Self::NotExpired => "",
        }
    }

    fn unsettled(settlement: &Settlement) -> Option<Self> {
        match settlement {
            Settlement::Limited {
                name: OPEN_COUNT, ..
            } => Some(Self::TooMany),
            Settlement::Claimed { .. } | Settlement::Limited { .. } => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::kernel::Refusal as _;

    #[test]
    fn tells_that_there_are_too_many() {
        let limited = |name| Refusal::unsettled(&Settlement::Limited { name, value: 5 });
        assert_eq!(limited(OPEN_COUNT), Some(Refusal::TooMany));
        assert_eq!(limited("tenancy.members"), None);
        assert!(Refusal::TooMany.to_string().starts_with("5 exports"));
    }
}
