//! Are the numbers there by which an installation is watched?

use std::time::Duration;

use daybook_tests::{Client, Process, database, daybook, run};
use serde_json::{Value, json};

use crate::export::attack;

/// What a running installation is promised to tell, while business is done and somebody watches.
const PROMISED: [&str; 21] = [
    "daybook_append_batch_commands_count",
    "daybook_append_seconds_count",
    "daybook_build_info",
    "daybook_events_appended_total",
    "daybook_graphql_operations_total",
    "daybook_graphql_seconds_count",
    "daybook_http_connections",
    "daybook_http_requests_total",
    "daybook_http_seconds_count",
    "daybook_pool_connections_busy",
    "daybook_pool_connections_max",
    "daybook_pool_connections_open",
    "daybook_projection_batch_seconds_count",
    "daybook_reader_at_work",
    "daybook_reader_lag_events",
    "daybook_reader_parked_streams",
    "daybook_seal_checkpoints_total",
    "daybook_seal_events_total",
    "daybook_subscription_groups",
    "daybook_subscription_lag_results_count",
    "daybook_subscriptions_open",
];

/// The promised numbers that the text does not hold; each line is `name{labels} value`.
fn missing(text: &str) -> Vec<&'static str> {
    let told = text.lines().filter(|line| !line.starts_with('#'));
    let named: Vec<&str> = told
        .filter_map(|line| line.split(['{', ' ']).next())
        .collect();
    let is_missing = |name: &&&str| !named.contains(*name);
    PROMISED.iter().filter(is_missing).copied().collect()
}

#[test]
fn a_business_is_seen_in_its_numbers() {
    run(async {
        let data = tempfile::tempdir().unwrap();
        let mut up = Process::start(&mut daybook(data.path(), &["up", "--demo"], &[]));
        let base = format!("http://{}", up.ready());
        let demo = std::fs::read_to_string(data.path().join("demo.json")).unwrap();
        let demo: Value = serde_json::from_str(&demo).unwrap();
        let program = Client::new(&base, demo["tenants"][0]["apiKey"].as_str());
        let watched = "subscription { clientsLive { kind } }";
        let mut stream = program.stream(watched, json!({}), None).await;
        stream.next().await;
        program
            .mutate(
                "clientRegister",
                json!({ "name": "Counted" }),
                "client { id }",
            )
            .await;
        let stranger = Client::new(&base, None);
        let mut text = String::new();
        for _ in 0..200 {
            text = stranger.get("/metrics").await.text;
            if missing(&text).is_empty() {
                break;
            }
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
        assert_eq!(missing(&text), [""; 0], "{text}");
        let open = text
            .lines()
            .find(|line| line.starts_with("daybook_subscriptions_open"));
        assert!(open.is_some_and(|line| line.ends_with(" 1")), "{open:?}");
        drop(stream);
        up.interrupt();
        assert_eq!(up.ends().code(), Some(0), "{}", up.log());
    });
}

#[test]
fn a_reader_that_is_gone_has_no_numbers_any_more() {
    run(async {
        let url = database().await;
        let data = tempfile::tempdir().unwrap();
        let variables = [("DATABASE_URL", url.as_str())];
        let mut up = Process::start(&mut daybook(data.path(), &["up"], &variables));
        let stranger = Client::new(&format!("http://{}", up.ready()), None);
        let told = async || {
            let text = stranger.get("/metrics").await.text;
            let mut lines = text.lines();
            let line = lines.find(|it| {
                it.starts_with("daybook_reader_at_work") && it.contains("reader=\"a former one\"")
            });
            line.and_then(|it| it.rsplit(' ').next()).map(str::to_owned)
        };
        assert_eq!(told().await, None);
        attack(
            &url,
            "insert into readers (name, generation, version, state, log_position) \
             values ('a former one', 1, 1, 'live', 0)",
        )
        .await;
        assert_eq!(told().await.as_deref(), Some("0"));
        attack(&url, "delete from readers where name = 'a former one'").await;
        assert_eq!(told().await.as_deref(), Some("NaN"));
        up.interrupt();
        assert_eq!(up.ends().code(), Some(0), "{}", up.log());
    });
}
