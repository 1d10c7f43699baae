//! The server itself: what every answer carries, and what slow or strange clients get.

use std::io::{Read, Write};
use std::net::{SocketAddr, TcpStream};
use std::time::{Duration, Instant};

use tokio::task::spawn_blocking;

use crate::exposition::families;
use crate::inside::{config, database, start, stop};
use crate::process::{ask, get};

async fn answer(address: SocketAddr, request: String) -> String {
    spawn_blocking(move || ask(address, &request).unwrap())
        .await
        .unwrap()
}

fn request(method: &str, path: &str, headers: &str) -> String {
    format!("{method} {path} HTTP/1.1\r\nhost: x\r\nconnection: close\r\n{headers}\r\n")
}

fn header<'a>(answer: &'a str, name: &str) -> Vec<&'a str> {
    let head = answer.split("\r\n\r\n").next().unwrap();
    let lines = head.lines().filter_map(|line| line.split_once(": "));
    lines
        .filter(|(n, _)| n.eq_ignore_ascii_case(name))
        .map(|(_, value)| value)
        .collect()
}

#[tokio::test]
async fn every_answer_is_protected_and_carries_an_id() {
    let app = start(config(&database().await, &[])).await;
    let address = app.addresses()[0];
    for (method, path, status) in [
        ("GET", "/health/live", 200),
        ("GET", "/health/ready", 200),
        ("GET", "/metrics", 200),
        ("GET", "/nothing", 404),
        ("POST", "/health/live", 405),
        ("TRACE", "/health/live", 405),
        ("TRACE", "/nothing", 405),
        ("OPTIONS", "/nothing", 404),
    ] {
        let answer = answer(address, request(method, path, "")).await;
        assert!(
            answer.starts_with(&format!("HTTP/1.1 {status}")),
            "{method} {path}: {answer}"
        );
        for (name, value) in [
            (
                "strict-transport-security",
                "max-age=63072000; includeSubDomains",
            ),
            ("x-content-type-options", "nosniff"),
            ("referrer-policy", "no-referrer"),
            (
                "content-security-policy",
                "default-src 'none'; frame-ancestors 'none'",
            ),
            ("cross-origin-resource-policy", "same-origin"),
            ("cache-control", "no-store"),
            ("vary", "origin"),
        ] {
            assert_eq!(header(&answer, name), [value], "{method} {path}: {name}");
        }
        assert_eq!(header(&answer, "x-request-id")[0].len(), 36, "{answer}");
        assert!(header(&answer, "server").is_empty());
        assert!(
            header(&answer, "content-type")[0].contains("charset=utf-8"),
            "{answer}"
        );
        if status >= 400 {
            let kind = header(&answer, "content-type")[0];
            assert!(kind.starts_with("application/problem+json"), "{answer}");
            assert!(answer.contains(&format!("\"status\":{status}")), "{answer}");
        }
    }
    let refused = answer(address, request("POST", "/health/live", "")).await;
    assert_eq!(header(&refused, "allow"), ["GET,HEAD"]);
    stop(app).await;
}

#[tokio::test]
async fn graphiql_may_run_its_own_scripts_and_is_not_there_in_production() {
    let pages = [
        ("/graphiql", "text/html"),
        ("/graphiql/page.js", "text/javascript"),
        ("/graphiql/page.css", "text/css"),
    ];
    for (environment, status) in [("development", 200), ("production", 404)] {
        let variables = [("DAYBOOK_ENV", environment)];
        let app = start(config(&database().await, &variables)).await;
        for (path, kind) in pages {
            let answer = answer(app.addresses()[0], request("GET", path, "")).await;
            let is = answer.starts_with(&format!("HTTP/1.1 {status}"));
            assert!(is, "{environment} {path}: {answer}");
            let policy = header(&answer, "content-security-policy");
            let [policy] = policy.as_slice() else {
                panic!("{path} has two policies: {policy:?}");
            };
            assert!(policy.starts_with("default-src 'none'; "), "{policy}");
            assert!(policy.contains("frame-ancestors 'none'"), "{policy}");
            let runs =
                policy.contains("script-src 'self'") && policy.contains("connect-src 'self'");
            assert_eq!(runs, status == 200, "{environment} {path}: {policy}");
            if status == 200 {
                let expected = format!("{kind}; charset=utf-8");
                assert_eq!(header(&answer, "content-type"), [expected], "{path}");
            }
        }
        stop(app).await;
    }
}

