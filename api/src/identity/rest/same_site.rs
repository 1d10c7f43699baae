//! Keeps other people's pages from acting with a visitor's cookies.
//!
//! Browsers send cookies along with whatever page asks. That a request with a cookie comes from a
//! page of ours is told by `Sec-Fetch-Site`, which pages cannot set, else by `Origin`. A request
//! with neither does not come from a browser; then it needs no cookie either.

use axum::http::header::ORIGIN;
use axum::http::{HeaderMap, StatusCode};

use super::Problem;
use crate::api::ApiOptions;

/// Passes a request that acts with a cookie if a page of ours sent it.
///
/// # Errors
/// 403.
pub(crate) fn require_same_site(headers: &HeaderMap, options: &ApiOptions) -> Result<(), Problem> {
    let text = |name: &str| headers.get(name).and_then(|value| value.to_str().ok());
    let origin = text(ORIGIN.as_str());
    let listed = origin.is_some_and(|origin| options.trusts(origin));
    let passes = match text("sec-fetch-site") {
        Some("same-origin") => true,
        Some(_) => listed,
        None => listed || origin.is_some_and(|origin| origin == options.public_url),
    };
    if passes {
        return Ok(());
    }
    let text = "cookies count only for pages of this site; send a bearer token instead";
    Err(Problem::new(StatusCode::FORBIDDEN, "CROSS_SITE", text))
}
