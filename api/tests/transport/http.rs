//! GraphQL over HTTP beyond what the audit suite asks.

use std::time::Duration;

use daybook_api::engine::Settings;
use serde_json::{Value, json};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

use crate::toy::Server;

#[tokio::test]
async fn takes_json_only() {
    let server = Server::start().await;
    let body = json!({ "query": "{ hello }" }).to_string();
    for (kind, status) in [
        ("application/json", 200),
        ("application/json; charset=utf-8", 200),
        ("text/plain", 415),
        ("application/graphql", 415),
        ("application/x-www-form-urlencoded", 415),
        ("multipart/form-data; boundary=x", 415),
        ("application/json; charset=utf-16", 415),
    ] {
        let request = server.http.post(server.url()).header("content-type", kind);
        let response = request.body(body.clone()).send().await.unwrap();
        assert_eq!(response.status(), status, "{kind}");
        let request = server
            .http
            .get(server.url() + "?query=%7Bhello%7D")
            .header("content-type", kind);
        assert_eq!(
            request.send().await.unwrap().status(),
            status,
            "{kind} by GET"
        );
    }
    let request = server
        .http
        .post(server.url())
        .header("content-type", "application/json");
    let response = request
        .header("content-encoding", "gzip")
        .body(body)
        .send()
        .await
        .unwrap();
    assert_eq!(response.status(), 415);
}

#[tokio::test]
async fn answers_in_the_media_type_the_client_likes_best() {
    let server = Server::start().await;
    for (accept, status, kind) in [
        (
            "application/graphql-response+json",
            200,
            "application/graphql-response+json; charset=utf-8",
        ),
        (
            "application/json;q=0.9, application/graphql-response+json",
            200,
            "application/graphql-response+json; charset=utf-8",
        ),
        ("application/json", 200, "application/json; charset=utf-8"),
        ("*/*", 200, "application/json; charset=utf-8"),
        ("text/html", 406, "application/json; charset=utf-8"),
        (
            "application/json;q=0",
            406,
            "application/json; charset=utf-8",
        ),
    ] {
        let request = server
            .http
            .post(server.url())
            .json(&json!({ "query": "{ hello }" }));
        let response = request.header("accept", accept).send().await.unwrap();
        assert_eq!(response.status(), status, "{accept}");
        assert_eq!(response.headers()["content-type"], kind, "{accept}");
        assert_eq!(response.headers()["vary"], "accept");
    }
    // Only who asks for application/json by name gets 200 for a document that does not fit.
    for (accept, status) in [("application/json", 200), ("*/*", 400)] {
        let request = server
            .http
            .post(server.url())
            .json(&json!({ "query": "{ unknown }" }));
        let response = request.header("accept", accept).send().await.unwrap();
        assert_eq!(response.status(), status, "{accept}");
        assert!(
            response
                .json::<Value>()
                .await
                .unwrap()
                .get("data")
                .is_none()
        );
    }
}

#[tokio::test]
async fn keeps_changes_away_from_get() {
    let server = Server::start().await;
    let get = |query: &str| {
        let url = reqwest::Url::parse_with_params(&server.url(), [("query", query)]).unwrap();
        server.http.get(url)
    };
    assert_eq!(get("{ hello }").send().await.unwrap().status(), 200);
    let response = get("mutation { add(text: \"a\") }").send().await.unwrap();
    assert_eq!(
        (
            response.status().as_u16(),
            response.headers()["allow"].to_str().unwrap()
        ),
        (405, "POST")
    );
    let named = "query A { hello } mutation B { add(text: \"a\") }";
    let url = [("query", named), ("operationName", "B")];
    let url = reqwest::Url::parse_with_params(&server.url(), url).unwrap();
    assert_eq!(server.http.get(url).send().await.unwrap().status(), 405);
    assert_eq!(server.log.head(), 0);
    for method in ["PUT", "DELETE", "PATCH", "HEAD", "OPTIONS"] {
        let method = method.parse().unwrap();
        let response = server
            .http
            .request(method, server.url())
            .send()
            .await
            .unwrap();
        assert_eq!(response.status(), 405);
        assert_eq!(response.headers()["allow"], "GET, POST");
    }
}

