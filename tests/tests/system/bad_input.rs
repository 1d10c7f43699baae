//! Does anything a stranger sends bring the server down, or make it slow?
//!
//! The transports' own tests go through all of it over a toy schema; here the real one is asked.

use std::time::{Duration, Instant};

use daybook_domain::tenancy::public::Role;
use daybook_tests::{Answer, Business, Client, run, shared};
use reqwest::Method;
use serde_json::{Value, json};

/// What is refused must be refused quickly, even by a debug build on a busy machine.
const QUICK: Duration = Duration::from_millis(1_500);

async fn somebody() -> Client {
    let app = shared().await;
    let business = Business::found(app.store(), &[]).await;
    business.sign_in(&app.base, Role::Owner).await
}

async fn must_live(client: &Client) {
    let answer = client.ask("{ me { role } }", json!({})).await;
    assert_eq!(answer.status, 200, "{}", answer.text);
}

fn fragments(count: u32) -> String {
    let mut text = String::from("{ ...F0 }");
    for n in 0..count {
        let next = n + 1;
        text.push_str(&format!(
            " fragment F{n} on Query {{ ...F{next} ...F{next} }}"
        ));
    }
    text + &format!(" fragment F{count} on Query {{ __typename }}")
}

#[test]
fn documents_that_would_kill_others_are_refused_in_milliseconds() {
    run(async {
        let client = somebody().await;
        let aliases: String = (0..101).map(|n| format!("a{n}: __typename ")).collect();
        let deep_selection = format!(
            "{{ invoices {}id{} }}",
            "{ nodes { client { invoices ".repeat(20),
            "} } } ".repeat(20)
        );
        let directives = "@skip(if: false) ".repeat(1_000);
        for (name, document) in [
            (
                "5 KB of brackets",
                format!("{{ node(id: {} ", "[".repeat(5_000)),
            ),
            (
                "5 KB of braces",
                format!("{{ clients(filter: {} ", "{a:".repeat(1_700)),
            ),
            ("a fragment bomb", fragments(26)),
            (
                "a fragment cycle",
                "{ ...A } fragment A on Query { ...A }".to_owned(),
            ),
            ("101 aliases", format!("{{ {aliases} }}")),
            ("deep recursion", deep_selection),
            ("1,000 directives", format!("{{ __typename {directives} }}")),
            (
                "20,000 tokens",
                format!("{{ {} }}", "__typename ".repeat(20_000)),
            ),
            (
                "too many of a page",
                "{ clients(first: 101) { nodes { id } } }".to_owned(),
            ),
            (
                "a negative page",
                "{ clients(first: -1) { nodes { id } } }".to_owned(),
            ),
            (
                "an endless page",
                "{ clients(first: 2147483647) { nodes { id } } }".to_owned(),
            ),
            (
                "an unknown field",
                "{ clients { nodes { id secrets } } }".to_owned(),
            ),
            ("an unknown operation", "{ everything }".to_owned()),
            ("no GraphQL", "drop table events".to_owned()),
            ("nothing", String::new()),
        ] {
            let since = Instant::now();
            let answer = client.ask(&document, json!({})).await;
            let took = since.elapsed();
            assert!(
                (400..500).contains(&answer.status),
                "{name}: {}",
                answer.text
            );
            assert!(answer.body.get("data").is_none(), "{name}: {}", answer.text);
            assert!(!answer.code().is_empty(), "{name}: {}", answer.text);
            assert!(took < QUICK, "{name} took {took:?}");
            must_live(&client).await;
        }
    });
}

#[test]
fn envelopes_that_are_none_are_refused() {
    run(async {
        let client = somebody().await;
        let post = |kind: &'static str, body: String| {
            let request = client.request(Method::POST, "/graphql").body(body);
            async move {
                let response = request.header("content-type", kind).send().await.unwrap();
                Answer::try_read(response).await.unwrap()
            }
        };
        let query = json!({ "query": "{ __typename }" });
        let json_type = "application/json";
        let deep = format!(
            "{{\"query\":\"{{ __typename }}\",\"variables\":{{\"a\":{}",
            "[".repeat(100_000)
        );
        for (name, kind, body, status) in [
            ("a batch", json_type, json!([query, query]).to_string(), 400),
            (
                "a form",
                "application/x-www-form-urlencoded",
                "query={__typename}".into(),
                415,
            ),
            ("plain text", "text/plain", query.to_string(), 415),
            (
                "a file",
                "multipart/form-data; boundary=x",
                "--x--".into(),
                415,
            ),
            ("half of an object", json_type, "{\"query\":".into(), 400),
            ("deep variables", json_type, deep, 400),
            ("nothing", json_type, String::new(), 400),
            (
                "300 KB",
                json_type,
                format!("{{\"query\":\"{}\"}}", "a".repeat(300_000)),
                413,
            ),
        ] {
            let answer = post(kind, body).await;
            assert_eq!(answer.status, status, "{name}: {}", answer.text);
            must_live(&client).await;
        }
        let wide: Vec<Value> = (0..20_000).map(Value::from).collect();
        let body = json!({ "query": "query($ids: [ID!]!) { nodes(ids: $ids) { id } }",
            "variables": { "ids": wide } });
        let answer = client.send(&body).await;
        assert_eq!(answer.code(), "BAD_USER_INPUT", "{}", answer.text);
        assert!(answer.body["data"].is_null(), "{}", answer.text);
        must_live(&client).await;
    });
}

#[test]
fn a_mutation_by_get_does_nothing() {
    run(async {
        let client = somebody().await;
        let mutation = Client::mutation(
            "clientRegister",
            json!({ "name": "By GET" }),
            "client { id }",
        );
        let parameters = [
            ("query", mutation["query"].as_str().unwrap()),
            ("variables", &mutation["variables"].to_string()),
        ];
        let url = reqwest::Url::parse_with_params("http://x/graphql", parameters).unwrap();
        let path = format!("/graphql?{}", url.query().unwrap());
        let response = client.request(Method::GET, &path).send().await.unwrap();
        assert_eq!(response.headers()["allow"], "POST");
        assert_eq!(response.status().as_u16(), 405);
        let all = client.data("{ clients { totalCount } }", json!({})).await;
        assert_eq!(all["clients"]["totalCount"], json!(0));
        let page = client.get("/graphql?query=%7B__typename%7D").await;
        assert_eq!(
            page.into_data("a query by GET")["__typename"],
            json!("Query")
        );
    });
}

#[test]
fn inputs_with_unknown_or_wrong_fields_do_nothing() {
    run(async {
        let client = somebody().await;
        for input in [
            json!({ "name": "A", "isAdmin": true }),
            json!({ "name": 7 }),
            json!({}),
            json!({ "name": null }),
            json!({ "name": "A", "commandId": "not an id" }),
            json!({ "name": ["A"] }),
        ] {
            let answer = client
                .send(&Client::mutation(
                    "clientRegister",
                    input.clone(),
                    "client { id }",
                ))
                .await;
            assert_eq!(answer.code(), "BAD_USER_INPUT", "{input}: {}", answer.text);
            assert!(answer.body["data"].is_null(), "{input}: {}", answer.text);
        }
        let secret = client.ask("{ me { role passwordHash } }", json!({})).await;
        assert_eq!(secret.code(), "GRAPHQL_VALIDATION_FAILED");
        assert!(!secret.text.contains("Did you mean"), "{}", secret.text);
        let all = client.data("{ clients { totalCount } }", json!({})).await;
        assert_eq!(all["clients"]["totalCount"], json!(0));
    });
}
