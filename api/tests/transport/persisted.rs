//! Documents that are registered once and named by their hash from then on, as Apollo's clients do.

use serde_json::{Value, json};
use sha2::{Digest, Sha256};

use crate::toy::Server;

fn hash(text: &str) -> String {
    hex::encode(Sha256::digest(text.as_bytes()))
}

fn persisted(text: &str) -> Value {
    json!({ "persistedQuery": { "version": 1, "sha256Hash": hash(text) } })
}

fn by_get(server: &Server, parameters: &[(&str, &str)]) -> reqwest::RequestBuilder {
    let url = reqwest::Url::parse_with_params(&server.url(), parameters).unwrap();
    server
        .http
        .get(url)
        .header("accept", "application/graphql-response+json")
}

#[tokio::test]
async fn a_hash_is_unknown_then_registered_then_enough() {
    let server = Server::start().await;
    let text = "query($n: Int!) { number(n: $n) }";
    let bare = json!({ "extensions": persisted(text), "variables": { "n": 7 } });
    let (status, answer) = server.send(bare.clone()).await;
    assert_eq!(status, 400);
    assert!(answer.get("data").is_none());
    let error = &answer["errors"][0];
    assert_eq!(error["message"], "PersistedQueryNotFound");
    assert_eq!(error["extensions"]["code"], "PERSISTED_QUERY_NOT_FOUND");

    let whole = json!({ "query": text, "extensions": persisted(text), "variables": { "n": 1 } });
    let (status, answer) = server.send(whole).await;
    assert_eq!((status, &answer["data"]["number"]), (200, &json!(1)));
    let (status, answer) = server.send(bare).await;
    assert_eq!((status, &answer["data"]["number"]), (200, &json!(7)));
    let by_id = json!({ "documentId": format!("sha256:{}", hash(text)), "variables": { "n": 8 } });
    let (status, answer) = server.send(by_id).await;
    assert_eq!((status, &answer["data"]["number"]), (200, &json!(8)));
}

#[tokio::test]
async fn an_unknown_hash_is_no_fault_of_http_for_older_clients() {
    let server = Server::start().await;
    let request = server.http.post(server.url());
    let request = request.json(&json!({ "extensions": persisted("{ hello }") }));
    let response = request.header("accept", "application/json").send().await;
    assert_eq!(response.unwrap().status(), 200);
}

#[tokio::test]
async fn a_hash_of_something_else_is_refused_and_registers_nothing() {
    let server = Server::start().await;
    let body = json!({ "query": "{ hello }", "extensions": persisted("{ echo }") });
    let (status, answer) = server.send(body).await;
    let code = &answer["errors"][0]["extensions"]["code"];
    assert_eq!((status, code), (400, &json!("BAD_REQUEST")), "{answer}");
    for text in ["{ hello }", "{ echo }"] {
        let (_, answer) = server.send(json!({ "extensions": persisted(text) })).await;
        let code = &answer["errors"][0]["extensions"]["code"];
        assert_eq!(code, "PERSISTED_QUERY_NOT_FOUND", "{text}");
    }
    let broken = json!({ "query": "{ hello", "extensions": persisted("{ hello") });
    let (_, answer) = server.send(broken).await;
    let code = &answer["errors"][0]["extensions"]["code"];
    assert_eq!(code, "GRAPHQL_PARSE_FAILED");
    let (_, answer) = server
        .send(json!({ "extensions": persisted("{ hello") }))
        .await;
    let code = &answer["errors"][0]["extensions"]["code"];
    assert_eq!(code, "PERSISTED_QUERY_NOT_FOUND");
}

#[tokio::test]
async fn works_by_get_for_queries_and_never_for_mutations() {
    let server = Server::start().await;
    let query = "{ hello }";
    let extensions = persisted(query).to_string();
    let bare = [("extensions", extensions.as_str())];
    let answered = by_get(&server, &bare).send().await.unwrap();
    assert_eq!(answered.status(), 400);
    let whole = [("query", query), ("extensions", extensions.as_str())];
    assert_eq!(by_get(&server, &whole).send().await.unwrap().status(), 200);
    let answered = by_get(&server, &bare).send().await.unwrap();
    let answer: Value = answered.json().await.unwrap();
    assert_eq!(answer["data"]["hello"], "hello anyone");

    let change = "mutation { add(text: \"a\") }";
    let body = json!({ "query": change, "extensions": persisted(change) });
    assert_eq!(server.send(body).await.0, 200);
    let extensions = persisted(change).to_string();
    let answered = by_get(&server, &[("extensions", &extensions)]).send().await;
    assert_eq!(answered.unwrap().status(), 405);
}

#[tokio::test]
async fn each_tenant_has_its_own() {
    let server = Server::start().await;
    let body = json!({ "query": "{ hello }", "extensions": persisted("{ hello }") });
    assert_eq!(server.send(body).await.0, 200);
    let bare = json!({ "extensions": persisted("{ hello }") }).to_string();
    let stranger = server.post(bare).header("authorization", "Bearer other");
    let response = stranger.send().await.unwrap();
    assert_eq!(response.status(), 400);
}

#[tokio::test]
async fn works_over_a_socket_and_an_event_stream() {
    let server = Server::start().await;
    let text = "subscription { events(after: \"0\") { position text } }";
    server.log.add("one");
    let subscribe =
        |id: &str, payload: Value| json!({ "type": "subscribe", "id": id, "payload": payload });
    let mut socket = server.ready().await;
    let bare = json!({ "extensions": persisted(text) });
    socket.send(subscribe("1", bare.clone())).await;
    let answer = socket.receive().await;
    assert_eq!(answer["type"], "error");
    assert_eq!(answer["payload"][0]["message"], "PersistedQueryNotFound");
    let whole = json!({ "query": text, "extensions": persisted(text) });
    for (id, payload) in [("2", whole), ("3", bare.clone())] {
        socket.send(subscribe(id, payload)).await;
        let answer = socket.receive().await;
        assert_eq!(answer["id"], id);
        assert_eq!(answer["payload"]["data"]["events"]["text"], "one");
    }
    let request = server.http.post(server.stream_url()).json(&bare);
    let response = request.header("accept", "text/event-stream").send().await;
    let mut response = response.unwrap();
    assert_eq!(response.status(), 200);
    let mut text = String::new();
    while !text.contains("\"text\":\"one\"") {
        let chunk = response.chunk().await.unwrap().expect("the stream ended");
        text += std::str::from_utf8(&chunk).unwrap();
    }
}
