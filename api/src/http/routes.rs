//! Under which paths GraphQL is reached.

use axum::Router;
use axum::routing::any;

use super::serve::serve;
use crate::engine::Engine;
use crate::gateway::Gateway;

/// `/graphql` for queries, mutations and sockets; `/graphql/stream` for server-sent events.
pub fn routes<G: Gateway>(engine: Engine<G>) -> Router {
    Router::new()
        .route("/graphql", any(serve::<G>))
        .route("/graphql/stream", any(crate::sse::serve::<G>))
        .with_state(engine)
}
