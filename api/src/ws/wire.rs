//! How what waits in an outbox gets onto the wire.
//!
//! Whoever has queued a message writes it, as long as the connection takes it in at once. What is
//! left then is for the writer, who waits until the connection takes more.

use std::task::{Context, Poll};
use std::time::Duration;

use axum::extract::ws::{Message, WebSocket};
use futures::SinkExt;
use futures::stream::SplitSink;
use tokio::sync::Mutex;
use tokio::time::timeout;

use super::outbox::Outbox;

/// The side of a socket that is written to.
#[derive(Debug)]
pub(super) struct Wire(Mutex<SplitSink<WebSocket, Message>>);

impl Wire {
    pub(super) fn new(sink: SplitSink<WebSocket, Message>) -> Self {
        Self(Mutex::new(sink))
    }

    /// Writes what waits without waiting; false when something is left for the writer. What it
    /// takes from the outbox is on its way even if it never returns here.
    pub(super) fn write_now(&self, outbox: &Outbox, context: &mut Context<'_>) -> bool {
        // The writer is at it, and finds what was queued since.
        let Ok(mut sink) = self.0.try_lock() else {
            return false;
        };
        loop {
            if !matches!(sink.poll_ready_unpin(context), Poll::Ready(Ok(()))) {
                return false;
            }
            let Some(text) = outbox.take_text() else {
                break;
            };
            if sink.start_send_unpin(Message::Text(text)).is_err() {
                return false;
            }
        }
        matches!(sink.poll_flush_unpin(context), Poll::Ready(Ok(())))
    }

    /// Writes what waits, and waits until all has left; false when that was the last of it.
    pub(super) async fn write(&self, outbox: &Outbox, send_time: Duration) -> bool {
        let mut sink = self.0.lock().await;
        let mut is_last = false;
        // What waits leaves together: one flush for all of it.
        while let Some(message) = outbox.take().filter(|_| !is_last) {
            is_last = matches!(message, Message::Close(_));
            let is_fed = timeout(send_time, sink.feed(message)).await;
            if !matches!(is_fed, Ok(Ok(()))) {
                return false;
            }
        }
        let is_flushed = timeout(send_time, sink.flush()).await;
        !is_last && matches!(is_flushed, Ok(Ok(())))
    }
}
