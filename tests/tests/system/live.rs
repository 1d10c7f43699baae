//! Does a live screen miss anything, show anything twice, or outlive its rights?

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::time::{Duration, Instant};

use daybook_domain::kernel::TenantId;
use daybook_domain::tenancy::member::{ChangeRole, Remove};
use daybook_domain::tenancy::public::Role;
use daybook_tests::{Business, Client, Heard, PATIENCE, TestApp, run, shared};
use futures::future::join_all;
use serde_json::{Value, json};
use tokio::task::JoinSet;

const EVENTS: &str = "subscription($after: Position) { events(after: $after) { position type } }";

/// Times that subscribers come back, all together.
const RECONNECTS: u64 = 200;
const SUBSCRIBERS: u64 = 8;

/// Rights end within a second, and the tests beside this one may hold it up for another. A right
/// that outlives this has not been heard of at all: tokens last for minutes.
const AT_ONCE: Duration = Duration::from_secs(3);

/// Numbers that look random and are the same in every run.
struct Dice(u64);

impl Dice {
    fn roll(&mut self, below: u64) -> u64 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        self.0 % below
    }
}

fn position_of(event: &Value) -> i64 {
    event["position"].as_str().unwrap().parse().unwrap()
}

/// The events a subscriber gets over a WebSocket until it has `count` of them or nothing comes.
async fn by_socket(client: &Client, after: i64, count: u64) -> Vec<i64> {
    let mut socket = client.socket().await;
    socket
        .subscribe("1", EVENTS, json!({ "after": after.to_string() }))
        .await;
    let mut seen = Vec::new();
    while u64::try_from(seen.len()).unwrap() < count {
        match socket.hear_within(Duration::from_millis(500)).await {
            Some(Heard::Next(_, payload)) => seen.push(position_of(&payload["data"]["events"])),
            None => break,
            Some(other) => panic!("{other:?}"),
        }
    }
    seen
}

/// The same over an event stream, which resumes by `Last-Event-ID`.
async fn by_stream(client: &Client, after: i64, count: u64) -> Vec<i64> {
    let last = u64::try_from(after).unwrap();
    let mut stream = client
        .stream(EVENTS, json!({ "after": "0" }), Some(last))
        .await;
    let mut seen = Vec::new();
    while u64::try_from(seen.len()).unwrap() < count {
        match stream.next_within(Duration::from_millis(500)).await {
            Ok(Some(frame)) => {
                let position = position_of(&frame.data["data"]["events"]);
                assert_eq!(
                    frame.id,
                    u64::try_from(position).ok(),
                    "an event's id is its position"
                );
                seen.push(position);
            }
            Err(_) => break,
            Ok(None) => panic!("the stream ended"),
        }
    }
    seen
}

/// Comes back again and again, anywhere in the middle, and keeps what it has not seen before.
async fn wander(client: Client, seed: u64, done: Arc<AtomicU64>) -> Vec<i64> {
    let mut dice = Dice(seed * 7_919 + 13);
    let mut seen: Vec<i64> = Vec::new();
    for _ in 0..RECONNECTS / SUBSCRIBERS {
        let (last, count) = (seen.last().copied().unwrap_or(0), dice.roll(12));
        let heard = match dice.roll(2) {
            0 => by_socket(&client, last, count).await,
            _ => by_stream(&client, last, count).await,
        };
        assert!(
            heard.is_sorted_by(|a, b| a < b),
            "out of order or doubled: {heard:?}"
        );
        seen.extend(heard.into_iter().filter(|position| *position > last));
        done.fetch_add(1, Ordering::Relaxed);
    }
    seen
}

/// Registers clients until told to stop.
async fn write(client: Client, stop: Arc<AtomicBool>) {
    let mut number = 0;
    while !stop.load(Ordering::Relaxed) {
        let input = json!({ "name": format!("Client {number}") });
        client
            .mutate("clientRegister", input, "client { id }")
            .await;
        number += 1;
    }
}