#[tokio::test]
async fn reads_parameters_from_the_address() {
    let server = Server::start().await;
    let url = [
        (
            "query",
            "query A($t: String) { echo(text: $t) } query B { hello }",
        ),
        ("operationName", "A"),
        ("variables", "{\"t\":\"grüß\"}"),
        ("extensions", "{\"x\":1}"),
    ];
    let url = reqwest::Url::parse_with_params(&server.url(), url).unwrap();
    let answer: Value = server
        .http
        .get(url)
        .send()
        .await
        .unwrap()
        .json()
        .await
        .unwrap();
    assert_eq!(answer["data"]["echo"], "grüß");
    for query in [
        "",
        "?query=%7Bhello%7D&query=%7Bhello%7D",
        "?query=%7Bhello%7D&variables=1",
    ] {
        let response = server.http.get(server.url() + query).send().await.unwrap();
        assert_eq!(response.status(), 400, "{query}");
    }
    let long = server.url() + "?query=%7Bhello%7D&x=" + &"y".repeat(9_000);
    assert_eq!(server.http.get(long).send().await.unwrap().status(), 414);
}

#[tokio::test]
async fn says_who_may_not_come_in() {
    let server = Server::start().await;
    for (token, status, code) in [
        ("bad", 401, "UNAUTHENTICATED"),
        ("barred", 403, "FORBIDDEN"),
    ] {
        let request = server.post("{\"query\":\"{ hello }\"}").bearer_auth(token);
        let response = request.send().await.unwrap();
        assert_eq!(response.status(), status);
        assert_eq!(
            response.headers().contains_key("www-authenticate"),
            status == 401
        );
        let answer: Value = response.json().await.unwrap();
        assert_eq!(answer["errors"][0]["extensions"]["code"], code);
        assert!(answer.get("data").is_none());
    }
    let response = server
        .post("{\"query\":\"{ hello }\"}")
        .bearer_auth("ann")
        .send()
        .await
        .unwrap();
    assert_eq!(
        response.json::<Value>().await.unwrap()["data"]["hello"],
        "hello ann"
    );
}

#[tokio::test]
async fn hides_what_is_internal() {
    let server = Server::start().await;
    for (query, status, data) in [
        ("{ panic }", 500, None),
        (
            "{ internal hello }",
            200,
            Some(json!({ "internal": null, "hello": "hello anyone" })),
        ),
        ("{ internalRequired }", 200, Some(Value::Null)),
    ] {
        let response = server
            .post(json!({ "query": query }).to_string())
            .header("x-request-id", "r-7");
        let response = response.send().await.unwrap();
        assert_eq!(response.headers()["x-request-id"], "r-7");
        assert_eq!(response.status(), status, "{query}");
        let text = response.text().await.unwrap();
        assert!(!text.contains("secret"), "{text}");
        let answer: Value = serde_json::from_str(&text).unwrap();
        assert_eq!(answer.get("data"), data.as_ref(), "{query}");
        let extensions = &answer["errors"][0]["extensions"];
        let told =
            json!({ "code": "INTERNAL_SERVER_ERROR", "requestId": "r-7", "retryable": false });
        assert_eq!(extensions, &told);
    }
    server.must_live().await;
}

