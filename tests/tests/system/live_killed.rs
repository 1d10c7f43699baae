//! Does a subscriber miss anything, or see anything twice, when the server is killed under it?

use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};
use std::time::{Duration, Instant};

use daybook_tests::{Client, Heard, PATIENCE, Socket, run};
use serde_json::{Value, json};
use tokio::task::JoinSet;

use crate::crash::{Stage, Storm};

const EVENTS: &str = "subscription($after: Position) { events(after: $after) { position } }";
/// Subscribers of each transport.
const SUBSCRIBERS: usize = 4;
/// How often the server is killed.
const KILLS: [usize; 3] = [2, 4, 7];
/// Between two attempts to come back.
const PAUSE: Duration = Duration::from_millis(50);

/// How a client follows a log whose server goes away.
struct Subscriber {
    client: Client,
    /// The positions it was told, as they came.
    seen: Vec<i64>,
    /// How often it was cut off while it listened.
    cut_off: usize,
    /// The position it is to have seen in the end; unknown while somebody writes.
    end: Arc<AtomicI64>,
}

impl Subscriber {
    fn last(&self) -> i64 {
        self.seen.last().copied().unwrap_or(0)
    }

    fn is_done(&self) -> bool {
        self.last() >= self.end.load(Ordering::SeqCst)
    }

    fn told(&mut self, payload: &Value) {
        let position = &payload["data"]["events"]["position"];
        let position = position.as_str().unwrap_or_else(|| panic!("{payload}"));
        self.seen.push(position.parse().unwrap());
    }

    /// Listens to a socket until it breaks off or everything was told.
    async fn listen(&mut self) {
        let (base, secret) = (self.client.base.clone(), self.client.secret.clone());
        let Some(mut socket) = Socket::try_ready(&base, secret.as_deref()).await else {
            return tokio::time::sleep(PAUSE).await;
        };
        let after = json!({ "after": self.last().to_string() });
        socket.subscribe("1", EVENTS, after).await;
        while !self.is_done() {
            match socket.hear_within(PAUSE).await {
                Some(Heard::Next(_, payload)) => self.told(&payload),
                Some(Heard::Closed(_)) => {
                    self.cut_off += 1;
                    return;
                }
                Some(Heard::Beacon(..)) | None => {}
                Some(other) => panic!("{other:?}"),
            }
        }
    }

    /// The same with an event stream, which says by `Last-Event-ID` what came last.
    async fn read(&mut self) {
        let last = u64::try_from(self.last()).unwrap();
        let from_the_start = json!({ "after": "0" });
        let stream = self.client.try_stream(EVENTS, from_the_start, Some(last));
        let Ok(mut stream) = stream.await else {
            return tokio::time::sleep(PAUSE).await;
        };
        assert_eq!(stream.status(), 200);
        while !self.is_done() {
            match stream.next_within(PAUSE).await {
                Ok(Some(frame)) if frame.kind == "next" => self.told(&frame.data),
                Ok(None) => {
                    self.cut_off += 1;
                    return;
                }
                Ok(Some(_)) | Err(_) => {}
            }
        }
    }

    /// Comes back until everything was told.
    async fn follow(mut self, by_socket: bool) -> Self {
        let since = Instant::now();
        while !self.is_done() {
            assert!(since.elapsed() < PATIENCE, "it got to {}", self.last());
            if by_socket {
                self.listen().await;
            } else {
                self.read().await;
            }
        }
        self
    }
}

#[test]
fn subscribers_resume_by_position_at_a_server_that_was_killed() {
    run(async {
        let stage = Stage::set().await;
        let _work = stage.worker();
        let mut serve = stage.serve();
        let client = stage.client().await;
        let end = Arc::new(AtomicI64::new(i64::MAX));
        let mut subscribers = JoinSet::new();
        for number in 0..2 * SUBSCRIBERS {
            let subscriber = Subscriber {
                client: client.clone(),
                seen: Vec::new(),
                cut_off: 0,
                end: Arc::clone(&end),
            };
            subscribers.spawn(subscriber.follow(number % 2 == 0));
        }
        let storm = Storm::start(&client, &stage.buyer);
        for tenths in KILLS {
            storm.reaches(tenths).await;
            serve.kill();
            serve = stage.serve();
        }
        storm.ends().await;
        let (head, _) = stage
            .store
            .tenant_head(stage.business.tenant_id)
            .await
            .unwrap();
        end.store(head, Ordering::SeqCst);
        let expected: Vec<i64> = (1..=head).collect();
        for subscriber in subscribers.join_all().await {
            // One may be on its way back still when the server is killed again.
            let cut_off = subscriber.cut_off;
            assert!((1..=KILLS.len()).contains(&cut_off), "{cut_off} times");
            let (seen, count) = (subscriber.seen, expected.len());
            assert!(
                seen == expected,
                "{} of {count} events: {seen:?}",
                seen.len()
            );
        }
        stage.store.close().await;
    });
}
