//! In which order messages leave a socket.
//!
//! Each operation has a lane of bounded size; the writer takes one message from each lane in
//! turn. What keeps the connection alive goes first. A lane that is full makes its operation
//! wait, and nobody else.

use std::collections::{HashMap, VecDeque};
use std::future::poll_fn;
use std::sync::{Arc, Mutex, MutexGuard, OnceLock, PoisonError};
use std::task::Poll;

use axum::extract::ws::{Message, Utf8Bytes};
use tokio::sync::{Notify, Semaphore};

use super::close::Close;
use super::message;
use super::wire::Wire;

/// Room of a lane, in units of a kilobyte. A larger message takes all of it.
const LANE_ROOM: u32 = 64;
/// Messages of the socket itself that may wait.
const OWN_WAITING: usize = 100;

/// What is to leave a socket.
#[derive(Debug, Default)]
pub(super) struct Outbox {
    state: Mutex<State>,
    /// Told when there is something for the writer.
    changed: Notify,
    /// Where it leaves; unset until the socket runs.
    wire: OnceLock<Wire>,
}

#[derive(Debug, Default)]
struct State {
    signals: Signals,
    own: VecDeque<Utf8Bytes>,
    lanes: HashMap<u64, Waiting>,
    /// Lanes with something waiting, in the order of their turns.
    turns: VecDeque<u64>,
    last_lane: u64,
    close: Option<Close>,
    flush_first: bool,
}

/// Which signals wait.
#[derive(Debug, Default)]
struct Signals {
    ack: bool,
    ping: bool,
    pong: bool,
}

#[derive(Debug)]
struct Waiting {
    messages: VecDeque<(Utf8Bytes, u32)>,
    room: Arc<Semaphore>,
    is_abandoned: bool,
}

/// What the socket says of itself.
#[derive(Debug, Clone, Copy)]
pub(super) enum Signal {
    Ack,
    Ping,
    Pong,
}

impl Outbox {
    /// Gives what waits a way out, once.
    pub(super) fn open(&self, wire: Wire) -> &Wire {
        self.wire.get_or_init(|| wire)
    }

    /// Queues a signal. One that waits already is not doubled.
    pub(super) fn signal(&self, signal: Signal) {
        self.change(|state| match signal {
            Signal::Ack => state.signals.ack = true,
            Signal::Ping => state.signals.ping = true,
            Signal::Pong => state.signals.pong = true,
        });
    }

    /// Queues a message of the socket itself; false when too many wait.
    pub(super) fn tell(&self, text: Utf8Bytes) -> bool {
        self.change(|state| {
            let has_room = state.own.len() < OWN_WAITING;
            if has_room {
                state.own.push_back(text);
            }
            has_room
        })
    }

    /// Closes the socket at once.
    pub(super) fn close(&self, close: Close) {
        self.change(|state| {
            state.close.get_or_insert(close);
        });
    }

    /// Closes the socket when everything that waits has left.
    pub(super) fn close_after_all(&self, close: Close) {
        self.change(|state| {
            state.flush_first = state.close.is_none();
            state.close.get_or_insert(close);
        });
    }

    /// A new lane. It goes with its handle, after what is in it has left.
    pub(super) fn lane(self: &Arc<Self>) -> Lane {
        let room = Arc::new(Semaphore::new(usize::try_from(LANE_ROOM).unwrap_or(1)));
        let id = self.change(|state| {
            state.last_lane = state.last_lane.wrapping_add(1);
            let room = Arc::clone(&room);
            let waiting = Waiting {
                messages: VecDeque::new(),
                room,
                is_abandoned: false,
            };
            state.lanes.insert(state.last_lane, waiting);
            state.last_lane
        });
        Lane {
            outbox: Arc::clone(self),
            id,
            room,
        }
    }

    /// Drops what waits in a lane.
    pub(super) fn forget(&self, lane: u64) {
        self.change(|state| state.lanes.remove(&lane));
    }

    /// Waits until the writer may have something to do.
    pub(super) async fn changed(&self) {
        self.changed.notified().await;
    }

    /// The next message to write, when one waits; after a close comes nothing.
    pub(super) fn take(&self) -> Option<Message> {
        let mut state = self.lock();
        let text = state.text().map(Message::Text);
        text.or_else(|| state.close.map(Close::message))
    }

    /// The next message to write that is not the last one.
    pub(super) fn take_text(&self) -> Option<Utf8Bytes> {
        self.lock().text()
    }

