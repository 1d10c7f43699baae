//! One execution for many subscribers: nothing lost, nothing doubled.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use daybook_api::engine::Settings;
use serde_json::{Value, json};
use tokio::task::JoinSet;

use crate::toy::{PATIENCE, Server, Socket, until};

const EVENTS: &str = "subscription($after: String) { events(after: $after) { position text } }";

/// A small ring, and all the time in the world to read it slowly.
fn small_ring(results: usize) -> Settings {
    let mut settings = Settings::default();
    settings.live.ring_results = results;
    settings.socket.send_time = PATIENCE * 3;
    settings.socket.ping_every = PATIENCE * 3;
    settings
}

/// The text of the next result.
async fn text(socket: &mut Socket, field: &str) -> String {
    let message = socket.receive().await;
    assert_eq!(message["type"], "next", "{message}");
    message["payload"]["data"][field]["text"]
        .as_str()
        .unwrap()
        .to_owned()
}

/// Subscribes and waits until it is surely in: an event of its own comes back.
async fn subscribe(server: &Server, socket: &mut Socket, query: &str) {
    socket.subscribe("s", query).await;
    socket.subscribe("q", "{ hello }").await;
    assert_eq!(socket.receive().await["id"], "q");
    assert_eq!(socket.receive().await["id"], "q");
    until("a group runs", || server.log.live() > 0).await;
}

#[tokio::test]
async fn the_same_subscription_runs_once() {
    let server = Server::start().await;
    let mut sockets = Vec::new();
    for n in 0..20 {
        let mut socket = server.ready().await;
        // Where each resumes from makes no difference; everybody has seen position 0.
        let after = json!({ "after": if n % 2 == 0 { json!("0") } else { json!(0) } });
        socket.subscribe_with("s", EVENTS, after).await;
        sockets.push(socket);
    }
    for n in 1..=10 {
        server.log.add(format!("e{n}"));
    }
    for socket in &mut sockets {
        for n in 1..=10 {
            assert_eq!(text(socket, "events").await, format!("e{n}"));
        }
    }
    assert_eq!(server.log.live(), 1);
    assert_eq!(server.log.written.load(Ordering::SeqCst), 10);
    let mut other = server.ready().await;
    subscribe(&server, &mut other, "subscription { events { text } }").await;
    until("another document has another group", || {
        server.log.live() == 2
    })
    .await;
    drop(other);
    until("a group without subscribers stops", || {
        server.log.live() == 1
    })
    .await;
    for mut socket in sockets {
        socket.send(json!({ "type": "complete", "id": "s" })).await;
        std::mem::forget(socket);
    }
    until("the last one switches off the light", || {
        server.log.live() == 0
    })
    .await;
}

#[tokio::test]
async fn who_cannot_share_runs_alone() {
    let server = Server::start().await;
    server.log.add("e1");
    let mut socket = server.ready_as("loner").await;
    socket
        .subscribe_with("s", EVENTS, json!({ "after": "0" }))
        .await;
    assert_eq!(text(&mut socket, "events").await, "e1");
    server.log.add("e2");
    assert_eq!(text(&mut socket, "events").await, "e2");
    assert_eq!(server.log.live(), 0);
}

#[tokio::test]
async fn a_position_that_means_something_else_too_is_not_shared() {
    let server = Server::start().await;
    server.log.add("e1");
    let query =
        "subscription($after: String) { events(after: $after) { text echo(text: $after) } }";
    let mut socket = server.ready().await;
    socket
        .subscribe_with("s", query, json!({ "after": "0" }))
        .await;
    let message = socket.receive().await;
    assert_eq!(
        message["payload"]["data"]["events"],
        json!({ "text": "e1", "echo": "0" })
    );
    server.log.add("e2");
    assert_eq!(text(&mut socket, "events").await, "e2");
    assert_eq!(server.log.live(), 0);
}

#[tokio::test]
async fn the_past_is_caught_up_with_once() {
    let server = Server::with(small_ring(10)).await;
    for n in 1..=100 {
        server.log.add(format!("e{n}"));
    }
    let mut first = server.ready().await;
    first
        .subscribe_with("s", EVENTS, json!({ "after": "40" }))
        .await;
    for n in 41..=100 {
        assert_eq!(text(&mut first, "events").await, format!("e{n}"));
    }
    assert_eq!(server.log.catch_ups(), 1);
    for n in 101..=105 {
        server.log.add(format!("e{n}"));
        assert_eq!(text(&mut first, "events").await, format!("e{n}"));
    }
    // What is still in the ring needs no catching up.
    let mut second = server.ready().await;
    second
        .subscribe_with("s", EVENTS, json!({ "after": "102" }))
        .await;
    for n in 103..=105 {
        assert_eq!(text(&mut second, "events").await, format!("e{n}"));
    }
    assert_eq!(server.log.catch_ups(), 1);
    let mut third = server.ready().await;
    third
        .subscribe_with("s", EVENTS, json!({ "after": "99" }))
        .await;
    for n in 100..=105 {
        assert_eq!(text(&mut third, "events").await, format!("e{n}"));
    }
    assert_eq!(server.log.catch_ups(), 2);
    server.log.add("e106");
    for socket in [&mut first, &mut second, &mut third] {
        assert_eq!(text(socket, "events").await, "e106");
    }
}

