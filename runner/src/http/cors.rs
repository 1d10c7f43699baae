//! Whose pages may call us?
//!
//! Exactly the origins of the configuration, compared as bytes: no patterns, no suffixes, no
//! `null`. A page of our own host needs none of this.

use std::collections::BTreeSet;
use std::sync::Arc;

use axum::extract::{Request, State};
use axum::http::{HeaderMap, HeaderName, HeaderValue, Method, StatusCode, header};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};

/// Headers of a request that are ours to read.
const ACCEPTED: &str = "authorization, content-type, idempotency-key, if-match, last-event-id, \
    x-min-position, x-request-id, traceparent";
/// Headers of an answer that a page may read.
const EXPOSED: &str = "x-request-id, retry-after, ratelimit-limit, ratelimit-remaining, \
    ratelimit-reset, etag, location";
const METHODS: &str = "GET, POST, PUT, PATCH, DELETE, OPTIONS";
/// Seconds a browser may remember the answer to its question.
const REMEMBERED: &str = "600";

/// The origins that may.
#[derive(Debug, Clone)]
pub(super) struct Origins(Arc<BTreeSet<Vec<u8>>>);

impl Origins {
    pub(super) fn new(origins: &[String]) -> Self {
        let bytes = origins.iter().map(|origin| origin.as_bytes().to_vec());
        Self(Arc::new(bytes.collect()))
    }

    fn admit(&self, headers: &HeaderMap) -> Option<HeaderValue> {
        let origin = headers.get(header::ORIGIN)?;
        self.0.contains(origin.as_bytes()).then(|| origin.clone())
    }
}

/// Answers a browser's question, and marks answers that an admitted page may read.
pub(super) async fn cors(State(origins): State<Origins>, request: Request, next: Next) -> Response {
    let admitted = origins.admit(request.headers());
    let asks = request.method() == Method::OPTIONS
        && request.headers().contains_key(header::ORIGIN)
        && request
            .headers()
            .contains_key(header::ACCESS_CONTROL_REQUEST_METHOD);
    let mut response = if asks {
        StatusCode::NO_CONTENT.into_response()
    } else {
        next.run(request).await
    };
    let headers = response.headers_mut();
    headers.append(header::VARY, HeaderValue::from_static("origin"));
    let Some(origin) = admitted else {
        return response;
    };
    headers.insert(header::ACCESS_CONTROL_ALLOW_ORIGIN, origin);
    let mut say = |name: HeaderName, value: &'static str| {
        headers.insert(name, HeaderValue::from_static(value));
    };
    say(header::ACCESS_CONTROL_ALLOW_CREDENTIALS, "true");
    if asks {
        say(header::ACCESS_CONTROL_ALLOW_METHODS, METHODS);
        say(header::ACCESS_CONTROL_ALLOW_HEADERS, ACCEPTED);
        say(header::ACCESS_CONTROL_MAX_AGE, REMEMBERED);
    } else {
        say(header::ACCESS_CONTROL_EXPOSE_HEADERS, EXPOSED);
    }
    response
}
