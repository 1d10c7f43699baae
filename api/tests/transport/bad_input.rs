//! What must not hurt: each is refused in a moment, and the server goes on.

use std::time::{Duration, Instant};

use serde_json::{Value, json};

use crate::toy::Server;

/// What one refusal may take: milliseconds, but debug builds are slow and the machine has other
/// things to do. The best of three tries counts. Unbounded, each of these takes minutes or kills.
const MOMENT: Duration = Duration::from_secs(1);

fn joined(parts: impl Iterator<Item = String>) -> String {
    parts.fold(String::new(), |all, part| all + &part)
}

async fn refused(server: &Server, query: &str, code: &str) {
    let start: String = query.chars().take(60).collect();
    let mut fastest = Duration::MAX;
    for _ in 0..3 {
        let body = json!({ "query": query });
        let started = Instant::now();
        let (status, answer) = server.send(body).await;
        fastest = fastest.min(started.elapsed());
        assert!((400..500).contains(&status), "{start}: {status} {answer}");
        let told = &answer["errors"][0]["extensions"]["code"];
        assert_eq!(told, code, "{start}: {answer}");
        assert!(answer.get("data").is_none(), "{start}");
    }
    assert!(fastest < MOMENT, "{start}: {fastest:?}");
    server.must_live().await;
}

#[tokio::test]
async fn documents_beyond_a_limit_are_refused_in_a_moment() {
    let server = Server::start().await;
    server.must_live().await;
    let aliases = |n: usize| joined((0..n).map(|n| format!("a{n}: hello ")));
    let nested = |open: &str, n: usize, close: &str| {
        format!("{{ {} id {} }}", open.repeat(n), close.repeat(n))
    };
    let bomb = (0..26).map(|n| format!("fragment F{n} on Query {{ ...F{0} ...F{0} }} ", n + 1));
    let bomb = format!(
        "{{ ...F0 }} {} fragment F26 on Query {{ hello }}",
        joined(bomb)
    );
    assert!(bomb.len() < 1_400);
    let cycle = "{ ...A } fragment A on Query { ...B } fragment B on Query { ...A }";
    let circle = format!(
        "{{ __schema {{ types {} }} }}",
        nested("fields { type {", 60, "} }")
    );
    for (query, code) in [
        ("[".repeat(5_000), "QUERY_TOO_COMPLEX"),
        (
            format!("{{ node(id: {}", "[".repeat(5_000)),
            "QUERY_TOO_COMPLEX",
        ),
        (
            format!("{{ node(id: {}", "{a:".repeat(1_700)),
            "QUERY_TOO_COMPLEX",
        ),
        (
            format!("{{ node(id: {}", "(".repeat(5_000)),
            "QUERY_TOO_COMPLEX",
        ),
        (bomb, "QUERY_TOO_COMPLEX"),
        (cycle.to_owned(), "GRAPHQL_VALIDATION_FAILED"),
        (format!("{{ {} }}", aliases(101)), "QUERY_TOO_COMPLEX"),
        (
            nested("node(id: 1) { child {", 30, "} }"),
            "QUERY_TOO_COMPLEX",
        ),
        (nested("node(id: 1) {", 16, "}"), "QUERY_TOO_COMPLEX"),
        (circle, "QUERY_TOO_COMPLEX"),
        (
            format!("{{ hello {} }}", "@include(if: true) ".repeat(1_000)),
            "QUERY_TOO_COMPLEX",
        ),
        (
            format!("{{ hello {} }}", "@a ".repeat(1_000)),
            "QUERY_TOO_COMPLEX",
        ),
        (
            format!("{{ {} }}", "hello ".repeat(20_000)),
            "QUERY_TOO_COMPLEX",
        ),
        (
            format!("{{ {} }}", "hello ".repeat(31)),
            "QUERY_TOO_COMPLEX",
        ),
        (
            "{ page(first: 2147483647) { nodes { id } } }".to_owned(),
            "BAD_USER_INPUT",
        ),
        (
            "{ page(first: -1) { nodes { id } } }".to_owned(),
            "BAD_USER_INPUT",
        ),
        (
            "{ page(first: 101) { nodes { id } } }".to_owned(),
            "BAD_USER_INPUT",
        ),
        ("{ unknown }".to_owned(), "GRAPHQL_VALIDATION_FAILED"),
        (
            "{ hello { deeper } }".to_owned(),
            "GRAPHQL_VALIDATION_FAILED",
        ),
        (
            "{ hello(extra: 1) }".to_owned(),
            "GRAPHQL_VALIDATION_FAILED",
        ),
        ("{ hello @defer }".to_owned(), "GRAPHQL_VALIDATION_FAILED"),
        (
            "query @stream { hello }".to_owned(),
            "GRAPHQL_VALIDATION_FAILED",
        ),
        ("{".to_owned(), "GRAPHQL_PARSE_FAILED"),
        (String::new(), "GRAPHQL_PARSE_FAILED"),
        ("subscription { three }".to_owned(), "BAD_USER_INPUT"),
        (
            "query A { hello } query B { hello }".to_owned(),
            "BAD_USER_INPUT",
        ),
    ] {
        refused(&server, &query, code).await;
    }
}

