//! What is the API given, and what does it give back?

use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use daybook_api::api::ApiOptions;
use daybook_api::engine::Settings;
use daybook_projections::engine::Positions;
use daybook_store::Store;
use futures::future::BoxFuture;
use tokio_util::sync::CancellationToken;
use url::Url;

use crate::clock::Clock;
use crate::config::{Config, Environment};
use crate::dns::Names;
use crate::failure::Failure;

/// Password hashes at a time; each takes 19 MiB and a core.
const HASHES_AT_ONCE: usize = 4;
/// How long a mutation waits for its read model.
const PATIENCE: Duration = Duration::from_secs(2);

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
    /// Tells sockets when their caller's rights end; to be polled until the process stops.
    pub rights: BoxFuture<'static, ()>,
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
            rights: Box::pin(std::future::ready(())),
        }
    }

    /// The API over its parts. The one place where it is mounted.
    ///
    /// # Errors
    /// When passwords cannot be hashed, which would be a bug.
    pub fn new(parts: ApiParts) -> Result<Self, Failure> {
        let ApiParts {
            store,
            positions,
            config,
            public_url,
            clock,
            draining,
        } = parts;
        let origins = config.security.cors_origins;
        let options = ApiOptions {
            public_url: public_url.as_str().trim_end_matches('/').to_owned(),
            development: config.environment == Environment::Development,
            origins: origins.clone(),
            hashes_at_once: HASHES_AT_ONCE,
            requests_per_minute: config.limits.requests_per_minute,
            patience: PATIENCE,
            exports: config.audit.exports.clone(),
            txt: Arc::new(Names::new(config.workers.nameserver)),
            clock,
        };
        let api = daybook_api::api::Api::new(store, positions, options)
            .map_err(|error| Failure::failed(error.to_string()))?;
        let settings = Settings {
            origins,
            ..Settings::default()
        };
        let served = daybook_api::router::serve(&api, settings, draining);
        Ok(Self {
            router: served.router,
            drained: served.drained,
            rights: served.rights,
        })
    }
}
