//! Does a live list show what there is, and then what changes?

use std::collections::BTreeSet;

use daybook_domain::privacy::consent::{Give, Purpose, consent_id};
use daybook_domain::tenancy::public::Role;
use daybook_tests::{Business, Client, Heard, Socket, TestApp, id_of, run, shared};
use serde_json::{Value, json};
use sqlx::{Connection, PgConnection};

const CLIENTS: &str = "subscription($after: Position) {
    clientsLive(filter: { statusIn: [ACTIVE] }, after: $after) {
        kind position id client { id name status } } }";
const INVOICES: &str = "subscription($after: Position) {
    invoicesLive(after: $after) { kind position id invoice { id status } } }";

async fn watch(client: &Client, document: &str, after: Option<&Value>) -> Socket {
    let mut socket = client.socket().await;
    socket
        .subscribe("1", document, json!({ "after": after }))
        .await;
    socket
}

/// The entries up to the one of this kind, which is the last of them.
async fn until_kind(socket: &mut Socket, kind: &str) -> Vec<Value> {
    let mut entries = Vec::new();
    loop {
        let mut data = socket.result().await;
        let entry = data
            .as_object_mut()
            .unwrap()
            .values_mut()
            .next()
            .unwrap()
            .take();
        let is_it = entry["kind"] == json!(kind);
        entries.push(entry);
        if is_it {
            return entries;
        }
    }
}

fn kinds(entries: &[Value]) -> Vec<&str> {
    entries
        .iter()
        .map(|it| it["kind"].as_str().unwrap())
        .collect()
}

async fn issue(client: &Client, buyer: &Value) -> Value {
    let input = json!({
        "clientId": buyer,
        "lines": [{ "description": "Lamp", "quantity": "1", "unitPrice": "10" }],
    });
    client.mutate("invoiceIssue", input, "invoice { id }").await
}

#[test]
fn a_live_list_begins_with_what_there_is_and_goes_on_with_what_changes() {
    run(async {
        let app = shared().await;
        let business = Business::found(app.store(), &[]).await;
        let client = app.client(&business.key().await);
        for name in ["Ada", "Bob"] {
            client
                .mutate("clientRegister", json!({ "name": name }), "client { id }")
                .await;
        }
        let mut socket = watch(&client, CLIENTS, None).await;
        let opening = until_kind(&mut socket, "CAUGHT_UP").await;
        assert_eq!(kinds(&opening), ["SNAPSHOT", "SNAPSHOT", "CAUGHT_UP"]);
        let names: BTreeSet<&str> = opening[..2]
            .iter()
            .map(|it| it["client"]["name"].as_str().unwrap())
            .collect();
        assert_eq!(names, BTreeSet::from(["Ada", "Bob"]));

        let new = json!({ "name": "Cleo" });
        let new = client.mutate("clientRegister", new, "client { id }").await;
        let id = &new["client"]["id"];
        let entries = until_kind(&mut socket, "UPSERTED").await;
        assert_eq!(kinds(&entries), ["UPSERTED"]);
        assert_eq!((&entries[0]["id"], &entries[0]["client"]["id"]), (id, id));
        assert_eq!(entries[0]["client"]["name"], json!("Cleo"));
        assert_eq!(entries[0]["position"], new["commit"]["position"]);

        let archive = json!({ "clientId": id });
        let archived = client
            .mutate("clientArchive", archive, "client { id }")
            .await;
        let entries = until_kind(&mut socket, "REMOVED").await;
        assert_eq!(
            kinds(&entries),
            ["REMOVED"],
            "whoever fits the filter no longer leaves"
        );
        assert_eq!(
            (&entries[0]["id"], &entries[0]["client"]),
            (id, &Value::Null)
        );
        assert_eq!(entries[0]["position"], archived["commit"]["position"]);
    });
}

#[test]
fn a_live_list_waits_for_no_read_model_but_its_own() {
    run(async {
        let app = TestApp::start().await;
        let business = Business::found(app.store(), &[]).await;
        let client = app.client(&business.key().await);
        let first = business.register("Bob").await;
        // Nobody gets past this reader's checkpoint: the read model stays where it is.
        let mut holder = PgConnection::connect(&app.database).await.unwrap();
        let mut hold = holder.begin().await.unwrap();
        let rows = sqlx::query("select from daybook.readers where name = $1 for update")
            .bind(daybook_projections::privacy::CONSENTS)
            .fetch_all(&mut *hold)
            .await
            .unwrap();
        assert!(!rows.is_empty());
        let give = Give {
            client_id: Some(first),
            purpose: Purpose::parse("newsletter").unwrap(),
            wording: "I want news.".to_owned(),
            source: None,
            at: (business.clock)(),
        };
        let consent = consent_id(first, &give.purpose);
        business.run(consent, give).await;
        let new = json!({ "name": "Ada" });
        let new = client.mutate("clientRegister", new, "client { id }").await;

        let mut socket = watch(&client, CLIENTS, None).await;
        let opening = until_kind(&mut socket, "CAUGHT_UP").await;
        assert_eq!(kinds(&opening), ["SNAPSHOT", "SNAPSHOT", "CAUGHT_UP"]);
        assert_eq!(
            opening[2]["position"], new["commit"]["position"],
            "what the snapshot shows is not told again"
        );
        hold.rollback().await.unwrap();
        drop(socket);
        app.stop().await;
    });
}

