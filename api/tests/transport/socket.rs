//! `graphql-transport-ws`, row by row.

use std::time::{Duration, Instant};

use daybook_api::engine::{Settings, SocketSettings};
use futures::{SinkExt, StreamExt};
use serde_json::json;
use tokio_tungstenite::tungstenite::Message;

use crate::toy::{Server, Socket};

fn quick() -> Settings {
    let socket = SocketSettings {
        init_time: Duration::from_secs(1),
        ping_every: Duration::from_millis(300),
        pong_time: Duration::from_secs(1),
        ..SocketSettings::default()
    };
    Settings {
        socket,
        ..Settings::default()
    }
}

#[tokio::test]
async fn speaks_one_protocol() {
    let server = Server::start().await;
    let mut old = Socket::open(&server, &["graphql-transport-ws", "graphql-ws"], &[])
        .await
        .unwrap();
    old.send(json!({ "type": "connection_init" })).await;
    assert_eq!(old.receive().await["type"], "connection_ack");
    let mut plain = Socket::open(&server, &[], &[]).await.unwrap();
    assert_eq!(plain.closed().await, 4406);
}

#[tokio::test]
async fn closes_without_an_init() {
    let server = Server::with(quick()).await;
    assert_eq!(server.socket().await.closed().await, 4408);
}

#[tokio::test]
async fn closes_on_a_second_init_also_before_the_first_is_answered() {
    let server = Server::start().await;
    let mut socket = server.ready().await;
    socket.send(json!({ "type": "connection_init" })).await;
    assert_eq!(socket.closed().await, 4429);
    let mut socket = server.socket().await;
    for _ in 0..2 {
        socket
            .send(json!({ "type": "connection_init", "payload": { "token": "slow" } }))
            .await;
    }
    assert_eq!(socket.closed().await, 4429);
}

#[tokio::test]
async fn closes_when_the_caller_is_refused() {
    let server = Server::start().await;
    for token in ["bad", "barred"] {
        let mut socket = server.socket().await;
        socket
            .send(json!({ "type": "connection_init", "payload": { "token": token } }))
            .await;
        assert_eq!(socket.closed().await, 4403);
    }
}

#[tokio::test]
async fn closes_on_an_operation_before_the_acknowledgement() {
    let server = Server::start().await;
    let mut socket = server.socket().await;
    socket.subscribe("1", "{ hello }").await;
    assert_eq!(socket.closed().await, 4401);
    let mut socket = server.socket().await;
    socket
        .send(json!({ "type": "connection_init", "payload": { "token": "slow" } }))
        .await;
    socket.subscribe("1", "{ hello }").await;
    assert_eq!(socket.closed().await, 4401);
}

#[tokio::test]
async fn closes_on_what_is_no_message() {
    let server = Server::start().await;
    for bad in [
        "",
        "no json",
        "[]",
        "{}",
        "{\"type\":\"start\"}",
        "{\"type\":\"subscribe\",\"id\":\"1\"}",
    ] {
        let mut socket = server.ready().await;
        socket.send_text(bad.to_owned()).await;
        assert_eq!(socket.closed().await, 4400, "{bad}");
    }
    let mut socket = server.ready().await;
    socket
        .0
        .send(Message::binary(b"{\"type\":\"ping\"}".to_vec()))
        .await
        .unwrap();
    assert_eq!(socket.closed().await, 4400);
}

#[tokio::test]
async fn closes_on_a_message_too_large() {
    let server = Server::start().await;
    for size in [300_000, 2_000_000] {
        let Socket(stream) = server.ready().await;
        let (mut sink, mut stream) = stream.split();
        let text = json!({ "type": "ping", "payload": { "a": "x".repeat(size) } }).to_string();
        // The server closes before everything is sent: who only writes never learns why.
        let sending = async {
            let _sent = sink.send(Message::text(text)).await;
            std::future::pending::<()>().await;
        };
        let message = tokio::select! {
            () = sending => unreachable!(),
            message = stream.next() => message.unwrap().unwrap(),
        };
        let Message::Close(Some(frame)) = message else {
            panic!("{message:?}")
        };
        assert_eq!(u16::from(frame.code), 1009, "{size}");
    }
    server.must_live().await;
}

#[tokio::test]
async fn closes_on_an_id_in_use_and_frees_it_afterwards() {
    let server = Server::start().await;
    let mut socket = server.ready().await;
    for _ in 0..50 {
        socket.subscribe("1", "{ hello }").await;
        assert_eq!(socket.receive().await["type"], "next");
        assert_eq!(
            socket.receive().await,
            json!({ "id": "1", "type": "complete" })
        );
    }
    socket.subscribe("1", "{ unknown }").await;
    assert_eq!(socket.receive().await["type"], "error");
    socket
        .subscribe("1", "subscription { events { text } }")
        .await;
    socket.send(json!({ "type": "complete", "id": "1" })).await;
    socket
        .subscribe("1", "subscription { events { text } }")
        .await;
    socket.subscribe("1", "{ hello }").await;
    assert_eq!(socket.closed().await, 4409);
}

