//! Why a command on a session is turned down.

use thiserror::Error;

use super::MAX_ROTATIONS;
use crate::kernel;

/// A rule of sessions said no.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum Refusal {
    /// No session started under this id.
    #[error("there is no such session: sign in")]
    Unknown,
    /// A session started under this id before.
    #[error("the session exists already: choose another id")]
    Exists,
    /// It would be over before it starts.
    #[error("the session would have expired when it starts: check the expiries")]
    ExpiresTooSoon,
    /// It was revoked, by somebody or because a token came twice.
    #[error("the session has ended: sign in again")]
    Ended,
    /// It was not refreshed in time, or has lived as long as it may.
    #[error("the session has expired: sign in again")]
    Expired,
    /// No token of this session, now or ever.
    #[error("the refresh token is not valid: sign in again")]
    TokenInvalid,
    /// It was refreshed as often as is remembered.
    #[error("the session was refreshed {MAX_ROTATIONS} times: sign in again")]
    Worn,
}

impl kernel::Refusal for Refusal {
    fn code(&self) -> &'static str {
        match self {
            Self::Unknown => "SESSION_NOT_FOUND",
            Self::Exists => "SESSION_EXISTS",
            Self::ExpiresTooSoon => "SESSION_EXPIRES_TOO_SOON",
            Self::Ended => "SESSION_ENDED",
            Self::Expired => "SESSION_EXPIRED",
            Self::TokenInvalid => "REFRESH_TOKEN_INVALID",
            Self::Worn => "SESSION_REFRESH_LIMIT",
        }
    }
}
