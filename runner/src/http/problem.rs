//! What does an answer look like that is no success?

use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use serde_json::json;

/// An answer as of RFC 9457: a stable code and a sentence that says what to do.
pub fn problem(status: StatusCode, code: &'static str, detail: &str) -> Response {
    let body = json!({
        "type": "about:blank",
        "title": status.canonical_reason().unwrap_or("Error"),
        "status": status.as_u16(),
        "code": code,
        "detail": detail,
    });
    let mut response = (status, body.to_string()).into_response();
    let kind = HeaderValue::from_static("application/problem+json; charset=utf-8");
    response.headers_mut().insert(header::CONTENT_TYPE, kind);
    response
}

/// Nothing is there.
pub(super) async fn not_found() -> Response {
    problem(
        StatusCode::NOT_FOUND,
        "NOT_FOUND",
        "there is nothing at this address",
    )
}

/// It is there, but not for this method; the library adds `Allow`.
pub(super) async fn method_not_allowed() -> Response {
    let detail = "this address does not take this method; see the Allow header";
    problem(StatusCode::METHOD_NOT_ALLOWED, "METHOD_NOT_ALLOWED", detail)
}
