//! What a client gets back: its JSON, and what the transports must know about it.

use std::collections::BTreeMap;
use std::time::Duration;

use async_graphql::{Response, ServerError, Value};
use serde::Serialize;

use super::Rejected;
use crate::fault::{Code, Fault, polish};
use crate::gateway::{Budget, RequestId};

/// A finished answer; its errors are fit for the client.
#[derive(Debug)]
pub(crate) struct Answer {
    response: Response,
    refused: Option<Code>,
    budget: Option<Budget>,
}

impl Answer {
    /// An answer of the library.
    pub(crate) fn of(mut response: Response, request_id: &RequestId) -> Self {
        polish(&mut response.errors, request_id.as_str());
        Self {
            response,
            refused: None,
            budget: None,
        }
    }

    /// The answer to a request that did not run.
    pub(crate) fn refused(rejected: impl Into<Rejected>, request_id: &RequestId) -> Self {
        let rejected = rejected.into();
        let code = rejected.fault.code;
        let response = Response::from_errors(vec![rejected.fault.into_server_error()]);
        let answer = Self {
            refused: Some(code),
            ..Self::of(response, request_id)
        };
        Self {
            budget: rejected.budget,
            ..answer
        }
    }

    /// The same answer with what is left in the bucket.
    pub(crate) fn with_budget(self, budget: Budget) -> Self {
        Self {
            budget: Some(budget),
            ..self
        }
    }

    /// What is left in the bucket; `None` when it was not asked.
    pub(crate) fn budget(&self) -> Option<&Budget> {
        self.budget.as_ref()
    }

    /// Why nothing ran, when it was our doing; `None` also when the library refused.
    pub(crate) fn refusal(&self) -> Option<Code> {
        self.refused
    }

    /// Whether anything ran: whether the answer has `data`, be it null.
    pub(crate) fn ran(&self) -> bool {
        self.refused.is_none() && ran(&self.response)
    }

    /// Whether there is data to read.
    pub(crate) fn has_data(&self) -> bool {
        self.ran() && self.response.data != Value::Null
    }

    /// The errors, fit for the client.
    pub(crate) fn errors(&self) -> &[ServerError] {
        &self.response.errors
    }

    /// The code of the first error; `None` when there is no error.
    pub(crate) fn code(&self) -> Option<Code> {
        self.errors()
            .iter()
            .find_map(|error| Code::find(&text(error, "code")?))
    }

    /// The longest time an error asks to wait.
    pub(crate) fn retry_after(&self) -> Option<Duration> {
        let waits = self.errors().iter().filter_map(|error| {
            match error.extensions.as_ref()?.get("retryAfterMs")? {
                Value::Number(millis) => millis.as_u64(),
                _ => None,
            }
        });
        waits.max().map(Duration::from_millis)
    }

    /// The answer as JSON.
    pub(crate) fn to_json(&self) -> String {
        json(&self.response, self.ran())
    }
}

fn text(error: &ServerError, key: &str) -> Option<String> {
    match error.extensions.as_ref()?.get(key)? {
        Value::String(text) => Some(text.clone()),
        _ => None,
    }
}

/// One result of a subscription as JSON, fit for the client.
pub(crate) fn payload(mut response: Response, request_id: &RequestId) -> String {
    polish(&mut response.errors, request_id.as_str());
    json(&response, true)
}

/// Errors of what runs have a path; those of the library's rules have none.
pub(super) fn ran(response: &Response) -> bool {
    response.data != Value::Null
        || response.errors.is_empty()
        || response.errors.iter().any(|error| !error.path.is_empty())
}

#[derive(Serialize)]
struct Body<'r> {
    #[serde(skip_serializing_if = "<[ServerError]>::is_empty")]
    errors: &'r [ServerError],
    #[serde(skip_serializing_if = "Option::is_none")]
    data: Option<&'r Value>,
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    extensions: &'r BTreeMap<String, Value>,
}

fn json(response: &Response, ran: bool) -> String {
    let body = Body {
        errors: &response.errors,
        data: ran.then_some(&response.data),
        extensions: &response.extensions,
    };
    serde_json::to_string(&body).unwrap_or_else(|error| {
        tracing::error!(%error, "an answer cannot be written as JSON");
        let fault = Fault::internal();
        format!(
            "{{\"errors\":[{{\"message\":\"{}\",\"extensions\":{{\"code\":\"{}\"}}}}]}}",
            fault.message,
            fault.code.as_str()
        )
    })
}
