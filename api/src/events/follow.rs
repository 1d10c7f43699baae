//! A tenant's events after a position, first from the table, then as they come.

use std::sync::Arc;

use async_stream::try_stream;
use daybook_domain::kernel::TenantId;
use daybook_store::{HistoryFilter, Recorded, Store, StoreError};
use futures::{Stream, StreamExt, TryStreamExt, stream};

/// Events read at once.
const PAGE: i64 = 500;
const LIVE_PAGE: usize = 1_000;

/// Events that were there together.
#[derive(Debug, Clone, Default)]
pub struct Batch {
    /// Those that are wanted, in order; may be empty.
    pub events: Vec<Arc<Recorded>>,
    /// Whether everything that was there when the following began has been told with this batch.
    pub is_level: bool,
}

/// Every event of the tenant after `position` that the filter admits, in order, each once, without
/// end; with `up_to`, the end comes after that position.
pub fn follow(
    store: Store,
    tenant: TenantId,
    filter: HistoryFilter,
    position: i64,
    up_to: Option<i64>,
) -> impl Stream<Item = Result<Arc<Recorded>, StoreError>> + Send {
    follow_batches(store, tenant, filter, position, up_to)
        .map_ok(|batch| stream::iter(batch.events).map(Ok))
        .try_flatten()
}

/// The same, in the batches in which they are found.
///
/// It attaches to the tail first, then reads the table, then goes on with what the tail has: so
/// nothing can fall between the two, and what comes from both is left out once.
pub fn follow_batches(
    store: Store,
    tenant: TenantId,
    filter: HistoryFilter,
    position: i64,
    up_to: Option<i64>,
) -> impl Stream<Item = Result<Batch, StoreError>> + Send {
    try_stream! {
        let is_over = |last: i64| up_to.is_some_and(|end| last >= end);
        let attached = store.tail().head();
        let mut last = position;
        let mut has_more = true;
        while has_more {
            if is_over(last) {
                return;
            }
            let page = store.history(tenant, last, &filter, PAGE).await?;
            has_more = page.has_more;
            last = page.events.last().map_or(last, |event| event.position);
            let wanted = |event: &Recorded| up_to.is_none_or(|end| event.position <= end);
            let events = page.events.into_iter().filter(wanted).map(Arc::new).collect();
            yield Batch { events, is_level: !has_more };
        }
        // Of a quiet tenant only the table may know; whoever waited for its next event instead
        // would never come to the end.
        if up_to.is_some() && is_over(store.position_as_of(tenant, attached).await?) {
            return;
        }
        let mut log_position = attached;
        while !is_over(last) {
            store.tail().past(log_position).await;
            let mut events = Vec::new();
            for event in store.tail().after(log_position, LIVE_PAGE).await? {
                log_position = event.log_position;
                if event.tenant != tenant || event.position <= last {
                    continue;
                }
                if up_to.is_some_and(|end| event.position > end) {
                    break;
                }
                last = event.position;
                if filter.admits(&event) {
                    events.push(event);
                }
            }
            if !events.is_empty() {
                yield Batch { events, is_level: true };
            }
        }
    }
}
