//! Under which paths?

use axum::Router;
use axum::middleware::from_fn;
use axum::routing::{MethodRouter, get};

use super::download::download;
use super::proofs::{checkpoint, consistency, keys, proof};
use super::tiles::tile;
use crate::api::Api;
use crate::identity::dress;

/// `/audit/{tenant}/*`.
pub fn routes(api: Api) -> Router {
    let endpoints: [(&'static str, MethodRouter<Api>); 6] = [
        ("/audit/{tenant}/checkpoint", get(checkpoint)),
        ("/audit/{tenant}/tile/{*place}", get(tile)),
        ("/audit/{tenant}/proof", get(proof)),
        ("/audit/{tenant}/consistency", get(consistency)),
        ("/audit/{tenant}/keys", get(keys)),
        ("/audit/{tenant}/exports/{id}", get(download)),
    ];
    let mut router = Router::new();
    for (path, endpoint) in endpoints {
        let dress = move |request, next| dress((path, "GET, HEAD"), request, next);
        router = router.route(path, endpoint.layer(from_fn(dress)));
    }
    router.with_state(api)
}
