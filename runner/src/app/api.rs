//! What is the API given, and what does it give back?

use axum::Router;
use daybook_projections::engine::Positions;
use daybook_store::Store;
use futures::future::BoxFuture;
use tokio_util::sync::CancellationToken;
use url::Url;

use crate::clock::Clock;
use crate::config::Config;

/// Everything the API is made from.
#[derive(Debug, Clone)]
pub struct ApiParts {
    /// The log.
    pub store: Store,
    /// How far the read models are.
    pub positions: Positions,
    /// The configuration.
    pub config: Config,
    /// How clients reach us.
    pub public_url: Url,
    /// What time it is.
    pub clock: Clock,
    /// Cancelled when the process stops: sockets and streams are to end.
    pub draining: CancellationToken,
}

/// The API, ready to be mounted.
pub struct Api {
    /// Its routes, without a fallback.
    pub router: Router,
    /// Resolves when every socket and stream has ended after `draining` was cancelled.
    pub drained: BoxFuture<'static, ()>,
}

impl std::fmt::Debug for Api {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Api").finish_non_exhaustive()
    }
}

impl Api {
    /// No API: for a process that only reads.
    pub fn none() -> Self {
        Self {
            router: Router::new(),
            drained: Box::pin(std::future::ready(())),
        }
    }

    /// The API over its parts. The one place where it is mounted.
    pub fn new(parts: ApiParts) -> Self {
        let ApiParts { draining, .. } = parts;
        Self {
            router: Router::new(),
            drained: Box::pin(draining.cancelled_owned()),
        }
    }
}
