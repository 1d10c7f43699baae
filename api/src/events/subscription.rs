//! Live: the tenant's events as they are recorded.

use async_graphql::{Context, ID, Result, Subscription};
use daybook_domain::tenancy::public::Permission;
use futures::{Stream, StreamExt};

use super::event::Event;
use super::follow::follow;
use super::query::filter;
use crate::fault::Fault;
use crate::graphql::{Asking, Position};
use crate::live::{Assignment, Mark, Mode};

/// The events of the tenant's log, live.
#[derive(Debug, Default)]
pub struct EventsSubscription;

#[Subscription]
impl EventsSubscription {
    /// Every event after a position, in order: first what was recorded before, then each as it is
    /// recorded. Resume with the last position seen; a client leaves out what it has seen. Needs
    /// `events.read`.
    async fn events(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The last position seen; only new events when it is left out.")]
        after: Option<Position>,
        #[graphql(desc = "Only these types: names or patterns like `invoicing.*`, `*.client.*`.")]
        types: Option<Vec<String>>,
        #[graphql(desc = "Only what happened to this thing.")] stream_id: Option<ID>,
    ) -> Result<impl Stream<Item = Result<Event>> + use<>> {
        let (asking, scope) = Asking::permitted(ctx, Permission::EventsRead)?;
        let filter = filter(types, stream_id.as_slice())?;
        let assignment = ctx.data::<Assignment>()?.clone();
        let store = asking.api.store().clone();
        let tenant = scope.tenant;
        // The mode holds what `after` says, or a later position when the client has come back.
        let _: Option<Position> = after;
        let (from, up_to) = match assignment.mode() {
            Mode::Whole { after: Some(seen) } => (signed(seen), None),
            Mode::Whole { after: None } => {
                let (head, _) = store.tenant_head(tenant).await.map_err(Fault::from)?;
                (head, None)
            }
            // Without a position there is nothing before the group's own events.
            Mode::CatchUp { after: seen, up_to } => {
                (seen.map_or(signed(up_to), signed), Some(signed(up_to)))
            }
            Mode::Live { from } => (signed(from), None),
        };
        let events = follow(store, tenant, filter, from, up_to);
        let marked = events.map(move |event| match event {
            Ok(event) => {
                let mark = Mark::complete(event.position.unsigned_abs());
                (Some(mark), Ok(Event(event)))
            }
            Err(error) => (None, Err(Fault::from(error).into())),
        });
        Ok(assignment.stamp(marked))
    }
}

fn signed(position: u64) -> i64 {
    i64::try_from(position).unwrap_or(i64::MAX)
}
