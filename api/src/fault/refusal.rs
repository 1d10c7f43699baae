//! How a technical failure travels from where it is found to the client.

use std::borrow::Cow;
use std::time::Duration;

use async_graphql::{Error, Pos, ServerError};

use super::Code;

/// A technical failure, found before or while a request runs.
///
/// The message reaches the client as it is: it never holds anything internal.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{message}")]
pub struct Fault {
    /// What kind of failure.
    pub code: Code,
    /// What is wrong and what to do; lower case, no full stop.
    pub message: Cow<'static, str>,
    /// Where in the document; `None` when it is not about a place.
    pub location: Option<Pos>,
    /// When trying again makes sense; `None` when it does not or is not known.
    pub retry_after: Option<Duration>,
}

impl Fault {
    /// A failure of that kind, about no place in the document.
    pub fn new(code: Code, message: impl Into<Cow<'static, str>>) -> Self {
        Self {
            code,
            message: message.into(),
            location: None,
            retry_after: None,
        }
    }

    /// A fault of ours; its cause belongs in the log, not here.
    pub fn internal() -> Self {
        Self::new(Code::InternalServerError, "something failed on our side")
    }

    /// The same failure at a place in the document.
    #[must_use]
    pub fn at(self, location: Pos) -> Self {
        Self {
            location: Some(location),
            ..self
        }
    }

    /// The same failure with the time after which trying again makes sense.
    #[must_use]
    pub fn retry_after(self, after: Duration) -> Self {
        Self {
            retry_after: Some(after),
            ..self
        }
    }

    /// The failure as an entry of a response's `errors`; [`polish`](super::polish) adds its code.
    ///
    /// A resolver gets the same by `?`: the library keeps the failure as the error's source.
    pub fn into_server_error(self) -> ServerError {
        ServerError {
            locations: self.location.into_iter().collect(),
            ..Error::from(self).into_server_error(Pos::default())
        }
    }
}
