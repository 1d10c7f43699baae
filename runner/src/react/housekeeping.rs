//! What is cleared away from time to time?
//!
//! Every process that reacts does it: clearing away twice does no harm.

use std::time::Duration;

use daybook_store::Store;
use tokio_util::sync::CancellationToken;

use super::calendar::at_times;
use crate::clock::Clock;

/// Ten minutes past every hour.
const HOURLY: &str = "0 10 * * * *";

/// Clears away what has had its time, every hour until stopped.
pub(crate) async fn keep_house(
    store: Store,
    clock: Clock,
    keep_mail: Duration,
    stop: CancellationToken,
) {
    let purge = move || {
        let store = store.clone();
        async move { purge_mail(&store, clock, keep_mail).await }
    };
    if let Err(error) = at_times(HOURLY, purge, &stop).await {
        tracing::error!(%error, "nobody keeps house in this process");
    }
}

async fn purge_mail(store: &Store, clock: Clock, keep: Duration) {
    match store.outbox().purge(clock(), keep).await {
        Ok(0) => {}
        Ok(mails) => tracing::info!(mails, "old mails were cleared away"),
        Err(error) => tracing::warn!(%error, "old mails were not cleared away"),
    }
}
