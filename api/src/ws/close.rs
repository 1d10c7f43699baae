//! Why a socket is closed, and what the client makes of it.

use axum::extract::ws::{CloseFrame, Message};

/// A reason to close a socket.
///
/// The `graphql-ws` client gives up after 4400, 4401, 4406, 4409 and 4429, and comes back after
/// the others.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Close {
    /// A message that is none of the protocol.
    BadMessage,
    /// An operation before `connection_ack`.
    Unauthorized,
    /// `connection_init` was refused, or the caller's rights ended.
    Forbidden,
    /// The client does not speak our protocol.
    Subprotocol,
    /// `connection_init` did not come in time.
    InitTimeout,
    /// An operation's id is in use.
    DuplicateId,
    /// A second `connection_init`.
    SecondInit,
    /// No life sign after a ping.
    Silent,
    /// Not a WebSocket message we can read.
    Broken,
    /// A message larger than the limit.
    TooLarge,
    /// The server stops.
    Restart,
    /// The client reads too slowly, or asks for too much.
    TryLater,
}

impl Close {
    fn code_and_reason(self) -> (u16, &'static str) {
        match self {
            Self::BadMessage => (4400, "Invalid message"),
            Self::Unauthorized => (4401, "Unauthorized"),
            Self::Forbidden => (4403, "Forbidden"),
            Self::Subprotocol => (4406, "Subprotocol not acceptable"),
            Self::InitTimeout => (4408, "Connection initialisation timeout"),
            Self::DuplicateId => (4409, "Subscriber already exists"),
            Self::SecondInit => (4429, "Too many initialisation requests"),
            Self::Silent => (1001, "No answer to ping"),
            Self::Broken => (1002, "Protocol error"),
            Self::TooLarge => (1009, "Message too large"),
            Self::Restart => (1012, "Service restart"),
            Self::TryLater => (1013, "Try again later"),
        }
    }

    /// The message that closes the socket.
    pub(super) fn message(self) -> Message {
        let (code, reason) = self.code_and_reason();
        Message::Close(Some(CloseFrame {
            code,
            reason: reason.into(),
        }))
    }

    /// The code, for metrics.
    pub(super) fn code(self) -> u16 {
        self.code_and_reason().0
    }
}
