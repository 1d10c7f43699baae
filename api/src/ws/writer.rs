//! Who writes what nobody else could write at once?

use std::sync::Arc;
use std::time::Duration;

use super::outbox::Outbox;
use super::wire::Wire;

/// Writes what is in the outbox until the socket is closed or does not take it in time.
pub(super) async fn write(outbox: Arc<Outbox>, wire: Wire, send_time: Duration) {
    let wire = outbox.open(wire);
    while wire.write(&outbox, send_time).await {
        outbox.changed().await;
    }
}
