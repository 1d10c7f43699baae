//! What do a thousand subscribers see?

use std::sync::Arc;
use std::time::{Duration, Instant};

use chrono::DateTime;
use daybook_tests::measure::{Times, rounded, say};
use futures::{SinkExt, StreamExt};
use serde::{Deserialize, Serialize};
use serde_json::json;
use tokio::net::TcpStream;
use tokio::sync::Semaphore;
use tokio::task::JoinSet;
use tokio_tungstenite::tungstenite::Message;
use tokio_tungstenite::tungstenite::client::IntoClientRequest;
use tokio_tungstenite::tungstenite::protocol::WebSocketConfig;
use tokio_tungstenite::{MaybeTlsStream, WebSocketStream, connect_async_with_config};

const DOCUMENT: &str = "subscription($after: Position) {
    events(after: $after) { position type recordedAt streamId data } }";

/// Bytes that a subscriber reads at once: more than a message has.
const READ_BUFFER: usize = 4_096;
/// How long after the last event is written the subscribers wait for it.
const PATIENCE: Duration = Duration::from_secs(60);

/// What they are to watch.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct Watch {
    /// Where the node is reached.
    pub(crate) base: String,
    /// The API key.
    pub(crate) secret: String,
    pub(crate) subscribers: usize,
    /// The position after which they begin.
    pub(crate) after: i64,
    /// How many events come.
    pub(crate) events: i64,
    /// For how long.
    pub(crate) time: Duration,
    /// How often each of them leaves and comes back.
    pub(crate) reconnects: u32,
}

/// What they saw.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
pub(crate) struct Seen {
    pub(crate) deliveries: usize,
    pub(crate) p50_ms: f64,
    pub(crate) p99_ms: f64,
    pub(crate) max_ms: f64,
    pub(crate) lost: i64,
    pub(crate) doubled: i64,
    pub(crate) reconnects: usize,
}

impl Seen {
    pub(crate) fn of(times: &Times) -> Self {
        Self {
            deliveries: times.count(),
            p50_ms: rounded(times.percentile_ms(50.0)),
            p99_ms: rounded(times.percentile_ms(99.0)),
            max_ms: rounded(times.percentile_ms(100.0)),
            ..Self::default()
        }
    }
}

/// One subscriber.
struct Subscriber {
    watch: Arc<Watch>,
    /// When it leaves next.
    leaves: Vec<Instant>,
    last: i64,
    micros: Vec<u64>,
    doubled: i64,
    reconnects: usize,
}

type Socket = WebSocketStream<MaybeTlsStream<TcpStream>>;

impl Watch {
    /// Watches, and prints what was seen.
    pub(crate) async fn run(self) {
        let watch = Arc::new(self);
        // As many at a time as a server's backlog holds.
        let doors = Arc::new(Semaphore::new(64));
        let mut opening = JoinSet::new();
        for number in 0..watch.subscribers {
            let (watch, doors) = (Arc::clone(&watch), Arc::clone(&doors));
            opening.spawn(async move {
                let _permit = doors.acquire_owned().await.unwrap();
                let socket = open(&watch, watch.after).await.expect("a socket");
                (number, socket)
            });
        }
        let opened: Vec<(usize, Socket)> = opening.join_all().await;
        say("ready");
        let mut watching = JoinSet::new();
        for (number, socket) in opened {
            let subscriber = Subscriber::new(&watch, number as u64);
            watching.spawn(subscriber.run(socket));
        }
        let (mut micros, mut rest) = (Vec::new(), Seen::default());
        while let Some(subscriber) = watching.join_next().await {
            let subscriber = subscriber.unwrap();
            rest.lost += watch.after + watch.events - subscriber.last;
            rest.doubled += subscriber.doubled;
            rest.reconnects += subscriber.reconnects;
            micros.extend(subscriber.micros);
        }
        let seen = Seen {
            lost: rest.lost,
            doubled: rest.doubled,
            reconnects: rest.reconnects,
            ..Seen::of(&Times::new(micros))
        };
        say(&serde_json::to_string(&seen).unwrap());
    }
}