#[test]
fn nothing_is_lost_or_doubled_over_two_hundred_reconnects() {
    run(async {
        let app = shared().await;
        let business = Business::found(app.store(), &[]).await;
        let client = app.client(&business.key().await);
        let (stop, done) = (
            Arc::new(AtomicBool::new(false)),
            Arc::new(AtomicU64::new(0)),
        );
        let mut writers = JoinSet::new();
        for _ in 0..2 {
            writers.spawn(write(client.clone(), Arc::clone(&stop)));
        }
        let mut wanderers = JoinSet::new();
        for seed in 1..=SUBSCRIBERS {
            wanderers.spawn(wander(client.clone(), seed, Arc::clone(&done)));
        }
        let mut all = Vec::new();
        while let Some(seen) = wanderers.join_next().await {
            all.push(seen.unwrap());
        }
        stop.store(true, Ordering::Relaxed);
        while let Some(written) = writers.join_next().await {
            written.unwrap();
        }
        assert_eq!(done.load(Ordering::Relaxed), RECONNECTS);
        let (head, _) = app.store().tenant_head(business.tenant_id).await.unwrap();
        for mut seen in all {
            // What it has not got to yet it gets at last.
            let last = seen.last().copied().unwrap_or(0);
            let left = u64::try_from(head - last).unwrap();
            seen.extend(by_socket(&client, last, left).await);
            let expected: Vec<i64> = (1..=head).collect();
            assert!(seen == expected, "{} of {head} events", seen.len());
        }
    });
}

#[test]
fn filters_choose_by_type_and_by_thing() {
    run(async {
        let app = shared().await;
        let business = Business::found(app.store(), &[]).await;
        let client = app.client(&business.key().await);
        let new = json!({ "name": "Harbour Hotel" });
        let one = client
            .mutate("clientRegister", new.clone(), "client { id }")
            .await;
        let id = one["client"]["id"].clone();
        let by_type = "subscription { events(after: \"0\", types: [\"crm.client.*\"]) {
            type streamId data } }";
        let by_thing = "subscription($id: ID!) { events(after: \"0\", streamId: $id) {
            type streamId } }";
        let mut typed = client.socket().await;
        typed.subscribe("1", by_type, json!({})).await;
        let mut bound = client.socket().await;
        bound.subscribe("1", by_thing, json!({ "id": id })).await;
        assert_eq!(
            typed.result().await["events"]["type"],
            "crm.client.registered"
        );
        assert_eq!(
            bound.result().await["events"]["type"],
            "crm.client.registered"
        );
        client.mutate("clientRegister", new, "client { id }").await;
        let rename = json!({ "clientId": id, "name": "Quayside Hotel" });
        client
            .mutate("clientChangeDetails", rename, "client { id }")
            .await;
        let event = bound.result().await["events"].take();
        assert_eq!(event["streamId"], id);
        assert_ne!(event["type"], "crm.client.registered");
        assert_eq!(
            typed.result().await["events"]["type"],
            "crm.client.registered"
        );
        assert_eq!(typed.result().await["events"]["streamId"], id);
    });
}

/// A socket with a running subscription to events.
async fn watching(client: &Client) -> daybook_tests::Socket {
    let mut socket = client.socket().await;
    socket.subscribe("1", EVENTS, json!({ "after": "0" })).await;
    socket.result().await;
    socket
}

/// Fails unless the socket is closed with `code` [`AT_ONCE`].
async fn must_close(mut socket: daybook_tests::Socket, code: u16, what: &str) {
    let since = Instant::now();
    assert_eq!(socket.closed().await, code, "{what}");
    let took = since.elapsed();
    assert!(took < AT_ONCE, "{what}: closed after {took:?}");
}

#[test]
fn whoever_loses_their_rights_is_cut_off_within_a_second() {
    run(async {
        let app = shared().await;
        let roles = [Role::Owner, Role::Admin, Role::Manager];
        let business = Business::found(app.store(), &roles).await;
        let at = (business.clock)();

        let admin = business.sign_in(&app.base, Role::Admin).await;
        let socket = watching(&admin).await;
        let member_id = business.members[&Role::Admin].member_id;
        let demote = ChangeRole {
            role: Role::Guest,
            client_id: None,
            by: Role::Owner,
            at,
        };
        business.run(member_id, demote).await;
        must_close(socket, 4403, "a demoted admin").await;
        let answer = admin
            .ask("{ events { nodes { position } } }", json!({}))
            .await;
        assert_eq!(answer.code(), "FORBIDDEN", "{}", answer.text);

        let owner = business.sign_in(&app.base, Role::Owner).await;
        let socket = watching(&owner).await;
        assert_eq!(owner.post("/auth/logout", &json!({})).await.status, 204);
        must_close(socket, 4403, "somebody who signed out").await;
        let answer = owner.ask("{ me { role } }", json!({})).await;
        assert_eq!(answer.status, 401, "{}", answer.text);

        let owner = business.sign_in(&app.base, Role::Owner).await;
        let key = app.client(&business.key().await);
        let socket = watching(&key).await;
        let created = head(app, business.tenant_id).await;
        let keys = owner.data_at(created, "{ apiKeys { nodes { id } } }").await;
        let revoke = json!({ "apiKeyId": keys["apiKeys"]["nodes"][0]["id"] });
        owner.mutate("apiKeyRevoke", revoke, "apiKey { id }").await;
        must_close(socket, 4403, "a revoked key").await;
        assert_eq!(key.ask("{ tenant { id } }", json!({})).await.status, 401);

        let manager = business.sign_in(&app.base, Role::Manager).await;
        let mut socket = manager.socket().await;
        let clients = "subscription { clientsLive { position } }";
        socket.subscribe("1", clients, json!({})).await;
        let member_id = business.members[&Role::Manager].member_id;
        business
            .run(
                member_id,
                Remove {
                    by: Role::Owner,
                    at,
                },
            )
            .await;
        must_close(socket, 4403, "a removed member").await;
        assert_eq!(
            manager
                .ask("{ clients { totalCount } }", json!({}))
                .await
                .status,
            401
        );
    });
}

