//! A tenant's events after a position, first from the table, then as they come.

use std::sync::Arc;
use std::time::Duration;

use async_stream::try_stream;
use daybook_domain::kernel::TenantId;
use daybook_store::{HistoryFilter, Recorded, Store, StoreError};
use futures::Stream;
use tokio::time::{Instant, timeout_at};

/// Events read at once.
const PAGE: i64 = 500;
const LIVE_PAGE: usize = 1_000;
/// The least time from one beacon to the next.
const BEACON: Duration = Duration::from_secs(3);

/// Events that were there together.
#[derive(Debug, Clone, Default)]
pub struct Batch {
    /// Those that are wanted, in order; may be empty.
    pub events: Vec<Arc<Recorded>>,
    /// Whether everything that was there when the following began has been told with this batch.
    pub is_level: bool,
    /// Now and then the tenant's position up to which everything was looked at, so that whoever
    /// waits among events that it does not want knows where to resume.
    pub beacon: Option<i64>,
}

/// Every event of the tenant after `position` that the filter admits, in order, each once, without
/// end, in the batches in which they are found; with `up_to`, the end comes after that position.
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
            yield Batch { events, is_level: !has_more, beacon: None };
        }
        // Of a quiet tenant only the table may know; whoever waited for its next event instead
        // would never come to the end.
        let level = store.position_as_of(tenant, attached).await?;
        let level = up_to.map_or(level, |end| level.min(end));
        if level > last {
            yield Batch { events: Vec::new(), is_level: true, beacon: Some(level) };
        }
        if is_over(level) {
            return;
        }
        let mut log_position = attached;
        let (mut told, mut due) = (level.max(last), Instant::now() + BEACON);
        while !is_over(last) {
            let moved = store.tail().past(log_position);
            if last > told {
                // Whether the log moved or the time is up is looked at below.
                drop(timeout_at(due, moved).await);
            } else {
                moved.await;
            }
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
            let beacon = (last > told && Instant::now() >= due).then_some(last);
            if let Some(position) = beacon {
                (told, due) = (position, Instant::now() + BEACON);
            }
            if beacon.is_some() || !events.is_empty() {
                yield Batch { events, is_level: true, beacon };
            }
        }
    }
}