#[tokio::test]
async fn answers_pings_and_sends_its_own() {
    let server = Server::with(quick()).await;
    let mut socket = server.ready().await;
    socket
        .send(json!({ "type": "ping", "payload": { "a": 1 } }))
        .await;
    assert_eq!(socket.receive().await, json!({ "type": "pong" }));
    for _ in 0..3 {
        assert_eq!(socket.next().await, Some(Ok(json!({ "type": "ping" }))));
        socket.send(json!({ "type": "pong" })).await;
    }
    // From here on nothing is answered.
    assert_eq!(socket.closed().await, 1001);
}

#[tokio::test]
async fn runs_queries_and_mutations() {
    let server = Server::start().await;
    let mut socket = server.ready_as("ann").await;
    socket.subscribe("q\"1", "{ hello }").await;
    let next = socket.receive().await;
    assert_eq!(
        (&next["id"], &next["type"]),
        (&json!("q\"1"), &json!("next"))
    );
    assert_eq!(next["payload"]["data"], json!({ "hello": "hello ann" }));
    assert!(next["payload"]["extensions"]["cost"].is_object());
    assert_eq!(
        socket.receive().await,
        json!({ "id": "q\"1", "type": "complete" })
    );
    socket.subscribe("2", "mutation { add(text: \"a\") }").await;
    assert_eq!(socket.receive().await["payload"]["data"]["add"], "1");
    assert_eq!(socket.receive().await["type"], "complete");
    socket.subscribe("3", "{ internal panic: hello }").await;
    let next = socket.receive().await;
    assert_eq!(
        (&next["type"], &next["payload"]["data"]["internal"]),
        (&json!("next"), &json!(null))
    );
    assert_eq!(socket.receive().await["type"], "complete");
}

#[tokio::test]
async fn a_request_error_is_one_message() {
    let server = Server::start().await;
    let mut socket = server.ready_as("poor").await;
    for (query, code) in [
        ("{", "GRAPHQL_PARSE_FAILED"),
        ("{ unknown }", "GRAPHQL_VALIDATION_FAILED"),
        ("{ panic }", "INTERNAL_SERVER_ERROR"),
        ("subscription { unknown }", "GRAPHQL_VALIDATION_FAILED"),
        ("subscription { refused }", "FORBIDDEN"),
        (
            "subscription($a: String!) { events(after: $a) { text } }",
            "BAD_USER_INPUT",
        ),
        ("{ page(first: 50) { nodes { id } } }", "THROTTLED"),
    ] {
        socket.subscribe("1", query).await;
        let error = socket.receive().await;
        assert_eq!(
            (&error["id"], &error["type"]),
            (&json!("1"), &json!("error")),
            "{query} {error}"
        );
        assert_eq!(error["payload"][0]["extensions"]["code"], code, "{error}");
        assert!(error["payload"][0]["extensions"]["requestId"].is_string());
    }
    // Nothing else follows any of them.
    socket.send(json!({ "type": "ping" })).await;
    assert_eq!(socket.receive().await["type"], "pong");
}

#[tokio::test]
async fn a_completed_operation_is_silent() {
    let server = Server::start().await;
    let mut socket = server.ready().await;
    socket.subscribe("1", "subscription { ticks }").await;
    assert_eq!(socket.receive().await["type"], "next");
    socket.send(json!({ "type": "complete", "id": "1" })).await;
    socket
        .send(json!({ "type": "complete", "id": "unknown" }))
        .await;
    socket.send(json!({ "type": "ping" })).await;
    loop {
        let message = socket.receive().await;
        if message["type"] == "pong" {
            break;
        }
        assert_eq!(message["type"], "next");
    }
    // What was queued at the time of the pong is dropped, and no complete is sent back.
    socket.subscribe("2", "{ hello }").await;
    let message = socket.receive().await;
    assert_eq!(
        (&message["id"], &message["type"]),
        (&json!("2"), &json!("next"))
    );
}

#[tokio::test]
async fn a_subscription_ends_by_itself() {
    let server = Server::start().await;
    let mut socket = server.ready().await;
    socket.subscribe("1", "subscription { three }").await;
    for n in 1..=3 {
        let next = socket.receive().await;
        assert_eq!(next["payload"]["data"], json!({ "three": n }));
        assert_eq!(
            next["payload"]["extensions"]["consistency"]["position"],
            n.to_string()
        );
    }
    assert_eq!(
        socket.receive().await,
        json!({ "id": "1", "type": "complete" })
    );
    socket.subscribe("1", "subscription { broken }").await;
    assert_eq!(socket.receive().await["payload"]["data"]["broken"], 1);
    let error = socket.receive().await;
    assert_eq!(error["type"], "error");
    assert_eq!(
        error["payload"][0]["extensions"]["code"],
        "INTERNAL_SERVER_ERROR"
    );
    assert!(!error.to_string().contains("secret"));
}

