//! Server-sent events, one operation per connection.

use std::time::Duration;

use daybook_api::engine::Settings;
use serde_json::{Value, json};

use crate::toy::{PATIENCE, Server};

/// An open stream, read event by event.
struct Stream {
    response: reqwest::Response,
    buffer: String,
}

#[derive(Debug, Default, PartialEq)]
struct Event {
    id: Option<String>,
    kind: String,
    data: Option<Value>,
    is_comment: bool,
}

impl Stream {
    async fn open(request: reqwest::RequestBuilder) -> Self {
        let response = request
            .header("accept", "text/event-stream")
            .send()
            .await
            .unwrap();
        assert_eq!(response.status(), 200, "{:?}", response.text().await);
        assert_eq!(response.headers()["content-type"], "text/event-stream");
        Self {
            response,
            buffer: String::new(),
        }
    }

    async fn subscribe(server: &Server, query: &str, last_event_id: Option<u64>) -> Self {
        let request = server
            .http
            .post(server.stream_url())
            .json(&json!({ "query": query }));
        Self::open(match last_event_id {
            Some(id) => request.header("last-event-id", id.to_string()),
            None => request,
        })
        .await
    }

    /// The next block, whatever it is; `None` at the end of the stream.
    async fn block(&mut self) -> Option<Event> {
        loop {
            if let Some((block, rest)) = self.buffer.split_once("\n\n") {
                let event = parse(block);
                self.buffer = String::from(rest);
                return Some(event);
            }
            let chunk = tokio::time::timeout(PATIENCE, self.response.chunk()).await;
            let chunk = chunk.expect("nothing comes").unwrap()?;
            self.buffer += std::str::from_utf8(&chunk).unwrap();
        }
    }

    /// The next event.
    async fn next(&mut self) -> Option<Event> {
        loop {
            match self.block().await {
                Some(event) if event.kind.is_empty() => {}
                event => return event,
            }
        }
    }
}

fn parse(block: &str) -> Event {
    let mut event = Event::default();
    for line in block.lines() {
        match line.split_once(':').unwrap() {
            ("", _) => event.is_comment = true,
            ("id", id) => event.id = Some(id.trim().to_owned()),
            ("event", kind) => kind.trim().clone_into(&mut event.kind),
            ("data", "") => event.data = Some(Value::Null),
            ("data", data) => event.data = Some(serde_json::from_str(data).unwrap()),
            ("retry", _) => {}
            (field, _) => panic!("{field}"),
        }
    }
    event
}

fn complete() -> Event {
    Event {
        kind: "complete".to_owned(),
        data: Some(Value::Null),
        ..Event::default()
    }
}

const EVENTS: &str = "subscription { events { position text } }";

#[tokio::test]
async fn resumes_after_the_last_event_id() {
    let server = Server::start().await;
    for n in 1..=5 {
        server.log.add(format!("e{n}"));
    }
    let mut stream = Stream::subscribe(&server, EVENTS, Some(3)).await;
    for n in 4..=5 {
        let event = stream.next().await.unwrap();
        assert_eq!(
            (event.id, event.kind.as_str()),
            (Some(n.to_string()), "next")
        );
        let data = event.data.unwrap();
        assert_eq!(
            data["data"]["events"],
            json!({ "position": n.to_string(), "text": format!("e{n}") })
        );
        assert_eq!(data["extensions"]["consistency"]["position"], n.to_string());
    }
    server.log.add("e6");
    assert_eq!(stream.next().await.unwrap().id.as_deref(), Some("6"));
    drop(stream);
    server.log.add("e7");
    // The header comes before the argument.
    let query = "subscription { events(after: \"1\") { text } }";
    let mut stream = Stream::subscribe(&server, query, Some(6)).await;
    assert_eq!(stream.next().await.unwrap().id.as_deref(), Some("7"));
    let mut stream = Stream::subscribe(&server, query, None).await;
    assert_eq!(stream.next().await.unwrap().id.as_deref(), Some("2"));
    let bad = server
        .http
        .post(server.stream_url())
        .json(&json!({ "query": query }));
    assert_eq!(
        bad.header("last-event-id", "soon")
            .send()
            .await
            .unwrap()
            .status(),
        400
    );
}

#[tokio::test]
async fn begins_with_the_present_state() {
    let server = Server::start().await;
    server.log.add("a");
    server.log.add("b");
    let mut stream = Stream::subscribe(&server, "subscription { items { text } }", None).await;
    let event = stream.next().await.unwrap();
    assert_eq!(
        (
            event.id.as_deref(),
            &event.data.unwrap()["data"]["items"]["text"]
        ),
        (Some("2"), &json!("2 so far"))
    );
    server.log.add("c");
    let event = stream.next().await.unwrap();
    assert_eq!(
        (
            event.id.as_deref(),
            &event.data.unwrap()["data"]["items"]["text"]
        ),
        (Some("3"), &json!("c"))
    );
}

