//! What did a client owe at a random position of a log of a million events, over HTTP?
//!
//! Ours: `client(id, asOf: { position }) { balances }` for clients and positions anywhere, by two
//! who ask at once. The other: the same balance as it is now, from the read model.
#![expect(
    clippy::disallowed_methods,
    clippy::float_arithmetic,
    clippy::indexing_slicing,
    clippy::unwrap_used,
    reason = "a benchmark stops at the first thing it does not expect, and is an edge, too"
)]

#[path = "rebuild/lives.rs"]
mod lives;

use std::time::Instant;

use daybook_domain::kernel::{Aggregate, ClientId, InvoiceId};
use daybook_domain::tenancy::public::Role;
use daybook_store::{Actor, Context, Fingerprint};
use daybook_tests::measure::{Report, Times, rounded, say};
use daybook_tests::{Business, Client, TestApp, fresh_id, id_of};
use futures::StreamExt;
use serde_json::{Value, json};
use uuid::Uuid;

use crate::lives::{Life, client_life, invoice_life};

const EVENTS: usize = 1_000_000;
const CLIENTS: usize = 2_000;
/// Events of an invoice from its draft to its last payment.
const INVOICE: usize = 9;
const QUESTIONS: usize = 4_000;
const ASKING: usize = 2;
const TARGET_MS: f64 = 50.0;

const THEN: &str = "query ($id: ID!, $position: Position!) { \
    client(id: $id, asOf: { position: $position }) { balances { balance { amount } outstanding { amount } } } }";
const NOW: &str = "query ($id: ID!) { \
    client(id: $id) { balances { balance { amount } outstanding { amount } } } }";

async fn append<A: Aggregate>(business: &Business, id: Uuid, life: Life<A>) {
    let fingerprint = Fingerprint::of("bench", &id);
    let at = daybook::clock::system();
    let context = Context::new(Actor::System("bench"), Uuid::now_v7(), fingerprint, at);
    let batch = business.store.batch(business.tenant_id, context);
    batch.and_new(id, life).execute().await.unwrap();
}

/// Clients first, then invoices, one for each client in turn, until there are events enough.
async fn fill(business: &Business) -> Vec<ClientId> {
    let clients: Vec<ClientId> = (0..CLIENTS).map(|_| ClientId(fresh_id())).collect();
    let numbered = clients.iter().zip(0_u64..);
    let registering = futures::stream::iter(numbered).map(|(client, n)| async move {
        append(business, client.0, client_life(*client, n)).await;
    });
    registering.buffer_unordered(64).count().await;
    let invoices = (EVENTS - CLIENTS * 7) / INVOICE;
    let drafting = futures::stream::iter(0..invoices).map(|n| {
        let client = clients[n % CLIENTS];
        async move {
            let invoice = InvoiceId(fresh_id());
            let life = invoice_life(invoice, client, u64::try_from(n).unwrap());
            append(business, invoice.0, life).await;
        }
    });
    drafting.buffer_unordered(256).count().await;
    clients
}

/// Asks; how long each answer took, in microseconds.
async fn ask(client: &Client, question: impl Fn(usize) -> Value) -> Vec<u64> {
    let question = &question;
    let asking = futures::stream::iter(0..QUESTIONS).map(|n| async move {
        let body = question(n);
        let begun = Instant::now();
        let answer = client.send(&body).await;
        let took = begun.elapsed();
        assert_eq!(answer.status, 200, "{}", answer.text);
        assert!(answer.body["data"]["client"].is_object(), "{}", answer.text);
        assert!(answer.body["errors"].is_null(), "{}", answer.text);
        u64::try_from(took.as_micros()).unwrap()
    });
    asking.buffer_unordered(ASKING).collect().await
}

#[tokio::main]
async fn main() {
    let app = TestApp::start().await;
    let business = Business::found(app.store(), &[Role::Owner]).await;
    let client = app.client(&business.key().await);
    let begun = Instant::now();
    let clients = fill(&business).await;
    app.caught_up().await;
    let (head, _) = app.store().tenant_head(business.tenant_id).await.unwrap();
    say(&format!(
        "{head} events appended and posted in {} s",
        begun.elapsed().as_secs()
    ));
    // At the end of the log both must say the same.
    for id in clients.iter().step_by(97).map(|id| id_of("client", *id)) {
        let then = client
            .data(THEN, json!({ "id": id, "position": head.to_string() }))
            .await;
        assert_eq!(then, client.data(NOW, json!({ "id": id })).await);
    }
    let who = |n: usize| id_of("client", clients[n * 7_919 % CLIENTS]);
    // Not before the clients are there: a balance of nobody is no work.
    let first = i64::try_from(CLIENTS * 7 + 100).unwrap();
    let when = |n: usize| {
        let step = i64::try_from(n).unwrap() * 104_729;
        (first + step % (head - first)).to_string()
    };
    let now = |n: usize| json!({ "query": NOW, "variables": { "id": who(n) } });
    let then =
        |n: usize| json!({ "query": THEN, "variables": { "id": who(n), "position": when(n) } });
    // Both are warm before they are timed, and have their turns.
    ask(&client, now).await;
    ask(&client, then).await;
    let (mut live, mut past) = (Vec::new(), Vec::new());
    for _ in 0..2 {
        live.extend(ask(&client, now).await);
        past.extend(ask(&client, then).await);
    }
    let (live, past) = (Times::new(live), Times::new(past));
    let p99 = past.percentile_ms(99.0);
    app.stop().await;
    let report = Report {
        bench: "as_of",
        ours: json!({ "events": head, "clients": CLIENTS, "times": past.summary() }),
        other: live.summary(),
        ratio: json!({ "p99_of_live": rounded(p99 / live.percentile_ms(99.0)) }),
        targets: json!({ "p99_ms": format!("< {TARGET_MS}") }),
        met: p99 < TARGET_MS,
    };
    report.print();
}