#[tokio::test]
async fn a_subscriber_that_falls_behind_catches_up_without_a_gap() {
    let mut settings = small_ring(4);
    settings.live.strikes = 1_000;
    let server = Server::with(settings).await;
    let mut socket = server.ready().await;
    let query = "subscription { events(padding: 50000) { position text } }";
    subscribe(&server, &mut socket, query).await;
    // It does not read while far more than ring, lane and kernel hold is written.
    for n in 1..=600 {
        server.log.add(format!("e{n}"));
        if n % 50 == 0 {
            tokio::task::yield_now().await;
        }
    }
    for n in 1..=600 {
        let message = socket.receive().await;
        assert_eq!(
            message["payload"]["data"]["events"]["position"],
            n.to_string()
        );
    }
    assert!(server.log.catch_ups() > 0);
}

#[tokio::test]
async fn halves_of_one_position_are_neither_lost_nor_doubled() {
    let mut settings = small_ring(3);
    settings.live.strikes = 1_000;
    let server = Server::with(settings).await;
    let mut socket = server.ready().await;
    subscribe(&server, &mut socket, "subscription { pairs { text } }").await;
    let log = Arc::clone(&server.log);
    let mut writer = JoinSet::new();
    writer.spawn(async move {
        for n in 1..=1_000 {
            log.add(format!("{n}{}", "x".repeat(5_000)));
            if n % 10 == 0 {
                tokio::time::sleep(Duration::from_millis(1)).await;
            }
        }
    });
    for n in 1..=1_000 {
        for half in ["a", "b"] {
            let text = text(&mut socket, "pairs").await;
            assert_eq!(text.replace('x', ""), format!("{n}{half}"));
        }
    }
}

#[tokio::test]
async fn who_never_keeps_up_is_sent_away_to_resume() {
    let mut settings = small_ring(2);
    settings.live.strikes = 0;
    let server = Server::with(settings).await;
    let mut socket = server.ready().await;
    subscribe(
        &server,
        &mut socket,
        "subscription { events(padding: 100000) { position text } }",
    )
    .await;
    for n in 1..=500 {
        server.log.add(format!("e{n}"));
        tokio::task::yield_now().await;
    }
    let mut last = 0;
    let code = loop {
        match socket.next().await {
            Some(Ok(message)) => {
                let position = &message["payload"]["data"]["events"]["position"];
                last += 1;
                assert_eq!(position, &last.to_string());
            }
            Some(Err(code)) => break code,
            None => panic!("gone without a code"),
        }
    };
    assert_eq!(code, 1013);
    assert!(last < 500);
    // Resuming misses nothing.
    let mut socket = server.ready().await;
    socket
        .subscribe_with("s", EVENTS, json!({ "after": last.to_string() }))
        .await;
    for n in last + 1..=500 {
        assert_eq!(text(&mut socket, "events").await, format!("e{n}"));
    }
}

#[tokio::test]
async fn a_group_outlives_the_rights_of_its_founder() {
    let server = Server::start().await;
    let mut eve = server.ready_as("eve").await;
    let mut ann = server.ready_as("ann").await;
    subscribe(&server, &mut eve, EVENTS).await;
    subscribe(&server, &mut ann, EVENTS).await;
    server.log.add("e1");
    assert_eq!(text(&mut eve, "events").await, "e1");
    assert_eq!(text(&mut ann, "events").await, "e1");
    server.log.revoke("eve");
    assert_eq!(eve.closed().await, 4403);
    for n in 2..=50 {
        server.log.add(format!("e{n}"));
    }
    for n in 2..=50 {
        assert_eq!(text(&mut ann, "events").await, format!("e{n}"));
    }
    assert_eq!(server.log.live(), 1);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn two_hundred_subscribers_lose_and_double_nothing_over_random_reconnects() {
    const SUBSCRIBERS: u64 = 200;
    const EVENTS_WRITTEN: u64 = 600;
    let server = Arc::new(Server::with(small_ring(32)).await);
    let reconnects = Arc::new(AtomicU64::new(0));
    let mut tasks = JoinSet::new();
    for seed in 0..SUBSCRIBERS {
        let (server, reconnects) = (Arc::clone(&server), Arc::clone(&reconnects));
        tasks.spawn(async move { follow(&server, seed, EVENTS_WRITTEN, &reconnects).await });
    }
    let writer = Arc::clone(&server);
    tasks.spawn(async move {
        for n in 1..=EVENTS_WRITTEN {
            writer.log.add(format!("e{n}"));
            if n % 3 == 0 {
                tokio::time::sleep(Duration::from_millis(10)).await;
            }
        }
    });
    while let Some(done) = tasks.join_next().await {
        done.unwrap();
    }
    let reconnects = reconnects.load(Ordering::SeqCst);
    assert!(reconnects > 1_000, "{reconnects}");
    until("everybody is gone", || server.log.live() == 0).await;
}

/// Reads every event once, in order, over connections that break at random, and half of the time
/// without a goodbye. Which positions it has seen is all it remembers.
async fn follow(server: &Server, follower: u64, last: u64, reconnects: &AtomicU64) {
    let mut random = follower.wrapping_mul(0x9E37_79B9_7F4A_7C15) | 1;
    let mut done = 0;
    while done < last {
        random ^= random << 13;
        random ^= random >> 7;
        random ^= random << 17;
        let mut budget = random % 200;
        let mut socket = server.ready().await;
        socket
            .subscribe_with("s", EVENTS, json!({ "after": done.to_string() }))
            .await;
        while budget > 0 && done < last {
            let message = socket.receive().await;
            let event: &Value = &message["payload"]["data"]["events"];
            done += 1;
            assert_eq!(event["position"], done.to_string(), "subscriber {follower}");
            assert_eq!(event["text"], format!("e{done}"));
            budget -= 1;
        }
        if random.is_multiple_of(2) {
            let _closed = socket.0.close(None).await;
        }
        reconnects.fetch_add(1, Ordering::SeqCst);
    }
}
