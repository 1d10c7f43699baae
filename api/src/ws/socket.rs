//! What one socket does from its opening to its end.

use std::collections::HashMap;
use std::net::IpAddr;
use std::sync::Arc;
use std::time::Duration;

use axum::extract::ws::{Message, WebSocket};
use axum::http::HeaderMap;
use futures::StreamExt;
use futures::stream::SplitStream;
use metrics::{counter, gauge};
use serde_json::{Map, Value};
use tokio::task::{AbortHandle, JoinSet};
use tokio::time::{Instant, sleep_until, timeout};

use super::close::Close;
use super::message::{Envelope, Incoming};
use super::operation::{Outlet, Progress, operate};
use super::outbox::{Outbox, Signal};
use super::phase::{Phase, Turn};
use super::wire::Wire;
use super::writer::write;
use crate::engine::{Answer, Ask, Engine, Params, SocketSettings};
use crate::fault::{Code, Fault};
use crate::gateway::{Credentials, Gateway, RequestId, Transport};

/// How long the other side has to take in that the socket is closed.
const GOODBYE: Duration = Duration::from_secs(2);

/// One socket.
pub(super) struct Socket<G: Gateway> {
    engine: Engine<G>,
    headers: HeaderMap,
    peer: Option<IpAddr>,
    outbox: Arc<Outbox>,
    phase: Phase<G::Caller>,
    tasks: JoinSet<Ended>,
    running: HashMap<String, Running>,
    next_ping: Instant,
    pong_until: Option<Instant>,
    /// Set when the server stops.
    stop_at: Option<Instant>,
}

struct Running {
    progress: Progress,
    lane: u64,
    abort: AbortHandle,
}

/// Which task of a socket has ended.
enum Ended {
    Writer,
    Operation { id: String, lane: u64 },
}

/// What a socket wakes up for.
enum Happening<C> {
    Message(Option<Result<Message, axum::Error>>),
    Phase(Turn<C>),
    Ended(Option<Ended>),
    Time,
    Drain,
}

/// Why a socket is left.
enum Exit {
    /// It is to be closed.
    Close(Close),
    /// The writer has closed it, or could not write any more.
    Closed,
    /// The other side is gone.
    Gone,
}

impl<G: Gateway> Socket<G> {
    pub(super) fn new(engine: Engine<G>, headers: HeaderMap, peer: Option<IpAddr>) -> Self {
        let now = Instant::now();
        let until = now + engine.settings().socket.init_time;
        Self {
            engine,
            headers,
            peer,
            outbox: Arc::default(),
            phase: Phase::Silent { until },
            tasks: JoinSet::new(),
            running: HashMap::new(),
            next_ping: until,
            pong_until: None,
            stop_at: None,
        }
    }

    /// Runs the socket to its end.
    pub(super) async fn run(mut self, connection: WebSocket, speaks_ours: bool) {
        gauge!("daybook_sockets_open").increment(1);
        let (sink, mut stream) = connection.split();
        let send_time = self.times().send_time;
        let writer = write(Arc::clone(&self.outbox), Wire::new(sink), send_time);
        self.tasks.spawn(async move {
            writer.await;
            Ended::Writer
        });
        let exit = if speaks_ours {
            self.serve(&mut stream).await
        } else {
            Exit::Close(Close::Subprotocol)
        };
        match exit {
            Exit::Close(close) => self.say_goodbye(close, &mut stream).await,
            Exit::Closed => hear_out(&mut stream).await,
            Exit::Gone => {}
        }
        gauge!("daybook_sockets_open").decrement(1);
    }

    async fn serve(&mut self, stream: &mut SplitStream<WebSocket>) -> Exit {
        loop {
            let wake = self.wake_at();
            let happening = tokio::select! {
                message = stream.next() => Happening::Message(message),
                turn = self.phase.turn() => Happening::Phase(turn),
                Some(ended) = self.tasks.join_next() => Happening::Ended(ended.ok()),
                () = sleep_until(wake) => Happening::Time,
                () = self.engine.drain().cancelled(), if self.stop_at.is_none() => Happening::Drain,
            };
            let exit = match happening {
                Happening::Message(message) => self.hear(message),
                Happening::Phase(turn) => self.turn(turn),
                Happening::Ended(ended) => self.ended(ended),
                Happening::Time => self.time(),
                Happening::Drain => {
                    self.stop_at = Some(Instant::now() + self.times().drain_time);
                    None
                }
            };
            if let Some(exit) = exit.or_else(|| self.stop()) {
                return exit;
            }
        }
    }