#[test]
fn rights_that_change_elsewhere_count_here_within_a_second() {
    run(async {
        let here = TestApp::start().await;
        let there = here.join(daybook::Duty::Api).await;
        let business = Business::found(here.store(), &[Role::Admin]).await;
        let admin = business.sign_in(&there.base, Role::Admin).await;
        let socket = watching(&admin).await;
        let demote = ChangeRole {
            role: Role::Member,
            client_id: None,
            by: Role::Owner,
            at: (business.clock)(),
        };
        business
            .run(business.members[&Role::Admin].member_id, demote)
            .await;
        must_close(socket, 4403, "a member demoted on another node").await;
        let since = Instant::now();
        while admin
            .ask("{ events { nodes { position } } }", json!({}))
            .await
            .code()
            != "FORBIDDEN"
        {
            assert!(since.elapsed() < AT_ONCE, "still an admin there");
        }
        there.stop().await;
        here.stop().await;
    });
}

/// Appends many events by few commands.
async fn pour(business: &Business, count: usize) {
    let names = (0..count).map(|number| format!("Client {number}"));
    let register = |name: String| async move { business.register(&name).await };
    let all: Vec<_> = names.map(register).collect();
    join_all(all).await;
}

#[test]
fn a_slow_client_is_never_skipped_and_slows_nobody_else() {
    run(async {
        let app = shared().await;
        let business = Business::found(app.store(), &[]).await;
        let client = app.client(&business.key().await);
        let document =
            "subscription { events(after: \"0\") { position type data actor leafHash } }";
        let mut slow = client.socket().await;
        slow.subscribe("1", document, json!({})).await;
        let mut quick = client.socket().await;
        quick.subscribe("1", document, json!({})).await;
        let (first, _) = app.store().tenant_head(business.tenant_id).await.unwrap();
        let head = first + 6_000;
        let pouring = async {
            for _ in 0..30 {
                pour(&business, 200).await;
            }
            Instant::now()
        };
        // It reads all the time: who reads nothing for ten seconds is sent away.
        let reading = async {
            let mut position = 0;
            while position < head {
                let next = position_of(&quick.result().await["events"]);
                assert_eq!(next, position + 1);
                position = next;
            }
        };
        let (poured, ()) = tokio::join!(pouring, reading);
        assert!(
            poured.elapsed() < PATIENCE / 2,
            "the quick one waited for the slow one"
        );
        // Now the slow one reads, at last: all of it, over as many sockets as it takes.
        let mut position = 0;
        let mut sockets = 1;
        while position < head {
            match slow.hear().await {
                Heard::Next(_, payload) => {
                    let next = position_of(&payload["data"]["events"]);
                    assert_eq!(next, position + 1, "skipped");
                    position = next;
                }
                Heard::Closed(code) => {
                    assert_eq!(code, 1013, "sent away with the wrong code");
                    sockets += 1;
                    assert!(sockets < 10, "sent away for ever");
                    slow = client.socket().await;
                    let after = json!({ "after": position.to_string() });
                    let resumed = document.replace("(after: \"0\")", "(after: $after)");
                    let resumed = resumed.replace("subscription", "subscription($after: Position)");
                    slow.subscribe("1", &resumed, after).await;
                }
                other => panic!("{other:?}"),
            }
        }
    });
}

async fn head(app: &TestApp, tenant: TenantId) -> i64 {
    app.store().tenant_head(tenant).await.unwrap().0
}