impl Subscriber {
    fn new(watch: &Arc<Watch>, number: u64) -> Self {
        let now = Instant::now();
        // Spread evenly, in an order that looks random and is the same in every run.
        let spread = |turn: u64| (number * 7_919 + turn * 104_729) % 1_000;
        let leaves = (0..u64::from(watch.reconnects)).map(|turn| {
            let share = spread(turn) as u32;
            now + watch.time * share / 1_000
        });
        let mut leaves: Vec<Instant> = leaves.collect();
        leaves.sort_unstable_by(|a, b| b.cmp(a));
        Self {
            watch: Arc::clone(watch),
            leaves,
            last: watch.after,
            micros: Vec::new(),
            doubled: 0,
            reconnects: 0,
        }
    }

    /// Reads until it has every event, or until nothing comes any more.
    async fn run(mut self, mut socket: Socket) -> Self {
        let (end, until) = (
            self.watch.after + self.watch.events,
            self.watch.time + PATIENCE,
        );
        let give_up = tokio::time::Instant::now() + until;
        while self.last < end || !self.leaves.is_empty() {
            let leave = self.leaves.last().copied().map_or(give_up, Into::into);
            tokio::select! {
                message = socket.next() => match message {
                    Some(Ok(Message::Text(text))) => self.read(&mut socket, &text).await,
                    Some(Ok(_)) => {}
                    Some(Err(_)) | None => socket = self.come_back().await,
                },
                () = tokio::time::sleep_until(leave.min(give_up)) => {
                    if self.leaves.pop().is_none() {
                        return self;
                    }
                    // Gone without a word, in the middle of whatever is on its way.
                    drop(socket);
                    socket = self.come_back().await;
                }
            }
        }
        self
    }

    async fn come_back(&mut self) -> Socket {
        self.reconnects += 1;
        loop {
            if let Some(socket) = open(&self.watch, self.last).await {
                return socket;
            }
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
    }

    async fn read(&mut self, socket: &mut Socket, text: &str) {
        let Some(position) = field(text, "\"position\":\"") else {
            if text.contains("\"ping\"") {
                let pong = json!({ "type": "pong" }).to_string();
                drop(socket.send(Message::text(pong)).await);
            } else {
                assert!(!text.contains("error"), "{text}");
            }
            return;
        };
        let position: i64 = position.parse().unwrap();
        if position <= self.last {
            self.doubled += 1;
            return;
        }
        assert_eq!(position, self.last + 1, "an event was skipped");
        self.last = position;
        let recorded = DateTime::parse_from_rfc3339(field(text, "\"recordedAt\":\"").unwrap());
        let took = daybook::clock::system().signed_duration_since(recorded.unwrap());
        self.micros
            .push(took.num_microseconds().unwrap().max(0) as u64);
    }
}

/// The text between a prefix and the next quote.
fn field<'t>(text: &'t str, prefix: &str) -> Option<&'t str> {
    let (_, rest) = text.split_once(prefix)?;
    rest.split('"').next()
}

/// A socket with a running subscription; none when the server takes nobody.
async fn open(watch: &Watch, after: i64) -> Option<Socket> {
    let address = watch.base.replacen("http://", "ws://", 1);
    let mut request = format!("{address}/graphql").into_client_request().unwrap();
    let protocol = "graphql-transport-ws".parse().unwrap();
    request
        .headers_mut()
        .insert("sec-websocket-protocol", protocol);
    // The library clears its whole buffer before each read: with the 128 KiB it has by itself, the
    // thousand would be busier clearing memory than reading.
    let config = WebSocketConfig::default().read_buffer_size(READ_BUFFER);
    let opening = connect_async_with_config(request, Some(config), true);
    let (mut socket, _) = opening.await.ok()?;
    let authorization = format!("Bearer {}", watch.secret);
    let init = json!({ "type": "connection_init", "payload": { "authorization": authorization } });
    socket.send(Message::text(init.to_string())).await.ok()?;
    let ack = socket.next().await?.ok()?;
    assert!(ack.to_text().unwrap().contains("connection_ack"), "{ack}");
    let payload = json!({ "query": DOCUMENT, "variables": { "after": after.to_string() } });
    let subscribe = json!({ "type": "subscribe", "id": "1", "payload": payload });
    socket
        .send(Message::text(subscribe.to_string()))
        .await
        .ok()?;
    Some(socket)
}