    fn hear(&mut self, message: Option<Result<Message, axum::Error>>) -> Option<Exit> {
        self.pong_until = None;
        match message {
            None => Some(Exit::Gone),
            // The library answers each of these by itself; after a close comes the end.
            Some(Ok(Message::Ping(_) | Message::Pong(_) | Message::Close(_))) => None,
            Some(Ok(Message::Binary(_))) => Some(Exit::Close(Close::BadMessage)),
            Some(Ok(Message::Text(text))) if text.len() > self.times().message_bytes => {
                Some(Exit::Close(Close::TooLarge))
            }
            Some(Ok(Message::Text(text))) => match Incoming::read(&text) {
                Some(incoming) => self.take(incoming),
                None => Some(Exit::Close(Close::BadMessage)),
            },
            // The library tells what went wrong by text only.
            Some(Err(error)) if error.to_string().contains("too long") => {
                Some(Exit::Close(Close::TooLarge))
            }
            Some(Err(_)) => Some(Exit::Close(Close::Broken)),
        }
    }

    fn take(&mut self, incoming: Incoming) -> Option<Exit> {
        match incoming {
            Incoming::Ping => {
                self.outbox.signal(Signal::Pong);
                None
            }
            Incoming::Pong => None,
            Incoming::Init(payload) => self.init(payload),
            Incoming::Complete(id) => {
                if let Some(running) = self.running.remove(&id) {
                    running.abort.abort();
                    self.outbox.forget(running.lane);
                }
                None
            }
            Incoming::Subscribe(id, params) => self.subscribe(id, *params),
        }
    }

    fn init(&mut self, payload: Option<Map<String, Value>>) -> Option<Exit> {
        if !matches!(self.phase, Phase::Silent { .. }) {
            return Some(Exit::Close(Close::SecondInit));
        }
        let (engine, headers, peer) = (self.engine.clone(), self.headers.clone(), self.peer);
        let time = self.times().init_time;
        self.phase = Phase::Asking(Box::pin(async move {
            let credentials = Credentials {
                headers: &headers,
                init: payload.as_ref(),
                peer,
            };
            let asking = engine.gateway().authenticate(credentials);
            let late = || Fault::new(Code::Timeout, "signing in took too long");
            timeout(time, asking).await.unwrap_or_else(|_| Err(late()))
        }));
        None
    }

    fn turn(&mut self, turn: Turn<G::Caller>) -> Option<Exit> {
        match turn {
            Turn::InitTimeout => Some(Exit::Close(Close::InitTimeout)),
            Turn::RightsEnded | Turn::Answered(Err(_)) => Some(Exit::Close(Close::Forbidden)),
            Turn::Answered(Ok(caller)) => {
                let rights_end = self.engine.gateway().rights_end(&caller);
                self.phase = Phase::Known { caller, rights_end };
                self.next_ping = Instant::now() + self.times().ping_every;
                self.outbox.signal(Signal::Ack);
                None
            }
        }
    }

    fn subscribe(&mut self, id: String, params: Params) -> Option<Exit> {
        let Some(caller) = self.phase.caller().cloned() else {
            return Some(Exit::Close(Close::Unauthorized));
        };
        if self
            .running
            .get(&id)
            .is_some_and(|running| !running.progress.is_done())
        {
            return Some(Exit::Close(Close::DuplicateId));
        }
        let request_id = RequestId::mint();
        let busy = self
            .running
            .values()
            .filter(|running| !running.progress.is_done())
            .count();
        if busy >= self.times().operations || self.stop_at.is_some() {
            let text = "too many operations run on this socket: end one first";
            let fault = Fault::new(Code::Overloaded, text);
            let answer = Answer::refused(fault, &request_id);
            let is_told = self.outbox.tell(Envelope::new(&id).error(answer.errors()));
            return (!is_told).then_some(Exit::Close(Close::TryLater));
        }
        let ask = Ask {
            caller,
            params,
            request_id,
            transport: Transport::WebSocket,
            min_position: None,
            is_safe: false,
        };
        self.start(id, ask);
        None
    }