#[tokio::test]
async fn gives_no_id_where_nobody_can_resume() {
    let server = Server::start().await;
    server.log.add("x");
    let mut stream = Stream::subscribe(
        &server,
        "subscription { pairs(after: \"0\") { text } }",
        None,
    )
    .await;
    let half = stream.next().await.unwrap();
    assert_eq!(
        (half.id, &half.data.unwrap()["data"]["pairs"]["text"]),
        (None, &json!("xa"))
    );
    assert_eq!(stream.next().await.unwrap().id.as_deref(), Some("1"));
}

#[tokio::test]
async fn runs_queries_and_mutations_and_ends() {
    let server = Server::start().await;
    let mut stream = Stream::subscribe(&server, "mutation { add(text: \"a\") }", None).await;
    assert_eq!(
        stream.next().await.unwrap().data.unwrap()["data"]["add"],
        "1"
    );
    assert_eq!(stream.next().await, Some(complete()));
    assert_eq!(stream.next().await, None);
    let mut stream = Stream::subscribe(&server, "subscription { three }", None).await;
    for n in 1..=3 {
        assert_eq!(
            stream.next().await.unwrap().data.unwrap()["data"]["three"],
            n
        );
    }
    assert_eq!(stream.next().await, Some(complete()));
    assert_eq!(stream.next().await, None);
}

#[tokio::test]
async fn is_opened_by_get_as_browsers_do() {
    let server = Server::start().await;
    server.log.add("a");
    let url = |query: &str| {
        reqwest::Url::parse_with_params(&server.stream_url(), [("query", query)]).unwrap()
    };
    let request = server
        .http
        .get(url("subscription { events(after: \"0\") { text } }"));
    let mut stream = Stream::open(request).await;
    assert_eq!(stream.next().await.unwrap().id.as_deref(), Some("1"));
    let response = server
        .http
        .get(url("mutation { add(text: \"a\") }"))
        .send()
        .await
        .unwrap();
    assert_eq!(
        (
            response.status().as_u16(),
            response.headers()["allow"].to_str().unwrap()
        ),
        (405, "POST")
    );
    assert_eq!(server.log.head(), 1);
    let response = server.http.put(server.stream_url()).send().await.unwrap();
    assert_eq!(response.headers()["allow"], "GET, POST");
    let response = server
        .http
        .get(url("{ hello }"))
        .header("accept", "application/json");
    assert_eq!(response.send().await.unwrap().status(), 406);
    let response = server
        .http
        .get(url("{ hello }"))
        .bearer_auth("bad")
        .send()
        .await
        .unwrap();
    assert_eq!(response.status(), 401);
    let response = server
        .http
        .post(server.stream_url())
        .body("query")
        .send()
        .await
        .unwrap();
    assert_eq!(response.status(), 415);
}

#[tokio::test]
async fn tells_what_cannot_run() {
    let server = Server::start().await;
    for (query, code) in [
        ("subscription { unknown }", "GRAPHQL_VALIDATION_FAILED"),
        ("subscription { refused }", "FORBIDDEN"),
        ("{ unknown }", "GRAPHQL_VALIDATION_FAILED"),
        ("{ panic }", "INTERNAL_SERVER_ERROR"),
    ] {
        let mut stream = Stream::subscribe(&server, query, None).await;
        let event = stream.next().await.unwrap();
        assert_eq!((event.id, event.kind.as_str()), (None, "next"));
        let data = event.data.unwrap();
        assert_eq!(data["errors"][0]["extensions"]["code"], code);
        assert!(data.get("data").is_none());
        assert_eq!(stream.next().await, Some(complete()));
    }
}

#[tokio::test]
async fn stays_open_while_nothing_happens() {
    let settings = Settings {
        heartbeat: Duration::from_millis(50),
        ..Settings::default()
    };
    let server = Server::with(settings).await;
    let mut stream = Stream::subscribe(&server, EVENTS, None).await;
    let first = stream.block().await.unwrap();
    assert!(!first.is_comment && first.kind.is_empty());
    for _ in 0..3 {
        assert!(stream.block().await.unwrap().is_comment);
    }
    server.log.add("a");
    assert_eq!(stream.next().await.unwrap().id.as_deref(), Some("1"));
}

#[tokio::test]
async fn ends_without_complete_when_rights_end_or_the_server_stops() {
    let server = Server::start().await;
    let request = server
        .http
        .post(server.stream_url())
        .json(&json!({ "query": EVENTS }));
    let mut eve = Stream::open(request.bearer_auth("eve")).await;
    let mut ann = Stream::subscribe(&server, EVENTS, None).await;
    assert!(eve.block().await.is_some());
    assert!(ann.block().await.is_some());
    server.log.revoke("eve");
    assert_eq!(eve.next().await, None);
    server.log.add("a");
    assert_eq!(ann.next().await.unwrap().id.as_deref(), Some("1"));
    server.drain.cancel();
    assert_eq!(ann.next().await, None);
    drop((eve, ann));
    tokio::time::timeout(PATIENCE, server.engine.drained())
        .await
        .unwrap();
}