#[tokio::test]
async fn variables_beyond_a_limit_are_refused_in_a_moment() {
    let server = Server::start().await;
    let query = "query($n: Int, $t: String) { page(first: $n) { nodes { id } } echo(text: $t) }";
    for first in [
        json!(2_147_483_647),
        json!(-1),
        json!(101),
        json!(99_999_999_999_u64),
    ] {
        let (status, answer) = server
            .send(json!({ "query": query, "variables": { "n": first } }))
            .await;
        assert_eq!(status, 400, "{answer}");
        assert_eq!(answer["errors"][0]["extensions"]["code"], "BAD_USER_INPUT");
    }
    let (status, answer) = server
        .send(json!({ "query": query, "variables": { "n": 3 } }))
        .await;
    assert_eq!(
        (
            status,
            answer["data"]["page"]["nodes"].as_array().unwrap().len()
        ),
        (200, 3)
    );
    let deep = format!(
        "{{\"query\":\"{{hello}}\",\"variables\":{{\"a\":{}",
        "[".repeat(100_000)
    );
    let closed = format!("{deep}{}}}}}", "]".repeat(100_000));
    let wide = json!({ "query": "{ hello }", "variables": { "a": vec![1; 60_000] } }).to_string();
    let huge = json!({ "query": "{ hello }", "variables": { "a": "x".repeat(400_000) } });
    let very_huge = json!({ "query": "{ hello }", "variables": { "a": "x".repeat(3_000_000) } });
    for (body, status) in [
        (deep, 400),
        (closed, 400),
        (wide, 200),
        (huge.to_string(), 413),
        (very_huge.to_string(), 413),
    ] {
        let mut fastest = Duration::MAX;
        for _ in 0..3 {
            let started = Instant::now();
            let response = server.post(body.clone()).send().await.unwrap();
            assert_eq!(response.status(), status);
            let answer: Value = response.json().await.unwrap();
            assert_eq!(answer.get("data").is_some(), status == 200, "{answer}");
            fastest = fastest.min(started.elapsed());
        }
        assert!(fastest < MOMENT, "{fastest:?}");
        server.must_live().await;
    }
}

#[tokio::test]
async fn the_same_limits_hold_on_a_socket_and_on_a_stream() {
    let server = Server::start().await;
    let mut socket = server.ready().await;
    let deep = format!("{{ node(id: {}", "[".repeat(5_000));
    socket.subscribe("1", &deep).await;
    let error = socket.receive().await;
    assert_eq!(
        (&error["type"], &error["id"]),
        (&json!("error"), &json!("1"))
    );
    assert_eq!(
        error["payload"][0]["extensions"]["code"],
        "QUERY_TOO_COMPLEX"
    );
    let response = server
        .http
        .post(server.stream_url())
        .json(&json!({ "query": deep }));
    let response = response.send().await.unwrap();
    assert_eq!(response.status(), 400);
    let answer: Value = response.json().await.unwrap();
    assert_eq!(
        answer["errors"][0]["extensions"]["code"],
        "QUERY_TOO_COMPLEX"
    );
    server.must_live().await;
}

#[tokio::test]
async fn the_standard_introspection_passes() {
    let server = Server::start().await;
    let of_type = "ofType { kind name ".repeat(9) + &"} ".repeat(9);
    let query = format!(
        "{{ __schema {{ queryType {{ name }} types {{ name fields(includeDeprecated: true) {{ name
           args {{ name type {{ kind name {of_type} }} }} type {{ kind name {of_type} }} }} }} }} }}"
    );
    let (status, answer) = server.query(&query).await;
    assert_eq!(
        (status, &answer["data"]["__schema"]["queryType"]["name"]),
        (200, &json!("Query"))
    );
}