#[tokio::test]
async fn two_hundred_operations_share_a_socket_but_not_at_one_time() {
    let server = Server::start().await;
    let mut socket = server.ready().await;
    for n in 0..101 {
        socket
            .subscribe(&n.to_string(), "subscription { events { text } }")
            .await;
    }
    let error = socket.receive().await;
    assert_eq!(
        (&error["id"], &error["type"]),
        (&json!("100"), &json!("error"))
    );
    assert_eq!(error["payload"][0]["extensions"]["code"], "OVERLOADED");
    for n in 0..100 {
        socket
            .send(json!({ "type": "complete", "id": n.to_string() }))
            .await;
    }
    for n in 0..200 {
        socket.subscribe(&format!("q{n}"), "{ hello }").await;
        assert_eq!(socket.receive().await["id"], format!("q{n}"));
        assert_eq!(socket.receive().await["type"], "complete");
    }
}

#[tokio::test]
async fn a_busy_stream_does_not_starve_a_query() {
    let server = Server::start().await;
    let mut socket = server.ready().await;
    for n in 0..5 {
        socket
            .subscribe(&n.to_string(), "subscription { ticks(padding: 2000) }")
            .await;
    }
    for n in 0..200 {
        assert_eq!(socket.receive().await["type"], "next", "{n}");
    }
    let started = Instant::now();
    socket.subscribe("q", "{ hello }").await;
    while socket.receive().await["id"] != "q" {}
    assert!(
        started.elapsed() < Duration::from_secs(1),
        "{:?}",
        started.elapsed()
    );
}

#[tokio::test]
async fn a_client_that_does_not_read_harms_nobody() {
    let mut settings = quick();
    settings.socket.send_time = Duration::from_millis(300);
    let server = Server::with(settings).await;
    let mut deaf = server.ready().await;
    deaf.subscribe("1", "subscription { ticks(padding: 100000) }")
        .await;
    // It is dropped, whether by the ping that stays unanswered or by the write that stays stuck.
    let started = Instant::now();
    loop {
        server.must_live().await;
        tokio::time::sleep(Duration::from_millis(50)).await;
        if deaf
            .0
            .send(Message::text("{\"type\":\"subscribe\"}"))
            .await
            .is_err()
        {
            break;
        }
        assert!(started.elapsed() < Duration::from_secs(15));
    }
}

#[tokio::test]
async fn closes_when_rights_end() {
    let server = Server::start().await;
    let mut socket = server.ready_as("eve").await;
    let mut other = server.ready_as("ann").await;
    socket
        .subscribe("1", "subscription { events { text } }")
        .await;
    let started = Instant::now();
    server.log.revoke("eve");
    assert_eq!(socket.closed().await, 4403);
    assert!(started.elapsed() < Duration::from_secs(1));
    other.subscribe("1", "{ hello }").await;
    assert_eq!(other.receive().await["type"], "next");
}

#[tokio::test]
async fn drains_after_running_mutations() {
    let server = Server::start().await;
    let mut busy = server.ready().await;
    let mut idle = server.ready().await;
    idle.subscribe("1", "subscription { events { text } }")
        .await;
    busy.subscribe("1", "mutation { slowAdd(ms: 400) }").await;
    busy.subscribe("2", "{ hello }").await;
    assert_eq!(busy.receive().await["id"], "2");
    assert_eq!(busy.receive().await["id"], "2");
    server.drain.cancel();
    assert_eq!(idle.closed().await, 1012);
    let next = busy.receive().await;
    assert_eq!((&next["id"], &next["type"]), (&json!("1"), &json!("next")));
    assert_eq!(busy.receive().await["type"], "complete");
    assert_eq!(busy.closed().await, 1012);
    drop((busy, idle));
    assert_eq!(
        Socket::open(&server, &["graphql-transport-ws"], &[])
            .await
            .err(),
        Some(503)
    );
    tokio::time::timeout(Duration::from_secs(5), server.engine.drained())
        .await
        .unwrap();
}

#[tokio::test]
async fn pages_of_other_origins_stay_out() {
    let settings = Settings {
        origins: vec!["https://app.example.com".to_owned()],
        ..Settings::default()
    };
    let server = Server::with(settings).await;
    let own = format!("http://{}", server.addr);
    for (origin, is_welcome) in [
        ("https://app.example.com", true),
        (own.as_str(), true),
        ("https://evil.example.com", false),
        ("null", false),
    ] {
        let opened = Socket::open(&server, &["graphql-transport-ws"], &[("origin", origin)]).await;
        assert_eq!(opened.err(), (!is_welcome).then_some(403), "{origin}");
    }
}

#[tokio::test]
async fn takes_so_many_sockets_and_no_more() {
    let server = Server::with(Settings {
        connections: 2,
        ..Settings::default()
    })
    .await;
    let first = server.ready().await;
    let _second = server.ready().await;
    assert_eq!(
        Socket::open(&server, &["graphql-transport-ws"], &[])
            .await
            .err(),
        Some(503)
    );
    drop(first);
    let mut waited = 0;
    while Socket::open(&server, &["graphql-transport-ws"], &[])
        .await
        .is_err()
    {
        waited += 1;
        assert!(waited < 500);
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
}