#[test]
fn a_live_list_resumes_where_a_client_left_it() {
    run(async {
        let app = shared().await;
        let business = Business::found(app.store(), &[]).await;
        let client = app.client(&business.key().await);
        let buyer = json!({ "name": "Harbour Hotel" });
        let buyer = client
            .mutate("clientRegister", buyer, "client { id }")
            .await;
        let buyer = &buyer["client"]["id"];
        issue(&client, buyer).await;
        let mut socket = watch(&client, INVOICES, None).await;
        let opening = until_kind(&mut socket, "CAUGHT_UP").await;
        assert_eq!(kinds(&opening), ["SNAPSHOT", "CAUGHT_UP"]);
        let seen = opening[1]["position"].clone();
        drop(socket);

        let missed = issue(&client, buyer).await;
        let id = &missed["invoice"]["id"];
        let mut socket = watch(&client, INVOICES, Some(&seen)).await;
        let resumed = until_kind(&mut socket, "CAUGHT_UP").await;
        let (end, changed) = resumed.split_last().unwrap();
        assert!(!changed.is_empty(), "what changed meanwhile is told");
        for entry in changed {
            assert_eq!((&entry["kind"], &entry["id"]), (&json!("UPSERTED"), id));
        }

        let seen = end["position"].as_str().unwrap().parse().unwrap();
        let mut stream = client.stream(INVOICES, json!({}), Some(seen)).await;
        let paid = json!({ "invoiceId": id, "amount": "10", "receivedOn": "2026-11-20" });
        let paid = client
            .mutate("invoiceRecordPayment", paid, "invoice { status }")
            .await;
        loop {
            let frame = stream.next().await.unwrap();
            let entry = &frame.data["data"]["invoicesLive"];
            assert_ne!(
                entry["kind"],
                json!("SNAPSHOT"),
                "told from the beginning again"
            );
            if entry["invoice"]["status"] == json!("PAID") {
                let position = paid["commit"]["position"].as_str().unwrap();
                assert_eq!(frame.id, position.parse().ok(), "the id to come back with");
                return;
            }
        }
    });
}

fn shown_at(entry: &Value) -> u64 {
    entry["position"].as_str().unwrap().parse().unwrap()
}

fn position_of(payload: &Value) -> u64 {
    shown_at(&payload["commit"])
}

#[test]
fn whoever_waits_among_foreign_events_learns_how_far_it_is() {
    run(async {
        let app = shared().await;
        let business = Business::found(app.store(), &[]).await;
        let client = app.client(&business.key().await);
        let buyer = json!({ "name": "Harbour Hotel" });
        let buyer = client
            .mutate("clientRegister", buyer, "client { id }")
            .await;
        let mut list = watch(&client, CLIENTS, None).await;
        until_kind(&mut list, "CAUGHT_UP").await;
        let documents = "subscription($after: Position) {
            events(after: $after, types: [\"crm.*\"]) { position } }";
        let start = json!({ "after": buyer["commit"]["position"] });
        let mut socket = client.socket().await;
        socket.subscribe("1", documents, start.clone()).await;
        let mut stream = client.stream(documents, start, None).await;

        let mut foreign = Value::Null;
        for _ in 0..20 {
            foreign = issue(&client, &buyer["client"]["id"]).await;
        }
        let last = position_of(&foreign);
        loop {
            let told = until_kind(&mut list, "CAUGHT_UP").await;
            let (mark, before) = told.split_last().unwrap();
            // A group may begin a little before its first member, and tell what that knows.
            let is_known = |entry: &Value| shown_at(entry) <= position_of(&buyer);
            assert!(before.iter().all(is_known), "no client has changed since");
            let position = shown_at(mark);
            if position >= last {
                break;
            }
        }
        let mut told = 0;
        while told < last {
            told = beacon(socket.hear().await, told);
        }
        loop {
            let frame = stream.next().await.unwrap();
            assert_eq!((frame.kind.as_str(), &frame.data), ("", &Value::Null));
            if frame.id.unwrap() >= last {
                break;
            }
        }
        // One that did not move is not told again.
        let silence = std::time::Duration::from_secs(4);
        while let Some(heard) = socket.hear_within(silence).await {
            told = beacon(heard, told);
        }
    });
}

/// The position that is told, which is another one each time.
fn beacon(heard: Heard, before: u64) -> u64 {
    let Heard::Beacon(id, position) = heard else {
        panic!("no event was wanted: {heard:?}");
    };
    assert_eq!(id, "1");
    assert!(position > before, "{position} was told again");
    position
}

#[test]
fn a_client_is_told_of_what_was_sent_to_it_and_not_of_what_is_being_prepared() {
    run(async {
        let app = shared().await;
        let business = Business::found(app.store(), &[Role::Client]).await;
        let client = app.client(&business.key().await);
        let buyer = business.members[&Role::Client].client_id.unwrap();
        let buyer = json!(id_of("client", buyer));
        let portal = business.sign_in(&app.base, Role::Client).await;
        let balances = "subscription { clientsLive { kind position client { balances { outstanding { amount } } } } }";
        let mut socket = portal.socket().await;
        socket.subscribe("1", balances, json!({})).await;
        until_kind(&mut socket, "CAUGHT_UP").await;
        let draft = json!({
            "clientId": buyer,
            "lines": [{ "description": "Lamp", "quantity": "1", "unitPrice": "10" }],
        });
        let drafted = client.mutate("invoiceDraft", draft, "invoice { id } commit { position }");
        let drafted = drafted.await;
        issue(&client, &buyer).await;
        let told = until_kind(&mut socket, "UPSERTED").await;
        let position = |it: &Value| it.as_str().unwrap().parse::<i64>().unwrap();
        assert!(
            position(&told.last().unwrap()["position"]) > position(&drafted["commit"]["position"]),
            "{told:?}"
        );
    });
}
