//! Why a command on a seal is turned down.

use thiserror::Error;

use crate::kernel;

/// A rule about seals said no.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum Refusal {
    /// Nobody stands for it.
    #[error("signed history is given up only by somebody, and for a reason: say who, and why")]
    Unaccounted,
}

impl kernel::Refusal for Refusal {
    fn code(&self) -> &'static str {
        match self {
            Self::Unaccounted => "SEAL_UNACCOUNTED",
        }
    }

    fn field(&self) -> &'static str {
        match self {
            Self::Unaccounted => "reason",
        }
    }
}
