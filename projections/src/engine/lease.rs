//! How does a process stay the one that writes a generation?

use std::future::Future;
use std::time::Duration;

use daybook_store::Store;
use daybook_store::reader::Lease;
use tokio::time::{Instant, MissedTickBehavior, interval_at};

/// A third of the time after which a silent holder loses its lease.
const HEARTBEAT: Duration = Duration::from_secs(1);

/// Runs `work` while giving signs of life. `None`: the lease was lost; the work was dropped, and
/// with it every transaction it had open.
pub(super) async fn while_leased<T>(
    store: &Store,
    lease: &Lease,
    work: impl Future<Output = T>,
) -> Option<T> {
    tokio::select! {
        done = work => Some(done),
        () = until_lost(store, lease) => None,
    }
}

async fn until_lost(store: &Store, lease: &Lease) {
    // It was taken just now.
    let mut beat = interval_at(Instant::now() + HEARTBEAT, HEARTBEAT);
    beat.set_missed_tick_behavior(MissedTickBehavior::Delay);
    loop {
        beat.tick().await;
        match store.keep_lease(lease).await {
            Ok(true) => {}
            Ok(false) => return,
            // Writing fails too while the database is away, and the epoch decides afterwards.
            Err(error) => tracing::debug!(%error, "no heartbeat for a lease"),
        }
    }
}