    /// Writes what waits, as far as the connection takes it in at once: that saves waking the
    /// writer, who has the rest.
    async fn write_now(&self) {
        let write = |context: &mut std::task::Context<'_>| {
            let wire = self.wire.get();
            Poll::Ready(wire.is_some_and(|wire| wire.write_now(self, context)))
        };
        if !poll_fn(write).await {
            self.changed.notify_one();
        }
    }

    fn change<T>(&self, change: impl FnOnce(&mut State) -> T) -> T {
        let result = change(&mut self.lock());
        self.changed.notify_one();
        result
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl State {
    /// What is written next; nothing once the socket is to be closed at once.
    fn text(&mut self) -> Option<Utf8Bytes> {
        if self.close.is_some() && !self.flush_first {
            return None;
        }
        self.signal()
            .or_else(|| self.own.pop_front())
            .or_else(|| self.turn())
    }

    fn signal(&mut self) -> Option<Utf8Bytes> {
        let signals = [
            (&mut self.signals.ack, message::ACK),
            (&mut self.signals.pong, message::PONG),
            (&mut self.signals.ping, message::PING),
        ];
        let mut waiting = signals.into_iter().filter_map(|(is_waiting, text)| {
            std::mem::take(is_waiting).then_some(Utf8Bytes::from_static(text))
        });
        waiting.next()
    }

    /// One message of the lane whose turn it is.
    fn turn(&mut self) -> Option<Utf8Bytes> {
        while let Some(id) = self.turns.pop_front() {
            let Some(lane) = self.lanes.get_mut(&id) else {
                continue;
            };
            let Some((text, room)) = lane.messages.pop_front() else {
                continue;
            };
            lane.room.add_permits(usize::try_from(room).unwrap_or(1));
            if !lane.messages.is_empty() {
                self.turns.push_back(id);
            } else if lane.is_abandoned {
                self.lanes.remove(&id);
            }
            return Some(text);
        }
        None
    }
}

/// An operation's way out. Dropping it leaves what is queued.
#[derive(Debug)]
pub(super) struct Lane {
    outbox: Arc<Outbox>,
    pub(super) id: u64,
    room: Arc<Semaphore>,
}

impl Lane {
    /// Queues a message and writes it, unless the connection makes that wait.
    pub(super) async fn send(&self, text: Utf8Bytes) {
        self.queue(text).await;
        self.flush().await;
    }

    /// Queues a message, to leave with the next flush; waits while the lane is full.
    pub(super) async fn queue(&self, text: Utf8Bytes) {
        let kilobytes = u32::try_from(text.len() / 1024).unwrap_or(LANE_ROOM);
        let room = kilobytes.saturating_add(1).min(LANE_ROOM);
        if self.room.available_permits() < usize::try_from(room).unwrap_or(usize::MAX) {
            self.outbox.changed.notify_one();
        }
        if let Ok(permit) = self.room.acquire_many(room).await {
            // Given back when it is written.
            permit.forget();
        }
        let mut state = self.outbox.lock();
        if let Some(lane) = state.lanes.get_mut(&self.id) {
            let is_first = lane.messages.is_empty();
            lane.messages.push_back((text, room));
            if is_first {
                state.turns.push_back(self.id);
            }
        }
    }

    /// Writes what waits, unless the connection makes that wait: then the writer does.
    pub(super) async fn flush(&self) {
        self.outbox.write_now().await;
    }

    /// Closes the whole socket.
    pub(super) fn close(&self, close: Close) {
        self.outbox.close(close);
    }
}

impl Drop for Lane {
    fn drop(&mut self) {
        self.outbox.change(|state| {
            if let Some(lane) = state.lanes.get_mut(&self.id) {
                lane.is_abandoned = true;
                if lane.messages.is_empty() {
                    state.lanes.remove(&self.id);
                }
            }
        });
    }
}

#[cfg(test)]
mod tests {
    use futures::FutureExt;

    use super::*;

    fn texts(outbox: &Outbox, count: usize) -> Vec<String> {
        let taken = (0..count).map_while(|_| outbox.take());
        taken
            .map(|message| message.into_text().unwrap().to_string())
            .collect()
    }

    #[tokio::test]
    async fn takes_one_message_of_each_lane_in_turn() {
        let outbox = Arc::new(Outbox::default());
        let (busy, calm) = (outbox.lane(), outbox.lane());
        for n in 0..3 {
            busy.send(format!("busy {n}").into()).await;
        }
        calm.send("calm".into()).await;
        outbox.signal(Signal::Pong);
        outbox.signal(Signal::Pong);
        let order = texts(&outbox, 9);
        assert_eq!(order, [message::PONG, "busy 0", "calm", "busy 1", "busy 2"]);
    }

    #[tokio::test]
    async fn a_full_lane_waits_and_the_others_do_not() {
        let outbox = Arc::new(Outbox::default());
        let (full, free) = (outbox.lane(), outbox.lane());
        full.send("x".repeat(100_000).into()).await;
        assert!(full.send("y".into()).now_or_never().is_none());
        assert!(free.send("z".into()).now_or_never().is_some());
        assert!(outbox.take().is_some());
        assert!(full.send("y".into()).now_or_never().is_some());
    }

    #[tokio::test]
    async fn a_forgotten_lane_is_silent_and_a_dropped_one_is_emptied() {
        let outbox = Arc::new(Outbox::default());
        let (gone, dropped) = (outbox.lane(), outbox.lane());
        gone.send("gone".into()).await;
        dropped.send("kept".into()).await;
        outbox.forget(gone.id);
        drop((gone, dropped));
        assert_eq!(texts(&outbox, 9), ["kept"]);
        assert!(outbox.lock().lanes.is_empty());
    }

    #[tokio::test]
    async fn closes_at_once_or_after_everything() {
        let outbox = Arc::new(Outbox::default());
        let lane = outbox.lane();
        lane.send("last".into()).await;
        outbox.close_after_all(Close::Restart);
        assert!(matches!(outbox.take(), Some(Message::Text(_))));
        assert!(matches!(outbox.take(), Some(Message::Close(Some(frame))) if frame.code == 1012));
        let outbox = Arc::new(Outbox::default());
        outbox.signal(Signal::Ack);
        outbox.close(Close::BadMessage);
        assert!(matches!(outbox.take(), Some(Message::Close(Some(frame))) if frame.code == 4400));
    }
}