#[tokio::test]
async fn gives_every_error_a_code() {
    let server = Server::start().await;
    for (body, code) in [
        (
            json!({ "query": "{ number }" }),
            "GRAPHQL_VALIDATION_FAILED",
        ),
        (json!({ "query": "{ number(n: \"a\") }" }), "BAD_USER_INPUT"),
        (
            json!({ "query": "query($n: Int!) { number(n: $n) }" }),
            "BAD_USER_INPUT",
        ),
        (
            json!({ "query": "query($n: Int!) { number(n: $n) }", "variables": { "n": null } }),
            "BAD_USER_INPUT",
        ),
        (
            json!({ "query": "query($n: Int!) { number(n: $n) }", "variables": { "n": "a" } }),
            "BAD_USER_INPUT",
        ),
        (
            json!({ "query": "query($n: Int!) { number(n: $n) }", "variables": { "n": 1.5 } }),
            "BAD_USER_INPUT",
        ),
        (
            json!({ "query": "{ hello }", "operationName": "X" }),
            "BAD_USER_INPUT",
        ),
        (
            json!({ "extensions": { "persistedQuery": { "sha256Hash": "x", "version": 1 } } }),
            "BAD_REQUEST",
        ),
        (json!([{ "query": "{ hello }" }]), "BAD_REQUEST"),
        (json!({}), "BAD_REQUEST"),
    ] {
        let (status, answer) = server.send(body.clone()).await;
        let error = &answer["errors"][0];
        assert_eq!(
            (status, &error["extensions"]["code"]),
            (400, &json!(code)),
            "{body} {answer}"
        );
        assert_eq!(error["extensions"]["retryable"], false);
        assert!(error["extensions"]["requestId"].is_string());
        assert!(answer.get("data").is_none(), "{answer}");
    }
    let defaults = "query($on: Boolean = true) { hello @include(if: $on) echo @skip(if: $on) }";
    let (_, answer) = server.query(defaults).await;
    assert_eq!(answer["data"], json!({ "hello": "hello anyone" }));
    let (_, answer) = server.query("{ number(n: ) }").await;
    assert_eq!(
        answer["errors"][0]["locations"][0],
        json!({ "line": 1, "column": 13 })
    );
}

#[tokio::test]
async fn tells_when_trying_again_makes_sense() {
    let server = Server::start().await;
    let response = server
        .post("{\"query\":\"{ stale hello }\"}")
        .send()
        .await
        .unwrap();
    assert_eq!(
        (
            response.status().as_u16(),
            &response.headers()["retry-after"]
        ),
        (200, &"2".parse().unwrap())
    );
    let answer: Value = response.json().await.unwrap();
    assert_eq!(answer["data"]["hello"], "hello anyone");
    let extensions = &answer["errors"][0]["extensions"];
    assert_eq!(extensions["code"], "CONSISTENCY_TIMEOUT");
    assert_eq!(
        (&extensions["retryable"], &extensions["retryAfterMs"]),
        (&json!(true), &json!(1_200))
    );
    let response = server
        .post("{\"query\":\"{ staleRequired }\"}")
        .send()
        .await
        .unwrap();
    assert_eq!(
        (
            response.status().as_u16(),
            &response.headers()["retry-after"]
        ),
        (503, &"1".parse().unwrap())
    );
    let (status, answer) = server.query("{ slow(ms: 60000) }").await;
    assert_eq!(
        (status, &answer["errors"][0]["extensions"]["code"]),
        (408, &json!("TIMEOUT"))
    );
}

