//! What happens around every request?
//!
//! It gets an id (its own when that is plain, else a new one), a span that names it, its tenant,
//! its actor and its correlation in every log line below, one line of its own, and its place in the
//! numbers. A panic ends here, as a 500.

use std::panic::AssertUnwindSafe;
use std::time::Instant;

use axum::extract::{MatchedPath, Request};
use axum::http::{HeaderName, HeaderValue, Method, StatusCode};
use axum::middleware::Next;
use axum::response::Response;
use futures::FutureExt;
use tracing::field::Empty;
use tracing::{Instrument, Span};
use uuid::Uuid;

use super::problem::{method_not_allowed, problem};

const REQUEST_ID: HeaderName = HeaderName::from_static("x-request-id");

/// Wraps a request in everything it needs. The fields `tenant`, `actor` and `correlation` of the
/// span are recorded by whoever finds them out.
pub(super) async fn envelope(mut request: Request, next: Next) -> Response {
    let id = request_id(&request);
    request.headers_mut().insert(REQUEST_ID, id.clone());
    let method = request.method().clone();
    let route = request
        .extensions()
        .get::<MatchedPath>()
        .map_or_else(|| "none".to_owned(), |path| path.as_str().to_owned());
    let span = tracing::info_span!(
        "request",
        request_id = id.to_str().unwrap_or_default(),
        %method,
        // Without its query, which may hold a token.
        path = request.uri().path(),
        tenant = Empty,
        actor = Empty,
        correlation = Empty,
    );
    let started = Instant::now();
    let mut response = answer(request, next).instrument(span.clone()).await;
    record(&span, &method, route, (response.status(), started));
    response.headers_mut().insert(REQUEST_ID, id);
    response
}

async fn answer(request: Request, next: Next) -> Response {
    if matches!(*request.method(), Method::TRACE | Method::CONNECT) {
        return method_not_allowed().await;
    }
    // Nothing of the request outlives the panic but what its own locks and transactions guard.
    if let Ok(response) = AssertUnwindSafe(next.run(request)).catch_unwind().await {
        return response;
    }
    metrics::counter!("daybook_http_panics_total").increment(1);
    tracing::error!("a request panicked");
    let detail = "something failed on our side";
    problem(
        StatusCode::INTERNAL_SERVER_ERROR,
        "INTERNAL_SERVER_ERROR",
        detail,
    )
}

fn record(span: &Span, method: &Method, route: String, (status, started): (StatusCode, Instant)) {
    let elapsed = started.elapsed();
    let elapsed_ms = u64::try_from(elapsed.as_millis()).unwrap_or(u64::MAX);
    let status = status.as_u16();
    span.in_scope(|| {
        if route.starts_with("/health") || route == "/metrics" {
            tracing::debug!(status, elapsed_ms, "answered");
        } else {
            tracing::info!(status, elapsed_ms, "answered");
        }
    });
    // Names that a client makes up must not become labels.
    let method = match method.as_str() {
        known @ ("GET" | "HEAD" | "POST" | "PUT" | "PATCH" | "DELETE" | "OPTIONS") => known,
        _ => "other",
    };
    let labels = [
        ("method", method.to_owned()),
        ("route", route.clone()),
        ("status", status.to_string()),
    ];
    metrics::counter!("daybook_http_requests_total", &labels).increment(1);
    metrics::histogram!("daybook_http_seconds", "route" => route).record(elapsed.as_secs_f64());
}

/// The client's id when it is short and plain, so that it can break no line of a log.
#[expect(
    clippy::disallowed_methods,
    reason = "this is the edge where request ids are minted"
)]
fn request_id(request: &Request) -> HeaderValue {
    let plain = |byte: &u8| byte.is_ascii_alphanumeric() || b"-_.".contains(byte);
    let sent = request
        .headers()
        .get(REQUEST_ID)
        .filter(|sent| (1..=64).contains(&sent.len()) && sent.as_bytes().iter().all(plain));
    match sent {
        Some(sent) => sent.clone(),
        None => HeaderValue::from_str(&Uuid::now_v7().to_string())
            .unwrap_or(HeaderValue::from_static("none")),
    }
}

#[cfg(test)]
mod tests {
    use axum::Router;
    use axum::body::{Body, to_bytes};
    use axum::middleware::from_fn;
    use axum::routing::get;
    use serde_json::Value;
    use tower::ServiceExt;

    use super::*;

    async fn broken() -> StatusCode {
        panic!("a secret of the code")
    }

    #[tokio::test]
    async fn a_panic_ends_as_a_500_with_the_requests_id_and_the_next_request_is_answered() {
        let router = Router::new()
            .route("/broken", get(broken))
            .route("/fine", get(async || StatusCode::NO_CONTENT))
            .layer(from_fn(envelope));
        let ask = |path: &str| {
            let request = Request::get(path).header(REQUEST_ID, "it-1");
            router.clone().oneshot(request.body(Body::empty()).unwrap())
        };
        let response = ask("/broken").await.unwrap();
        assert_eq!(response.status(), StatusCode::INTERNAL_SERVER_ERROR);
        assert_eq!(response.headers()[REQUEST_ID], "it-1");
        let body = to_bytes(response.into_body(), 1_000).await.unwrap();
        let body: Value = serde_json::from_slice(&body).unwrap();
        assert_eq!(body["code"], "INTERNAL_SERVER_ERROR");
        assert!(!body.to_string().contains("secret"));
        let fine = ask("/fine").await.unwrap();
        assert_eq!(fine.status(), StatusCode::NO_CONTENT);
    }
}