#[tokio::test]
async fn a_plain_request_id_is_kept_and_another_is_replaced() {
    let app = start(config(&database().await, &[])).await;
    let address = app.addresses()[0];
    let kept = request("GET", "/health/live", "x-request-id: abc-1.2_3\r\n");
    assert_eq!(
        header(&answer(address, kept).await, "x-request-id"),
        ["abc-1.2_3"]
    );
    for bad in ["a b", "a\"b", &"x".repeat(65), ""] {
        let sent = request("GET", "/health/live", &format!("x-request-id: {bad}\r\n"));
        assert_eq!(
            header(&answer(address, sent).await, "x-request-id")[0].len(),
            36,
            "{bad}"
        );
    }
    stop(app).await;
}

#[tokio::test]
async fn only_pages_of_listed_origins_may_call() {
    let origins = [(
        "DAYBOOK_CORS_ORIGINS",
        "https://app.example.com,http://localhost:3000",
    )];
    let app = start(config(&database().await, &origins)).await;
    let address = app.addresses()[0];
    for (origin, admitted) in [
        ("https://app.example.com", true),
        ("http://localhost:3000", true),
        ("http://app.example.com", false),
        ("https://app.example.com.evil.example", false),
        ("https://evilapp.example.com", false),
        ("https://app.example.com:8443", false),
        ("HTTPS://APP.EXAMPLE.COM", false),
        ("null", false),
    ] {
        let ask = format!("origin: {origin}\r\naccess-control-request-method: POST\r\n");
        for (method, headers) in [("GET", format!("origin: {origin}\r\n")), ("OPTIONS", ask)] {
            let answer = answer(address, request(method, "/health/live", &headers)).await;
            let allowed = header(&answer, "access-control-allow-origin");
            let expected: &[&str] = if admitted { &[origin] } else { &[] };
            assert_eq!(allowed, expected, "{method} {origin}");
            assert_eq!(header(&answer, "vary"), ["origin"]);
            let credentials = header(&answer, "access-control-allow-credentials");
            assert_eq!(credentials.is_empty(), !admitted);
        }
    }
    stop(app).await;
}