#[tokio::test]
async fn charges_and_throttles() {
    let server = Server::start().await;
    let query = json!({ "query": "{ page(first: 2) { nodes { id } } }" }).to_string();
    let response = server
        .post(query.clone())
        .bearer_auth("poor")
        .send()
        .await
        .unwrap();
    assert_eq!(response.headers()["ratelimit-limit"], "5");
    assert_eq!(response.headers()["ratelimit-remaining"], "1");
    assert_eq!(response.headers()["ratelimit-reset"], "2");
    let answer: Value = response.json().await.unwrap();
    let cost = json!({ "requested": 4, "actual": 3, "limit": 5, "remaining": 1 });
    assert_eq!(answer["extensions"]["cost"], cost);
    let response = server.post(query).bearer_auth("poor").send().await.unwrap();
    assert_eq!(response.status(), 429);
    assert_eq!(response.headers()["retry-after"], "3");
    assert_eq!(response.headers()["ratelimit-remaining"], "1");
    let answer: Value = response.json().await.unwrap();
    let extensions = &answer["errors"][0]["extensions"];
    assert_eq!(
        (&extensions["code"], &extensions["retryAfterMs"]),
        (&json!("THROTTLED"), &json!(2_500))
    );
    // A document that is refused is charged for too; introspection is free.
    let refused = |text: &str| {
        server
            .post(json!({ "query": text }).to_string())
            .bearer_auth("poor")
    };
    assert_eq!(refused("{").send().await.unwrap().status(), 400);
    assert_eq!(refused("{").send().await.unwrap().status(), 429);
    assert_eq!(
        refused("{ __schema { types { name } } }")
            .send()
            .await
            .unwrap()
            .status(),
        200
    );
}

#[tokio::test]
async fn passes_the_position_an_answer_must_reflect() {
    let server = Server::start().await;
    server.log.add("a");
    let read = async |request: reqwest::RequestBuilder| -> Value {
        request.send().await.unwrap().json().await.unwrap()
    };
    let query = json!({ "query": "{ minPosition }" });
    let answer = read(
        server
            .post(query.to_string())
            .header("x-min-position", "41"),
    )
    .await;
    assert_eq!(answer["data"]["minPosition"], "41");
    assert_eq!(answer["extensions"]["consistency"]["position"], "1");
    let extensions = json!({ "consistency": { "minPosition": "42" } });
    let query = json!({ "query": "{ minPosition }", "extensions": extensions });
    let answer = read(
        server
            .post(query.to_string())
            .header("x-min-position", "41"),
    )
    .await;
    assert_eq!(answer["data"]["minPosition"], "42");
    let response = server
        .post(query.to_string())
        .header("x-min-position", "soon");
    assert_eq!(response.send().await.unwrap().status(), 400);
}

#[tokio::test]
async fn takes_no_more_than_it_can_carry() {
    let settings = Settings {
        in_flight: 2,
        ..Settings::default()
    };
    let server = Server::with(settings).await;
    let slow = || server.post("{\"query\":\"{ slow(ms: 600) }\"}").send();
    let answers = futures::future::join_all((0..6).map(|_| slow())).await;
    let mut statuses: Vec<u16> = answers
        .iter()
        .map(|answer| answer.as_ref().unwrap().status().as_u16())
        .collect();
    statuses.sort_unstable();
    assert_eq!(statuses, [200, 200, 503, 503, 503, 503]);
    let refused = answers
        .iter()
        .flatten()
        .find(|answer| answer.status() == 503)
        .unwrap();
    assert_eq!(refused.headers()["retry-after"], "1");
    server.must_live().await;
}

#[tokio::test]
async fn does_not_wait_for_ever_for_a_body() {
    let settings = Settings {
        body_time: Duration::from_millis(200),
        ..Settings::default()
    };
    let server = Server::with(settings).await;
    let mut stream = TcpStream::connect(server.addr).await.unwrap();
    let head = "POST /graphql HTTP/1.1\r\nhost: x\r\ncontent-type: application/json\r\ncontent-length: 100\r\n\r\n{";
    stream.write_all(head.as_bytes()).await.unwrap();
    let mut answer = [0; 12];
    stream.read_exact(&mut answer).await.unwrap();
    assert_eq!(&answer, b"HTTP/1.1 408");
}

#[tokio::test]
async fn a_body_without_an_announced_length_is_bounded_too() {
    let server = Server::start().await;
    let chunks =
        futures::stream::iter((0..40).map(|_| Ok::<_, std::io::Error>("x".repeat(10_000))));
    let response = server
        .post(reqwest::Body::wrap_stream(chunks))
        .send()
        .await
        .unwrap();
    assert_eq!(response.status(), 413);
}
