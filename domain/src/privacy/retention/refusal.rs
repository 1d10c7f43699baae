//! Why a command on terms is turned down.

use thiserror::Error;

use super::state::MAX_DAYS;
use crate::kernel;

/// A rule about terms said no.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum Refusal {
    /// No such term.
    #[error("a term is 1 to {MAX_DAYS} days")]
    DaysOutOfRange,
}

impl kernel::Refusal for Refusal {
    fn code(&self) -> &'static str {
        match self {
            Self::DaysOutOfRange => "DAYS_OUT_OF_RANGE",
        }
    }

    fn field(&self) -> &'static str {
        match self {
            Self::DaysOutOfRange => "days",
        }
    }
}
