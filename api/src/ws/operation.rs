//! How one operation of a socket runs.

use std::sync::Arc;
use std::sync::atomic::{AtomicU8, Ordering};

use async_graphql::parser::types::OperationType;
use futures::FutureExt;

use super::close::Close;
use super::message::Envelope;
use super::outbox::Lane;
use crate::engine::{Admitted, Answer, Ask, Engine};
use crate::gateway::Gateway;
use crate::live::{Delivery, Feed};

/// What an operation is doing, for the socket that owns it.
#[derive(Debug, Clone, Default)]
pub(super) struct Progress(Arc<AtomicU8>);

const STREAMING: u8 = 1;
const DONE: u8 = 2;

impl Progress {
    /// Whether it will end by itself soon: a query or mutation.
    pub(super) fn is_short(&self) -> bool {
        self.0.load(Ordering::Acquire) == 0
    }

    /// Whether its last message is queued, so that its id is free.
    pub(super) fn is_done(&self) -> bool {
        self.0.load(Ordering::Acquire) == DONE
    }

    fn set(&self, value: u8) {
        self.0.store(value, Ordering::Release);
    }
}

/// Where an operation's messages go.
pub(super) struct Outlet {
    pub(super) envelope: Envelope,
    pub(super) lane: Lane,
    pub(super) progress: Progress,
}

impl Outlet {
    /// Sends the last message. The id is free before the client can know.
    async fn end(&self, text: axum::extract::ws::Utf8Bytes) {
        self.progress.set(DONE);
        self.lane.send(text).await;
    }
}

/// Runs an operation to its end.
pub(super) async fn operate<G: Gateway>(engine: Engine<G>, ask: Ask<G::Caller>, outlet: Outlet) {
    let request_id = ask.request_id.clone();
    match engine.admit(ask).await {
        Err(rejected) => {
            let answer = Answer::refused(rejected, &request_id);
            outlet.end(outlet.envelope.error(answer.errors())).await;
        }
        Ok(admitted) if admitted.kind() == OperationType::Subscription => {
            outlet.progress.set(STREAMING);
            subscribe(engine, admitted, outlet).await;
        }
        Ok(admitted) => {
            let answer = engine.run(&admitted).await;
            if answer.ran() {
                outlet
                    .lane
                    .send(outlet.envelope.next(&answer.to_json()))
                    .await;
                outlet.end(outlet.envelope.complete()).await;
            } else {
                outlet.end(outlet.envelope.error(answer.errors())).await;
            }
        }
    }
}

async fn subscribe<G: Gateway>(engine: Engine<G>, admitted: Admitted<G::Caller>, outlet: Outlet) {
    let mut feed = Feed::new(engine, admitted, None);
    loop {
        // What is there leaves together: one write for all of it.
        let delivery = match feed.next().now_or_never() {
            Some(delivery) => delivery,
            None => {
                outlet.lane.flush().await;
                feed.next().await
            }
        };
        match delivery {
            Delivery::Next(item) => {
                let beacon = || item.resume().map(|at| outlet.envelope.beacon(at));
                let payload = item.payload.as_deref();
                if let Some(text) = payload.map_or_else(beacon, |it| Some(outlet.envelope.next(it)))
                {
                    outlet.lane.queue(text).await;
                }
            }
            Delivery::Done => return outlet.end(outlet.envelope.complete()).await,
            Delivery::Failed(errors) => {
                return outlet.end(outlet.envelope.error(&errors)).await;
            }
            Delivery::Overrun => {
                outlet.progress.set(DONE);
                return outlet.lane.close(Close::TryLater);
            }
        }
    }
}
