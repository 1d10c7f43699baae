//! Live: the tenant's events as they are recorded.

use async_graphql::{Context, ID, Result, Subscription};
use daybook_domain::tenancy::public::Permission;
use daybook_store::StoreError;
use futures::{Stream, StreamExt, stream};

use super::event::Event;
use super::follow::{Batch, follow_batches};
use super::query::filter;
use crate::fault::Fault;
use crate::graphql::{Asking, Position};
use crate::live::{Assignment, Beacon, Mark, Mode};

/// The events of the tenant's log, live.
#[derive(Debug, Default)]
pub struct EventsSubscription;

#[Subscription]
impl EventsSubscription {
    /// Every event after a position, in order: first what was recorded before, then each as it is
    /// recorded. Resume with the last position seen; a client leaves out what it has seen. While
    /// nothing comes that is wanted, the position to resume from is told every few seconds if it
    /// moved: over server-sent events by an `id` without data, which browsers resume from by
    /// themselves, over WebSocket by a `ping` with the payload `{"positions": {"<id of the
    /// operation>": "42"}}`. Needs `events.read`.
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
        let batches = follow_batches(store, tenant, filter, from, up_to);
        let results = batches.flat_map(|batch| stream::iter(results(batch)));
        Ok(assignment.stamp(results))
    }
}

/// What a batch comes to: its events, then how far it goes beyond them.
fn results(batch: Result<Batch, StoreError>) -> Vec<(Option<Mark>, Result<Event>)> {
    let batch = match batch {
        Ok(batch) => batch,
        Err(error) => return vec![(None, Err(Fault::from(error).into()))],
    };
    let mark = |position: i64| Some(Mark::complete(position.unsigned_abs()));
    let last = batch.events.last().map(|event| event.position);
    let beacon = batch.beacon.filter(|position| Some(*position) > last);
    let events = batch.events.into_iter();
    let mut results: Vec<_> = events
        .map(|event| (mark(event.position), Ok(Event(event))))
        .collect();
    results.extend(beacon.map(|position| (mark(position), Err(Beacon.into()))));
    results
}

fn signed(position: u64) -> i64 {
    i64::try_from(position).unwrap_or(i64::MAX)
}