    fn start(&mut self, id: String, ask: Ask<G::Caller>) {
        let progress = Progress::default();
        let lane = self.outbox.lane();
        let lane_id = lane.id;
        let outlet = Outlet {
            envelope: Envelope::new(&id),
            lane,
            progress: progress.clone(),
        };
        let operation = operate(self.engine.clone(), ask, outlet);
        let ended = Ended::Operation {
            id: id.clone(),
            lane: lane_id,
        };
        let abort = self.tasks.spawn(async move {
            operation.await;
            ended
        });
        self.running.insert(
            id,
            Running {
                progress,
                lane: lane_id,
                abort,
            },
        );
    }

    fn ended(&mut self, ended: Option<Ended>) -> Option<Exit> {
        match ended {
            Some(Ended::Writer) => Some(Exit::Closed),
            Some(Ended::Operation { id, lane }) => {
                if self
                    .running
                    .get(&id)
                    .is_some_and(|running| running.lane == lane)
                {
                    self.running.remove(&id);
                }
                None
            }
            // Aborted, because the client had enough.
            None => None,
        }
    }

    /// When something is due that no message announces.
    fn wake_at(&self) -> Instant {
        let due = self
            .pong_until
            .unwrap_or(self.next_ping)
            .min(self.next_ping);
        self.stop_at.map_or(due, |stop_at| stop_at.min(due))
    }

    fn time(&mut self) -> Option<Exit> {
        let now = Instant::now();
        if self.pong_until.is_some_and(|until| until <= now) {
            return Some(Exit::Close(Close::Silent));
        }
        if self.next_ping <= now {
            if self.phase.caller().is_some() {
                self.outbox.signal(Signal::Ping);
                self.pong_until.get_or_insert(now + self.times().pong_time);
            }
            self.next_ping = now + self.times().ping_every;
        }
        None
    }

    /// When the server stops: closes once no query or mutation runs, or when time is up.
    fn stop(&self) -> Option<Exit> {
        let stop_at = self.stop_at?;
        let is_quiet = !self
            .running
            .values()
            .any(|running| running.progress.is_short());
        (is_quiet || stop_at <= Instant::now()).then_some(Exit::Close(Close::Restart))
    }

    /// Closes the socket, and reads on so that the other side gets to see why.
    async fn say_goodbye(&mut self, close: Close, stream: &mut SplitStream<WebSocket>) {
        let code = close.code().to_string();
        counter!("daybook_sockets_closed_total", "code" => code).increment(1);
        self.phase = Phase::Closing;
        for (_, running) in self.running.drain() {
            running.abort.abort();
        }
        if close == Close::Restart {
            self.outbox.close_after_all(close);
        } else {
            self.outbox.close(close);
        }
        let writing = async {
            while let Some(ended) = self.tasks.join_next().await {
                if matches!(ended, Ok(Ended::Writer)) {
                    break;
                }
            }
        };
        if matches!(close, Close::TooLarge | Close::Broken) {
            // Nothing more can be read, but the client may still read what we write.
            writing.await;
            return tokio::time::sleep(GOODBYE).await;
        }
        // Reading goes on meanwhile: a client that only writes would block the writer.
        tokio::select! {
            () = writing => hear_out(stream).await,
            () = swallow(stream) => {}
        }
    }

    fn times(&self) -> &SocketSettings {
        &self.engine.settings().socket
    }
}

/// Gives the other side time to take in that the socket is closed: closing a connection with
/// something unread in it would take the last message away from the client.
async fn hear_out(stream: &mut SplitStream<WebSocket>) {
    // Whether the other side says goodbye too makes no difference.
    let _in_time = timeout(GOODBYE, swallow(stream)).await;
}

async fn swallow(stream: &mut SplitStream<WebSocket>) {
    while let Some(Ok(_)) = stream.next().await {}
}
