//! How what waits in an outbox gets onto the wire.

use std::sync::Arc;
use std::time::Duration;

use axum::extract::ws::{Message, WebSocket};
use futures::SinkExt;
use futures::stream::SplitSink;
use tokio::time::timeout;

use super::outbox::Outbox;

/// Writes what is in the outbox until the socket is closed or does not take it in time.
pub(super) async fn write(
    outbox: Arc<Outbox>,
    mut sink: SplitSink<WebSocket, Message>,
    send_time: Duration,
) {
    let mut message = outbox.take().await;
    loop {
        let is_last = matches!(message, Message::Close(_));
        let is_fed = timeout(send_time, sink.feed(message)).await;
        if !matches!(is_fed, Ok(Ok(()))) {
            return;
        }
        // What waits leaves together: one flush for all of it.
        if let Some(next) = outbox.try_take().filter(|_| !is_last) {
            message = next;
            continue;
        }
        let is_flushed = timeout(send_time, sink.flush()).await;
        if is_last || !matches!(is_flushed, Ok(Ok(()))) {
            return;
        }
        message = outbox.take().await;
    }
}
