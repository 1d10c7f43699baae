//! What flows on one event stream, and when it ends.

use bytes::Bytes;
use futures::future::BoxFuture;
use tokio::sync::OwnedSemaphorePermit;
use tokio::time::{Interval, MissedTickBehavior, interval};
use tokio_util::sync::CancellationToken;
use tokio_util::task::task_tracker::TaskTrackerToken;

use super::frame;
use crate::engine::{Answer, Engine};
use crate::gateway::Gateway;
use crate::live::{Delivery, Feed};

/// What an event stream tells.
pub(super) enum Source<G: Gateway> {
    /// A subscription.
    Feed(Box<Feed<G>>),
    /// The answer of a query or mutation.
    Answer(Box<Answer>),
    /// Nothing more.
    Over,
}

/// One open event stream. It ends without `complete` when the client is to come back.
pub(super) struct Channel<G: Gateway> {
    source: Source<G>,
    heartbeat: Interval,
    rights_end: BoxFuture<'static, ()>,
    drain: CancellationToken,
    is_open: bool,
    _permit: OwnedSemaphorePermit,
    _counted: TaskTrackerToken,
}

impl<G: Gateway> Channel<G> {
    pub(super) fn new(
        engine: &Engine<G>,
        (source, caller): (Source<G>, &G::Caller),
        permit: OwnedSemaphorePermit,
    ) -> Self {
        let mut heartbeat = interval(engine.settings().heartbeat);
        heartbeat.set_missed_tick_behavior(MissedTickBehavior::Delay);
        heartbeat.reset();
        Self {
            source,
            heartbeat,
            rights_end: engine.gateway().rights_end(caller),
            drain: engine.drain().clone(),
            is_open: false,
            _permit: permit,
            _counted: engine.tasks().token(),
        }
    }

    /// The next piece of the stream; `None` at its end.
    pub(super) async fn next(&mut self) -> Option<Bytes> {
        if !std::mem::replace(&mut self.is_open, true) {
            return Some(Bytes::from_static(frame::RETRY.as_bytes()));
        }
        let feed = match &mut self.source {
            Source::Feed(feed) => feed,
            Source::Answer(answer) => {
                let mut bytes = frame::next(&answer.to_json(), None).to_vec();
                bytes.extend_from_slice(frame::COMPLETE.as_bytes());
                self.source = Source::Over;
                return Some(Bytes::from(bytes));
            }
            Source::Over => return None,
        };
        let delivery = tokio::select! {
            biased;
            () = self.drain.cancelled() => return None,
            () = &mut self.rights_end => return None,
            delivery = feed.next() => delivery,
            _ = self.heartbeat.tick() => {
                return Some(Bytes::from_static(frame::COMMENT.as_bytes()));
            }
        };
        self.heartbeat.reset();
        match delivery {
            Delivery::Next(item) => Some(match &item.payload {
                Some(payload) => frame::next(payload, item.resume()),
                None => frame::beacon(item.resume()),
            }),
            Delivery::Failed(errors) => {
                self.source = Source::Over;
                Some(frame::failed(&errors))
            }
            Delivery::Done => {
                self.source = Source::Over;
                Some(Bytes::from_static(frame::COMPLETE.as_bytes()))
            }
            Delivery::Overrun => None,
        }
    }
}
