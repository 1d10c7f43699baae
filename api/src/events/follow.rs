//! A tenant's events after a position, first from the table, then as they come.

use std::sync::Arc;

use async_stream::try_stream;
use daybook_domain::kernel::TenantId;
use daybook_store::{HistoryFilter, Recorded, Store, StoreError};
use futures::Stream;

/// Events read at once.
const PAGE: i64 = 500;
const LIVE_PAGE: usize = 1_000;

/// Every event of the tenant after `position` that the filter admits, in order, each once, without
/// end; with `up_to`, the end comes after that position.
///
/// It attaches to the tail first, then reads the table, then goes on with what the tail has: so
/// nothing can fall between the two, and what comes from both is left out once.
pub fn follow(
    store: Store,
    tenant: TenantId,
    filter: HistoryFilter,
    position: i64,
    up_to: Option<i64>,
) -> impl Stream<Item = Result<Arc<Recorded>, StoreError>> + Send {
    try_stream! {
        let attached = store.tail().head();
        let mut last = position;
        loop {
            if up_to.is_some_and(|end| last >= end) {
                return;
            }
            let page = store.history(tenant, last, &filter, PAGE).await?;
            for event in page.events {
                if up_to.is_some_and(|end| event.position > end) {
                    return;
                }
                last = event.position;
                yield Arc::new(event);
            }
            if !page.has_more {
                break;
            }
        }
        // Of a quiet tenant only the table may know; whoever waited for its next event instead
        // would never come to the end.
        if let Some(end) = up_to && end <= store.position_as_of(tenant, attached).await? {
            return;
        }
        let mut log_position = attached;
        loop {
            store.tail().past(log_position).await;
            for event in store.tail().after(log_position, LIVE_PAGE).await? {
                log_position = event.log_position;
                if event.tenant != tenant || event.position <= last {
                    continue;
                }
                if up_to.is_some_and(|end| event.position > end) {
                    return;
                }
                last = event.position;
                if filter.admits(&event) {
                    yield event;
                }
                if up_to.is_some_and(|end| last >= end) {
                    return;
                }
            }
        }
    }
}
