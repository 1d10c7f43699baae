//! Every way in, on one router.

use axum::Router;
use tokio_util::sync::CancellationToken;

use crate::api::Api;
use crate::engine::{Engine, Settings};
use crate::privacy::watch_erasures;
use crate::schema::schema;

/// The API's routes, and what must run beside them.
pub struct Served {
    /// `/graphql`, `/graphql/stream`, `/auth/…`, `/audit/…`, and `/graphiql` in development.
    pub router: Router,
    /// Tells sockets when their caller's rights end, and drops what is kept of people who are erased;
    /// to be polled for as long as the routes are
    /// served.
    pub rights: futures::future::BoxFuture<'static, ()>,
    /// Resolves when every socket and stream has ended after `drain` was cancelled.
    pub drained: futures::future::BoxFuture<'static, ()>,
}

impl std::fmt::Debug for Served {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Served").finish_non_exhaustive()
    }
}

/// Puts the API on a router. When `drain` is cancelled no socket is taken any more and those that
/// are open are closed in an orderly way.
pub fn serve(api: &Api, mut settings: Settings, drain: CancellationToken) -> Served {
    // Pages of the public address may open sockets, also when a proxy calls us by another name.
    settings.origins.push(api.options().public_url.clone());
    let engine = Engine::new(schema(), api.clone(), (settings, drain));
    let waiting = engine.clone();
    let mut router = crate::http::routes(engine)
        .merge(crate::identity::routes(api.clone()))
        .merge(crate::audit::routes(api.clone()));
    if api.options().development {
        router = router.merge(crate::graphiql::routes());
    }
    let (tail, renewing) = (api.store().tail(), waiting.clone());
    let forgetting = watch_erasures(tail.clone(), move || renewing.groups().renew_all());
    let rights = api.rights().clone().run(tail.clone());
    let rights = async { futures::join!(rights, forgetting) };
    Served {
        router,
        rights: Box::pin(async move {
            rights.await;
        }),
        drained: Box::pin(async move { waiting.drained().await }),
    }
}
