//! Every answer but success, as `application/problem+json` (RFC 9457).

use std::borrow::Cow;
use std::time::Duration;

use axum::body::Body;
use axum::http::header::{CONTENT_TYPE, RETRY_AFTER, WWW_AUTHENTICATE};
use axum::http::{HeaderValue, StatusCode};
use axum::response::{IntoResponse, Response};
use daybook_store::{ExecuteError, Refused, StoreError};
use serde::Serialize;

use crate::access::HashingError;
use crate::fault::{Code, Fault};

/// What is wrong with a request.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Problem {
    status: StatusCode,
    code: &'static str,
    detail: Cow<'static, str>,
    field: &'static str,
    retry_after: Option<Duration>,
}

/// As it is written.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
struct Written<'p> {
    r#type: &'static str,
    title: &'p str,
    status: u16,
    detail: &'p str,
    code: &'static str,
    #[serde(skip_serializing_if = "str::is_empty")]
    field: &'static str,
    request_id: &'p str,
    retryable: bool,
}

impl Problem {
    /// A problem with a code of its own.
    pub(crate) fn new(
        status: StatusCode,
        code: &'static str,
        detail: impl Into<Cow<'static, str>>,
    ) -> Self {
        Self {
            status,
            code,
            detail: detail.into(),
            field: "",
            retry_after: None,
        }
    }

    /// A rule said no.
    pub(crate) fn refused(code: &'static str, detail: impl Into<Cow<'static, str>>) -> Self {
        Self::new(StatusCode::UNPROCESSABLE_ENTITY, code, detail)
    }

    /// Whoever asks has to come back later.
    pub(crate) fn too_often(wait: Duration) -> Self {
        let text = "too many tries; wait before the next one";
        let problem = Self::new(
            StatusCode::TOO_MANY_REQUESTS,
            Code::Throttled.as_str(),
            text,
        );
        Self {
            retry_after: Some(wait),
            ..problem
        }
    }

    /// Whether the caller may not, rather than cannot now.
    pub(super) fn is_forbidden(&self) -> bool {
        self.status == StatusCode::FORBIDDEN
    }

    /// The same problem, about a field of the input.
    #[must_use]
    pub(crate) fn about(self, field: &'static str) -> Self {
        Self { field, ..self }
    }

    /// The response, which carries the request's id.
    pub(super) fn write(&self, request_id: &str) -> Response {
        let busy = [
            StatusCode::TOO_MANY_REQUESTS,
            StatusCode::SERVICE_UNAVAILABLE,
        ];
        let retryable = self.retry_after.is_some() || busy.contains(&self.status);
        let written = Written {
            r#type: "about:blank",
            title: self.status.canonical_reason().unwrap_or("Error"),
            status: self.status.as_u16(),
            detail: &self.detail,
            code: self.code,
            field: self.field,
            request_id,
            retryable,
        };
        let body = serde_json::to_vec(&written).unwrap_or_default();
        let mut response = Response::new(Body::from(body));
        *response.status_mut() = self.status;
        let headers = response.headers_mut();
        let kind = HeaderValue::from_static("application/problem+json; charset=utf-8");
        headers.insert(CONTENT_TYPE, kind);
        if retryable {
            let wait = self.retry_after.unwrap_or(Duration::from_secs(1));
            let seconds = wait.as_secs() + u64::from(wait.subsec_nanos() > 0);
            headers.insert(RETRY_AFTER, HeaderValue::from(seconds.max(1)));
        }
        if self.status == StatusCode::UNAUTHORIZED {
            headers.insert(WWW_AUTHENTICATE, HeaderValue::from_static("Bearer"));
        }
        response
    }
}

impl IntoResponse for Problem {
    /// Travels in the extensions to where the request's id is known.
    fn into_response(self) -> Response {
        let mut response = self.status.into_response();
        response.extensions_mut().insert(self);
        response
    }
}

impl From<Fault> for Problem {
    fn from(fault: Fault) -> Self {
        let problem = Self::new(fault.code.status(), fault.code.as_str(), fault.message);
        Self {
            retry_after: fault.retry_after,
            ..problem
        }
    }
}

impl From<StoreError> for Problem {
    fn from(error: StoreError) -> Self {
        Fault::from(error).into()
    }
}

impl From<HashingError> for Problem {
    fn from(error: HashingError) -> Self {
        match error {
            HashingError::Busy => {
                let fault = Fault::new(Code::Overloaded, error.to_string());
                fault.retry_after(Duration::from_secs(1)).into()
            }
            HashingError::Broken(reason) => {
                tracing::error!(reason, "a password could not be hashed");
                Fault::internal().into()
            }
        }
    }
}

impl From<Refused> for Problem {
    fn from(refused: Refused) -> Self {
        Self::refused(refused.code, refused.message).about(refused.field)
    }
}

impl From<ExecuteError> for Problem {
    fn from(error: ExecuteError) -> Self {
        match error {
            ExecuteError::Refused(refused) => refused.into(),
            ExecuteError::Store(error) => error.into(),
            ExecuteError::Conflict { .. } | ExecuteError::Overloaded => {
                let text = "too much happens at once; try again in a moment";
                Fault::new(Code::Overloaded, text)
                    .retry_after(Duration::from_secs(1))
                    .into()
            }
            ExecuteError::CommandIdReused(_) => {
                tracing::error!(%error, "a command id of ours was used before");
                Fault::internal().into()
            }
        }
    }
}
