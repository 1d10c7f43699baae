//! What a client is told when a command or a query did not go through for technical reasons.

use std::time::Duration;

use async_graphql::{Error, ErrorExtensions};
use daybook_store::{ExecuteError, StoreError};

use crate::fault::{Code, Fault};

/// The top-level error for a failed command. Refusals belong into `userErrors`; only a caller
/// without a payload to put one in lets it come this far.
pub fn failed(error: &ExecuteError) -> Error {
    match error {
        ExecuteError::Refused(refused) => coded(&refused.message, refused.code),
        ExecuteError::Conflict { current, .. } => {
            let text = format!(
                "it was changed meanwhile and is at version {current}; look again and decide anew"
            );
            let current = *current;
            coded(text, "VERSION_CONFLICT")
                .extend_with(|_, extensions| extensions.set("currentVersion", current))
        }
        // Not by its id: on one's own account, and in a part of a command, it is a derived one.
        ExecuteError::CommandIdReused(_) => {
            let text = "this commandId was used before with another input; use a new one";
            coded(text, "IDEMPOTENCY_KEY_REUSED")
        }
        ExecuteError::Overloaded => {
            let fault = Fault::new(Code::Overloaded, error.to_string());
            fault.retry_after(Duration::from_secs(1)).into()
        }
        ExecuteError::Store(error) => Fault::from(error).into(),
    }
}

/// An error with a code of its own.
pub(crate) fn coded(message: impl Into<String>, code: &'static str) -> Error {
    Error::new(message).extend_with(|_, extensions| extensions.set("code", code))
}

impl From<&StoreError> for Fault {
    fn from(error: &StoreError) -> Self {
        match error {
            StoreError::Unavailable(reason) => {
                tracing::warn!(reason, "the database is not available to a request");
                let text = "the database is not available; try again in a moment";
                Fault::new(Code::Overloaded, text).retry_after(Duration::from_secs(1))
            }
            StoreError::Unreadable(_) | StoreError::Broken(_) => {
                tracing::error!(%error, "a request met a broken invariant");
                Fault::internal()
            }
        }
    }
}

impl From<StoreError> for Fault {
    fn from(error: StoreError) -> Self {
        Self::from(&error)
    }
}
