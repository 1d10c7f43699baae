//! How far a socket has come in saying who is behind it.

use std::future::pending;

use futures::future::BoxFuture;
use tokio::time::{Instant, sleep_until};

use crate::fault::Fault;

/// The state of a socket's introduction.
pub(super) enum Phase<C> {
    /// Waiting for `connection_init`.
    Silent { until: Instant },
    /// Finding out who it is.
    Asking(BoxFuture<'static, Result<C, Fault>>),
    /// Acknowledged.
    Known {
        caller: C,
        rights_end: BoxFuture<'static, ()>,
    },
    /// To be closed.
    Closing,
}

/// How a phase ends.
pub(super) enum Turn<C> {
    InitTimeout,
    Answered(Result<C, Fault>),
    RightsEnded,
}

impl<C> Phase<C> {
    /// Waits for the phase to end by itself. Dropping the wait loses nothing.
    pub(super) async fn turn(&mut self) -> Turn<C> {
        match self {
            Self::Silent { until } => {
                sleep_until(*until).await;
                Turn::InitTimeout
            }
            Self::Asking(answer) => Turn::Answered(answer.await),
            Self::Known { rights_end, .. } => {
                rights_end.await;
                Turn::RightsEnded
            }
            Self::Closing => pending().await,
        }
    }

    /// Who it is; `None` before the acknowledgement.
    pub(super) fn caller(&self) -> Option<&C> {
        match self {
            Self::Known { caller, .. } => Some(caller),
            Self::Silent { .. } | Self::Asking(_) | Self::Closing => None,
        }
    }
}
