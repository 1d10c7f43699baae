//! How an answer becomes an HTTP response: status, headers, body.

use std::time::Duration;

use axum::body::Body;
use axum::http::header::{
    ALLOW, CACHE_CONTROL, CONTENT_TYPE, RETRY_AFTER, VARY, WWW_AUTHENTICATE, X_CONTENT_TYPE_OPTIONS,
};
use axum::http::{HeaderName, HeaderValue, StatusCode};
use axum::response::Response;

use super::media::Media;
use crate::engine::{Answer, Rejected};
use crate::fault::Code;
use crate::gateway::{Budget, RequestId};

/// One request and how its answer is to be written.
#[derive(Debug, Clone)]
pub(crate) struct Exchange {
    pub(crate) request_id: RequestId,
    pub(crate) media: Media,
    /// The value of `Allow` when the method is refused.
    pub(crate) allowed: &'static str,
}

impl Exchange {
    /// The response to a request that did not run.
    pub(crate) fn refuse(&self, rejected: impl Into<Rejected>) -> Response {
        self.reply(&Answer::refused(rejected, &self.request_id))
    }

    /// The response for an answer.
    pub(crate) fn reply(&self, answer: &Answer) -> Response {
        let status = status(answer, self.media);
        let mut response = Response::new(Body::from(answer.to_json()));
        *response.status_mut() = status;
        let headers = response.headers_mut();
        headers.insert(
            CONTENT_TYPE,
            HeaderValue::from_static(self.media.content_type()),
        );
        headers.insert(VARY, HeaderValue::from_static("accept"));
        headers.insert(CACHE_CONTROL, HeaderValue::from_static("no-store"));
        headers.insert(X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff"));
        if status == StatusCode::METHOD_NOT_ALLOWED {
            headers.insert(ALLOW, HeaderValue::from_static(self.allowed));
        }
        if status == StatusCode::UNAUTHORIZED {
            headers.insert(WWW_AUTHENTICATE, HeaderValue::from_static("Bearer"));
        }
        if let Some(id) = self.request_id.to_header() {
            headers.insert(RequestId::HEADER, id);
        }
        if let Some(wait) = wait(answer, status) {
            headers.insert(RETRY_AFTER, HeaderValue::from(seconds(wait).max(1)));
        }
        for (name, value) in answer.budget().into_iter().flat_map(budget_headers) {
            headers.insert(name, HeaderValue::from(value));
        }
        response
    }
}

/// What is left in the bucket, as headers.
pub(crate) fn budget_headers(budget: &Budget) -> [(HeaderName, u64); 3] {
    [
        (HeaderName::from_static("ratelimit-limit"), budget.limit),
        (
            HeaderName::from_static("ratelimit-remaining"),
            budget.remaining,
        ),
        (
            HeaderName::from_static("ratelimit-reset"),
            seconds(budget.reset),
        ),
    ]
}

/// The status of an answer. The draft of GraphQL over HTTP wants 422 for a document that does not
/// fit the schema and 294 for a partial answer where the audit suite wants 400 and 200; both keep
/// every MUST, and this is the one place to change.
fn status(answer: &Answer, media: Media) -> StatusCode {
    let code = answer.code();
    if answer.has_data() {
        return StatusCode::OK;
    }
    if answer.ran() {
        // Null data: nobody reads a stale or missing value by mistake, so the status may speak.
        return match code {
            Some(code) if media != Media::LegacyJson && speaks(code) => code.status(),
            Some(_) | None => StatusCode::OK,
        };
    }
    // Apollo's mobile clients come back with the document only after a 200.
    let about_documents = [
        Code::GraphqlParseFailed,
        Code::GraphqlValidationFailed,
        Code::PersistedQueryNotFound,
    ];
    let is_well_formed = match answer.refusal() {
        Some(code) => about_documents.contains(&code),
        None => true,
    };
    if is_well_formed && media == Media::LegacyJson {
        return StatusCode::OK;
    }
    code.map_or(StatusCode::BAD_REQUEST, Code::status)
}

/// Failures that are about the whole request, not about one field.
fn speaks(code: Code) -> bool {
    let all = [
        Code::Unauthenticated,
        Code::Throttled,
        Code::ConsistencyTimeout,
        Code::Timeout,
        Code::Overloaded,
    ];
    all.contains(&code)
}

/// How long a client should wait, when its request can succeed later.
fn wait(answer: &Answer, status: StatusCode) -> Option<Duration> {
    let busy = [
        StatusCode::SERVICE_UNAVAILABLE,
        StatusCode::TOO_MANY_REQUESTS,
    ];
    let default = busy.contains(&status).then_some(Duration::from_secs(1));
    answer.retry_after().or(default)
}

/// Whole seconds, rounded up.
fn seconds(time: Duration) -> u64 {
    time.as_secs()
        .saturating_add(u64::from(time.subsec_nanos() > 0))
}
