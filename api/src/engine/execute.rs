//! How a schema of any type is run.

use async_graphql::{ObjectType, Request, Response, Schema, SchemaBuilder, SubscriptionType};
use futures::future::BoxFuture;
use futures::stream::BoxStream;

/// A schema whose types are forgotten, so that the transports are compiled once.
pub(crate) trait Execute: Send + Sync {
    /// Runs a query or mutation.
    fn execute(&self, request: Request) -> BoxFuture<'_, Response>;

    /// Runs a subscription.
    fn stream(&self, request: Request) -> BoxStream<'static, Response>;
}

impl<Q, M, S> Execute for Schema<Q, M, S>
where
    Q: ObjectType + 'static,
    M: ObjectType + 'static,
    S: SubscriptionType + 'static,
{
    fn execute(&self, request: Request) -> BoxFuture<'_, Response> {
        Box::pin(Schema::execute(self, request))
    }

    fn stream(&self, request: Request) -> BoxStream<'static, Response> {
        self.execute_stream(request)
    }
}

/// Turns on the library's own limits, as a second net below ours.
pub fn harden<Q, M, S>(builder: SchemaBuilder<Q, M, S>) -> SchemaBuilder<Q, M, S> {
    builder
        .disable_suggestions()
        .limit_directives(5)
        .limit_aliases(50)
        .limit_recursive_depth(24)
}
