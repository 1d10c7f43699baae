//! How does a process stay the one that writes a generation?

use std::future::Future;
use std::time::Duration;

use tokio::time::{Instant, MissedTickBehavior, interval_at};

use super::batch::Desk;

/// A third of the time after which a silent holder loses its lease.
const HEARTBEAT: Duration = Duration::from_secs(1);

/// Runs `work` while giving signs of life. `None`: the lease was lost, or what was posted under it is
/// gone; the work was dropped, and with it every transaction it had open.
pub(super) async fn while_leased<T>(desk: &Desk, work: impl Future<Output = T>) -> Option<T> {
    tokio::select! {
        done = work => Some(done),
        () = until_lost(desk) => None,
    }
}

async fn until_lost(desk: &Desk) {
    // It was taken just now.
    let mut beat = interval_at(Instant::now() + HEARTBEAT, HEARTBEAT);
    beat.set_missed_tick_behavior(MissedTickBehavior::Delay);
    loop {
        beat.tick().await;
        // Read before the checkpoint is: it may be moved meanwhile.
        let moved = desk.moved();
        match desk.store.keep_lease_at(&desk.lease).await {
            Ok(Some(stands)) if stands < moved => {
                let projection = desk.projection.name();
                tracing::warn!(
                    projection,
                    moved,
                    stands,
                    "the server went down with what was posted last; it is posted again"
                );
                return;
            }
            Ok(Some(_)) => {}
            Ok(None) => return,
            // Writing fails too while the database is away; epoch and checkpoint decide afterwards.
            Err(error) => tracing::debug!(%error, "no heartbeat for a lease"),
        }
    }
}
