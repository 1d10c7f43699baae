//! How soon is an event proved to be in a tree of a million, over HTTP?
//!
//! Ours: `GET /audit/<tenant>/proof?event=` by four auditors at once, for events anywhere in the
//! tree; every hundredth proof is verified. The other: the newest checkpoint, which is one row.
#![expect(
    clippy::indexing_slicing,
    clippy::unwrap_used,
    reason = "a benchmark stops at the first thing it does not expect"
)]

use std::sync::Arc;
use std::time::Instant;

use daybook_audit::proof::Proof;
use daybook_audit::tree::leaf_hash;
use daybook_domain::tenancy::public::{Permission, Role};
use daybook_store::{HistoryFilter, Recorded, leaf_of};
use daybook_tests::measure::{Report, Times, say};
use daybook_tests::registrations::fill;
use daybook_tests::{Business, Client, Setup};
use futures::StreamExt;
use serde_json::json;
use sqlx::{Connection, Executor, PgConnection};

const EVENTS: usize = 1_000_000;
/// Clients registered in one batch of the set-up.
const BATCH: usize = 200;
const PROOFS: usize = 4_000;
const AUDITORS: usize = 4;
const TARGET_MS: f64 = 10.0;

#[tokio::main]
async fn main() {
    let app = Setup::default().start().await;
    let business = Business::found(app.store(), &[Role::Owner]).await;
    let begun = Instant::now();
    let tenant = business.tenant_id;
    fill(app.store(), &[tenant], (EVENTS, BATCH)).await;
    let key = business.key_for([Permission::AuditRead].into()).await;
    let client = app.client(&key);
    let path = format!("/audit/{}", business.subdomain);
    let size = sealed(&client, &path).await;
    // A million clients are rows, too, and the server looks after all of it for a minute and writes it
    // to the disk: who asks meanwhile measures those.
    app.caught_up().await;
    let mut server = PgConnection::connect(&app.database).await.unwrap();
    for duty in ["vacuum", "checkpoint"] {
        server.execute(duty).await.unwrap();
    }
    let took = begun.elapsed().as_secs();
    say(&format!("{size} events appended and sealed in {took} s"));
    let keys = client.get(&format!("{path}/keys")).await.text;
    let keys: Arc<[_]> = keys.lines().map(|line| line.parse().unwrap()).collect();
    let events = Arc::new(some_events(&business, size).await);
    let origin = format!("localhost/audit/{tenant}");
    let checkpoints = Times::new(ask(&client, |_| format!("{path}/checkpoint"), |_, _| ()).await);
    let of = |n: usize| format!("{path}/proof?event={}", events[n % events.len()].event_id);
    let check = |n: usize, text: &str| {
        let proof: Proof = text.parse().unwrap();
        let leaf = leaf_hash(&leaf_of(&events[n % events.len()]));
        let checkpoint = proof.verify(&leaf, &origin, &keys).unwrap();
        assert!(checkpoint.size >= size);
    };
    let proofs = Times::new(ask(&client, of, check).await);
    let p99 = proofs.percentile_ms(99.0);
    app.stop().await;
    let report = Report {
        bench: "prove",
        ours: proofs.summary(),
        other: checkpoints.summary(),
        ratio: json!({}),
        targets: json!({ "p99_ms": format!("< {TARGET_MS}") }),
        met: p99 < TARGET_MS,
    };
    report.print();
}

/// Waits until everything is sealed; how much that is.
async fn sealed(client: &Client, path: &str) -> u64 {
    loop {
        let checkpoint = client.get(&format!("{path}/checkpoint")).await;
        let size = checkpoint.text.lines().nth(1).unwrap_or_default();
        match size.parse::<u64>() {
            Ok(size) if usize::try_from(size).unwrap() >= EVENTS => return size,
            Ok(_) | Err(_) => tokio::time::sleep(std::time::Duration::from_millis(250)).await,
        }
    }
}

/// Events from everywhere in the log.
async fn some_events(business: &Business, size: u64) -> Vec<Recorded> {
    let filter = HistoryFilter::default();
    let mut events = Vec::new();
    let step = i64::try_from(size).unwrap() / i64::try_from(PROOFS).unwrap();
    for n in 0..i64::try_from(PROOFS).unwrap() {
        // A stride that is no multiple of a tile's width.
        let after = (n * 7_919) % i64::try_from(PROOFS).unwrap() * step;
        let page = business
            .store
            .history(business.tenant_id, after, &filter, 1);
        events.extend(page.await.unwrap().events);
    }
    events
}

/// Asks by several auditors at once; how long each answer took, in microseconds.
async fn ask(
    client: &Client,
    path: impl Fn(usize) -> String,
    check: impl Fn(usize, &str),
) -> Vec<u64> {
    let (path, check) = (&path, &check);
    let asking = futures::stream::iter(0..PROOFS).map(|n| async move {
        let begun = Instant::now();
        let answer = client.get(&path(n)).await;
        let took = begun.elapsed();
        assert_eq!(answer.status, 200, "{}", answer.text);
        if n % 100 == 0 {
            check(n, &answer.text);
        }
        u64::try_from(took.as_micros()).unwrap()
    });
    asking.buffer_unordered(AUDITORS).collect().await
}