#[tokio::test]
async fn slow_clients_are_sent_away_and_the_others_do_not_notice() {
    let limits = [("DAYBOOK_LIMIT_HEADER_TIME", "300ms")];
    let app = start(config(&database().await, &limits)).await;
    let address = app.addresses()[0];
    let ended = spawn_blocking(move || {
        let open = |bytes: &[u8]| {
            let mut stream = TcpStream::connect(address).unwrap();
            stream.write_all(bytes).unwrap();
            stream
                .set_read_timeout(Some(Duration::from_secs(20)))
                .unwrap();
            stream
        };
        let mut slow: Vec<TcpStream> = (0..50)
            .flat_map(|_| {
                [
                    open(b""),
                    open(b"GET /health/live HTTP/1.1\r\nhost: x\r\nx-slow: "),
                    open(b"PRI * HT"),
                    open(b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"),
                ]
            })
            .collect();
        let since = Instant::now();
        assert!(
            get(address, "/health/live")
                .unwrap()
                .starts_with("HTTP/1.1 200")
        );
        assert!(since.elapsed() < Duration::from_secs(2));
        slow.iter_mut()
            .all(|stream| stream.read_to_end(&mut Vec::new()).is_ok())
    });
    assert!(ended.await.unwrap(), "a slow client was left connected");
    stop(app).await;
}

#[tokio::test]
async fn connections_beyond_the_limit_wait_their_turn() {
    let limits = [
        ("DAYBOOK_LIMIT_CONNECTIONS", "2"),
        ("DAYBOOK_LIMIT_HEADER_TIME", "500ms"),
    ];
    let app = start(config(&database().await, &limits)).await;
    let address = app.addresses()[0];
    spawn_blocking(move || {
        let held: Vec<TcpStream> = (0..2)
            .map(|_| TcpStream::connect(address).unwrap())
            .collect();
        let since = Instant::now();
        assert!(
            get(address, "/health/live")
                .unwrap()
                .starts_with("HTTP/1.1 200")
        );
        assert!(
            since.elapsed() > Duration::from_millis(250),
            "it did not wait"
        );
        drop(held);
    })
    .await
    .unwrap();
    stop(app).await;
}

#[tokio::test]
async fn headers_without_end_are_refused() {
    let app = start(config(&database().await, &[])).await;
    let address = app.addresses()[0];
    let endless = format!("x-long: {}\r\n", "a".repeat(100_000));
    let answer = answer(address, request("GET", "/health/live", &endless)).await;
    assert!(answer.starts_with("HTTP/1.1 431"), "{answer}");
    stop(app).await;
}

#[tokio::test]
async fn speaks_http_2_without_tls() {
    let app = start(config(&database().await, &[])).await;
    let address = app.addresses()[0];
    let frame = spawn_blocking(move || {
        let mut stream = TcpStream::connect(address).unwrap();
        stream
            .write_all(b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n\0\0\0\x04\0\0\0\0\0")
            .unwrap();
        let mut head = [0; 9];
        stream.read_exact(&mut head).unwrap();
        head
    });
    // The server's own settings: frame type 4 on stream 0.
    let frame = frame.await.unwrap();
    assert_eq!((frame[3], &frame[5..]), (4, &[0, 0, 0, 0][..]));
    stop(app).await;
}

#[tokio::test]
async fn metrics_are_described_and_well_named() {
    let app = start(config(&database().await, &[])).await;
    let address = app.addresses()[0];
    answer(address, request("GET", "/nothing", "")).await;
    let text = answer(address, request("GET", "/metrics", "")).await;
    let body = text.split_once("\r\n\r\n").unwrap().1;
    let found = families(body);
    for expected in [
        "daybook_build_info",
        "daybook_http_requests_total",
        "daybook_http_seconds",
    ] {
        let is_there = found.iter().any(|family| family.name == expected);
        assert!(is_there, "{expected} is missing in {body}");
    }
    stop(app).await;
}

#[tokio::test]
async fn a_process_whose_database_is_gone_is_alive_but_not_ready() {
    let server = daybook_postgres::testing::private();
    let url = server.url("gone");
    let database = daybook_store::Database::from_url(&url).unwrap();
    database.create_where_missing().await.unwrap();
    let app = start(config(&url, &[])).await;
    let address = app.addresses()[0];
    let ready = || answer(address, request("GET", "/health/ready", ""));
    assert!(ready().await.starts_with("HTTP/1.1 200"));
    server.kill();
    let answer_gone = ready().await;
    assert!(answer_gone.starts_with("HTTP/1.1 503"), "{answer_gone}");
    assert!(
        answer_gone.contains("\"database\":{\"ok\":false"),
        "{answer_gone}"
    );
    let live = answer(address, request("GET", "/health/live", "")).await;
    assert!(live.starts_with("HTTP/1.1 200"), "{live}");
    server.restart();
    let until = Instant::now() + Duration::from_secs(30);
    while !ready().await.starts_with("HTTP/1.1 200") {
        assert!(Instant::now() < until, "it does not recover");
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    stop(app).await;
}
