//! What does every line of the log say about who asks?
//!
//! The span of a request, and that of each GraphQL operation in it, has the fields `tenant`, `actor` and
//! `correlation`; they are filled in here as they are found out. Ids alone: they say nothing about
//! anybody to whom the log was given without the database.

use daybook_store::{Actor, Context};
use tracing::Span;
use tracing::field::display;

use super::caller::Caller;

/// Says who asks, and in which tenant.
pub(crate) fn log_caller(span: &Span, caller: &Caller) {
    log_actor(span, &caller.actor());
    if let Some(scope) = &caller.scope {
        span.record("tenant", display(scope.tenant));
    }
}

/// Says what a command belongs together with.
pub(crate) fn log_correlation(span: &Span, context: &Context) {
    span.record("correlation", display(context.correlation_id));
}

/// Says who a command is from that nobody asked for who was known before: a sign-in.
pub(crate) fn log_actor(span: &Span, actor: &Actor) {
    span.record("actor", display(actor));
}
