//! What is where?

use axum::Router;
use axum::middleware::{from_fn, from_fn_with_state};
use axum::routing::get;

use super::cors::{Origins, cors};
use super::envelope::envelope;
use super::headers::protect;
use super::health::{self, Observed};
use super::problem::{method_not_allowed, not_found};

/// What a process offers over HTTP.
pub(crate) struct Mounted {
    /// The API's own routes; empty in a process without an API. Without a fallback of its own.
    pub(crate) api: Router,
    /// What health and numbers are read from.
    pub(crate) observed: Observed,
    /// Whose pages may call us.
    pub(crate) origins: Vec<String>,
}

/// Every route, inside of what all of them share. The outermost is named last.
pub(crate) fn routes(mounted: Mounted) -> Router {
    Router::new()
        .route("/health/live", get(health::live))
        .route("/health/ready", get(health::ready))
        .route("/metrics", get(health::metrics))
        .with_state(mounted.observed)
        .merge(mounted.api)
        .fallback(not_found)
        .method_not_allowed_fallback(method_not_allowed)
        .layer(from_fn(envelope))
        .layer(from_fn_with_state(Origins::new(&mounted.origins), cors))
        .layer(from_fn(protect))
}
