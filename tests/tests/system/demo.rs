//! Does a newcomer's first command work, and its repetition, and its end?

use std::path::Path;

use chrono::TimeDelta;
use daybook_tests::{Client, Process, daybook, is_alive, run, until};
use serde_json::{Value, json};

const ROLES: [&str; 6] = ["owner", "admin", "manager", "member", "guest", "client"];

fn demo(data: &Path) -> Value {
    serde_json::from_str(&std::fs::read_to_string(data.join("demo.json")).unwrap()).unwrap()
}

/// What there is in a tenant, and how many events it took.
async fn inventory(base: &str, tenant: &Value) -> Value {
    let client = Client::new(base, tenant["apiKey"].as_str());
    let document = "{ clients { totalCount } invoices { totalCount } members { totalCount }
        paid: invoices(filter: { statusIn: [PAID] }) { totalCount }
        revenue(by: WHOLE) { total { amount currency } } }";
    let answer = client.ask(document, json!({})).await;
    let position = answer.position();
    let mut data = answer.into_data("the demo's inventory");
    data["position"] = json!(position);
    data
}

/// Waits until every invoice that is past its day is marked so: timers write events of their own.
async fn overdue_are_marked(base: &str, tenant: &Value) {
    let client = Client::new(base, tenant["apiKey"].as_str());
    let yesterday = (daybook::clock::system() - TimeDelta::days(1)).date_naive();
    let document = "query($day: Date!) { late: invoices(filter: {
        statusIn: [SENT, PARTIALLY_PAID], dueUntil: $day }) { totalCount } }";
    until("overdue invoices are marked", || async {
        let answer = client.ask(document, json!({ "day": yesterday })).await;
        answer.into_data("late invoices")["late"]["totalCount"] == json!(0)
    })
    .await;
}

/// As somebody does who tries things out.
async fn erase_a_client(base: &str, tenant: &Value) {
    let owner = &tenant["members"]["owner"];
    let input = json!({
        "email": owner["email"], "password": owner["password"], "tenant": tenant["subdomain"],
    });
    let answer = Client::new(base, None).post("/auth/login", &input).await;
    let owner = Client::new(base, answer.body["accessToken"].as_str());
    let found = owner.ask("{ clients { nodes { id } } }", json!({})).await;
    let found = found.into_data("the demo's clients");
    let input = json!({ "id": found["clients"]["nodes"][0]["id"] });
    let erased = owner
        .mutate("dataSubjectErase", input, "dataSubject { status }")
        .await;
    assert_eq!(erased["dataSubject"]["status"], "ERASED", "{erased}");
}

#[test]
fn up_with_a_demo_can_be_repeated_and_leaves_nothing_behind() {
    run(async {
        let data = tempfile::tempdir().unwrap();
        let mut up = Process::start(&mut daybook(data.path(), &["up", "--demo"], &[]));
        let base = format!("http://{}", up.ready());
        let first = demo(data.path());
        assert_eq!(first["graphql"], json!(format!("{base}/graphql")));
        assert_eq!(first["rest"], json!(base));
        let tenants = first["tenants"].as_array().unwrap();
        assert_eq!(tenants.len(), 2);
        let mut inventories = Vec::new();
        for tenant in tenants {
            for role in ROLES {
                let member = &tenant["members"][role];
                let input = json!({
                    "email": member["email"], "password": member["password"],
                    "tenant": tenant["subdomain"],
                });
                let answer = Client::new(&base, None).post("/auth/login", &input).await;
                assert_eq!(answer.status, 200, "{role}: {}", answer.text);
                assert_eq!(answer.body["tenant"]["role"], json!(role));
                assert_eq!(answer.body["tenant"]["id"], tenant["id"]);
            }
            overdue_are_marked(&base, tenant).await;
            let found = inventory(&base, tenant).await;
            for what in ["clients", "invoices", "members", "paid"] {
                assert!(
                    found[what]["totalCount"].as_i64().unwrap() > 4,
                    "{what}: {found}"
                );
            }
            inventories.push(found);
        }
        let postgres =
            std::fs::read_to_string(data.path().join("postgres/server/data/postmaster.pid"));
        let postgres: u32 = postgres.unwrap().lines().next().unwrap().parse().unwrap();
        up.interrupt();
        assert_eq!(up.ends().code(), Some(0), "{}", up.log());
        until("PostgreSQL has ended", || async { !is_alive(postgres) }).await;

        let mut up = Process::start(&mut daybook(data.path(), &["up", "--demo"], &[]));
        let base = format!("http://{}", up.ready());
        let second = demo(data.path());
        assert_eq!(second["tenants"], first["tenants"]);
        for (tenant, before) in second["tenants"]
            .as_array()
            .unwrap()
            .iter()
            .zip(&inventories)
        {
            assert_eq!(inventory(&base, tenant).await, *before);
        }
        erase_a_client(&base, &second["tenants"][0]).await;
        up.interrupt();
        assert_eq!(up.ends().code(), Some(0), "{}", up.log());

        let mut up = Process::start(&mut daybook(data.path(), &["up", "--demo"], &[]));
        up.ready();
        assert_eq!(demo(data.path())["tenants"], first["tenants"]);
        up.interrupt();
        assert_eq!(up.ends().code(), Some(0), "{}", up.log());
    });
}
