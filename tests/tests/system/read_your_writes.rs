//! Does a client see what it just did, on whichever node it asks?

use daybook::Duty;
use daybook_tests::{Answer, Business, Client, Setup, TestApp, run};
use serde_json::{Value, json};

const ROUNDS: i32 = 300;

/// What another node says about a client, as of a position.
async fn look(client: &Client, id: &Value, position: &Value) -> Answer {
    let document = "query($id: ID!) { client(id: $id) { name version } clients { totalCount } }";
    let body = json!({
        "query": document,
        "variables": { "id": id },
        "extensions": { "consistency": { "minPosition": position, "timeoutMs": 5000 } },
    });
    client.send(&body).await
}

#[test]
fn another_node_never_answers_from_before_the_position_it_is_given() {
    run(async {
        let first = TestApp::start().await;
        let second = first.join(Duty::Api).await;
        let business = Business::found(first.store(), &[]).await;
        let here = first.client(&business.key().await);
        let there = here.at(&second.base);
        for round in 0..ROUNDS / 2 {
            // The two take turns, so that each reads what the other wrote.
            let (writer, reader) = if round % 2 == 0 {
                (&here, &there)
            } else {
                (&there, &here)
            };
            let input = json!({ "name": format!("Client {round}") });
            let new = writer
                .mutate("clientRegister", input, "client { id }")
                .await;
            let id = &new["client"]["id"];
            let seen = look(reader, id, &new["commit"]["position"]).await;
            let data = seen
                .clone()
                .into_data("a client that was registered elsewhere");
            assert_eq!(data["client"]["name"], json!(format!("Client {round}")));
            assert_eq!(data["clients"]["totalCount"], json!(round + 1));
            let reached: i64 = new["commit"]["position"].as_str().unwrap().parse().unwrap();
            assert!(
                seen.position() >= reached,
                "the answer's own position is behind"
            );
            let input = json!({ "clientId": id, "name": format!("Renamed {round}") });
            let renamed = writer
                .mutate("clientChangeDetails", input, "client { name }")
                .await;
            let seen = look(reader, id, &renamed["commit"]["position"]).await;
            let data = seen.into_data("a client that was renamed elsewhere");
            assert_eq!(data["client"]["name"], json!(format!("Renamed {round}")));
            assert_eq!(data["client"]["version"], renamed["commit"]["version"]);
        }
        second.stop().await;
        first.stop().await;
    });
}

#[test]
fn the_position_can_be_asked_for_by_header_too() {
    run(async {
        let app = daybook_tests::shared().await;
        let business = Business::found(app.store(), &[]).await;
        let client = app.client(&business.key().await);
        let input = json!({ "name": "Harbour Hotel" });
        let new = client
            .mutate("clientRegister", input, "client { id }")
            .await;
        let position = new["commit"]["position"].as_str().unwrap();
        let body = json!({ "query": "{ clients { totalCount } }" });
        let request = client.graphql(&body).header("x-min-position", position);
        let answer: Value = request.send().await.unwrap().json().await.unwrap();
        assert_eq!(answer["data"]["clients"]["totalCount"], json!(1));
        for bad in ["-1", "x", "1.5"] {
            let request = client.graphql(&body).header("x-min-position", bad);
            assert_eq!(
                request.send().await.unwrap().status().as_u16(),
                400,
                "{bad}"
            );
        }
    });
}

#[test]
fn what_is_not_shown_yet_is_said_to_be_and_is_not_lost() {
    run(async {
        let setup = Setup::answering_alone().await;
        let app = setup.start().await;
        let business = Business::found(app.store(), &[]).await;
        let client = app.client(&business.key().await);
        let mutation = Client::mutation(
            "clientRegister",
            json!({ "name": "Early" }),
            "client { name }",
        );
        let early = client.send(&mutation).await;
        assert_eq!(early.status, 503, "{}", early.text);
        assert_eq!(early.code(), "CONSISTENCY_TIMEOUT");
        assert_eq!(
            early.body["errors"][0]["extensions"]["retryable"],
            json!(true)
        );
        assert!(!early.header("retry-after").is_empty());
        let (position, _) = app.store().tenant_head(business.tenant_id).await.unwrap();
        let body = json!({
            "query": "{ clients { totalCount } }",
            "extensions": { "consistency": {
                "minPosition": position.to_string(), "timeoutMs": 200,
            } },
        });
        // One field of a query fails alone: the rest of an answer is good, so its status is, too.
        let stale = client.send(&body).await;
        assert_eq!(stale.status, 200, "{}", stale.text);
        assert_eq!(stale.code(), "CONSISTENCY_TIMEOUT");
        assert_eq!(stale.body["data"], json!({ "clients": null }));
        assert!(!stale.header("retry-after").is_empty());
        let worker = app.join(Duty::Everything).await;
        let late = client
            .send(&mutation)
            .await
            .into_data("the same command once more");
        assert_eq!(late["clientRegister"]["commit"]["replayed"], json!(true));
        assert_eq!(late["clientRegister"]["client"]["name"], json!("Early"));
        let all = client
            .send(&body)
            .await
            .into_data("what was asked for in vain");
        assert_eq!(all["clients"]["totalCount"], json!(1));
        worker.stop().await;
        app.stop().await;
    });
}
