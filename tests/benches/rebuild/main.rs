//! How fast are the read models of clients and invoices rebuilt from the log?
//!
//! Ours: both projections, as `daybook projections rebuild` builds them, from a million events of
//! ordinary commands, beside the live generations, until the new ones are live. Other: one connection
//! that reads the same rows and columns of the log, decodes them and does nothing with them.
#![expect(
    clippy::print_stdout,
    clippy::unwrap_used,
    clippy::float_arithmetic,
    clippy::disallowed_methods,
    clippy::indexing_slicing,
    reason = "a benchmark prints figures, and is the edge where time and ids come from"
)]

mod lives;

use std::time::Instant;

use chrono::{DateTime, Utc};
use daybook_domain::kernel::{Aggregate, ClientId, InvoiceId, TenantId};
use daybook_projections::engine::{Positions, Projector, Rebuild};
use daybook_store::vault::MasterKey;
use daybook_store::{Actor, Context, Database, Fingerprint, Store, StoreOptions};
use daybook_tests::measure::{Report, rounded};
use futures::StreamExt;
use serde_json::json;
use sqlx::{Connection, Executor, PgConnection};
use tokio_util::sync::CancellationToken;
use uuid::Uuid;

use crate::lives::{Life, client_life, invoice_life};

const EVENTS: usize = 1_000_000;
const TENANTS: u64 = 20;
/// Events of two clients and their three invoices.
const GROUP: usize = 2 * 7 + 3 * 9;
const TARGET: f64 = 100_000.0;
const SHARE: f64 = 0.3;
const NAMES: [&str; 2] = ["crm.clients", "invoicing.invoices"];

fn now() -> DateTime<Utc> {
    Utc::now()
}

async fn append<A: Aggregate>(store: &Store, tenant: TenantId, id: Uuid, life: Life<A>) -> usize {
    let fingerprint = Fingerprint::of("bench", &id);
    let context = Context::new(Actor::System("bench"), Uuid::now_v7(), fingerprint, now());
    let batch = store.batch(tenant, context).and_new(id, life);
    batch.execute().await.unwrap().events.len()
}

/// Two clients and three invoices a time, until there are as many events as wanted.
async fn fill(store: &Store, wanted: usize) -> usize {
    let tenants: Vec<TenantId> = (0..TENANTS).map(|_| TenantId(Uuid::now_v7())).collect();
    let group = async |n: u64| {
        let tenant = tenants[usize::try_from(n % TENANTS).unwrap()];
        let mut events = 0;
        for part in 0..2 {
            let client = ClientId(Uuid::now_v7());
            let life = client_life(client, n * 2 + part);
            events += append(store, tenant, client.0, life).await;
            for more in 0..=part {
                let invoice = InvoiceId(Uuid::now_v7());
                let life = invoice_life(invoice, client, n * 3 + part + more);
                events += append(store, tenant, invoice.0, life).await;
            }
        }
        events
    };
    let groups = u64::try_from(wanted.div_ceil(GROUP)).unwrap();
    let mut done = 0;
    let mut running = futures::stream::iter(0..groups)
        .map(group)
        .buffer_unordered(128);
    while let Some(events) = running.next().await {
        done += events;
        if done % 100_000 < GROUP {
            println!("  {done} events appended");
        }
    }
    done
}

/// Seconds in which one connection reads the whole log.
async fn read_plainly(url: &str) -> f64 {
    let mut connection = PgConnection::connect(url).await.unwrap();
    connection
        .execute("set search_path = daybook")
        .await
        .unwrap();
    let started = Instant::now();
    let (mut after, mut bytes) = (0_i64, 0);
    loop {
        let rows: Vec<PlainRow> = sqlx::query_as(
            "select log_position, tenant_id, position, stream_type, stream_id, version, \
               event_type, event_version, recorded_at, payload, personal from events \
             where log_position > $1 order by log_position limit 8000",
        )
        .bind(after)
        .fetch_all(&mut connection)
        .await
        .unwrap();
        let Some(last) = rows.last() else {
            assert!(bytes > 0, "the log is empty");
            return started.elapsed().as_secs_f64();
        };
        after = last.0;
        let sealed = |row: &PlainRow| row.10.as_ref().map_or(0, Vec::len);
        bytes += rows
            .iter()
            .map(|row| row.9.len() + sealed(row))
            .sum::<usize>();
    }
}

type PlainRow = (
    i64,
    Uuid,
    i64,
    String,
    Uuid,
    i64,
    String,
    i16,
    DateTime<Utc>,
    Vec<u8>,
    Option<Vec<u8>>,
);

async fn rebuild(store: &Store) -> f64 {
    let projections = NAMES.map(|name| daybook_projections::find(name).unwrap());
    let started = Instant::now();
    let rebuild = Rebuild {
        store: store.clone(),
        projections: projections.into(),
        holder: Uuid::now_v7(),
        clock: now,
    };
    for rebuilt in rebuild.run(|_, _| ()).await {
        rebuilt.unwrap();
    }
    started.elapsed().as_secs_f64()
}

/// Brings the live generations up to the log's end, as a running `up` would have.
async fn follow(store: &Store) -> f64 {
    let projections: Vec<_> = NAMES
        .map(|name| daybook_projections::find(name).unwrap())
        .into();
    let positions = Positions::new(store, &projections);
    let projector = Projector {
        store: store.clone(),
        projections,
        positions: positions.clone(),
        holder: Uuid::now_v7(),
        clock: now,
    };
    let stop = CancellationToken::new();
    let started = Instant::now();
    let head = store.tail().head();
    let wait = async {
        let limit = std::time::Duration::from_secs(3_600);
        positions.wait(&NAMES, head, limit).await.unwrap();
        stop.cancel();
        started.elapsed().as_secs_f64()
    };
    let ((), seconds) = tokio::join!(projector.run(stop.clone()), wait);
    seconds
}

#[tokio::main]
async fn main() {
    let server = daybook_postgres::testing::private();
    let url = server.url("rebuild");
    let mut admin = PgConnection::connect(&server.admin_url()).await.unwrap();
    admin.execute("create database rebuild").await.unwrap();
    let database = Database::from_url(&url).unwrap();
    database.migrate().await.unwrap();
    let options = StoreOptions {
        // What the program has unless told otherwise.
        connections: 20,
        queue: 4_096,
        cached: 1_000,
        clock: now,
        master: MasterKey::new([7; 32]),
    };
    let store = Store::open(&database, options).await.unwrap();
    println!("appending {EVENTS} events");
    let events = fill(&store, EVENTS).await;
    let count = f64::from(u32::try_from(events).unwrap());
    let followed = follow(&store).await;
    println!(
        "the live generations followed at {:.0} events/s",
        count / followed
    );
    let mut vacuum = PgConnection::connect(&url).await.unwrap();
    vacuum.execute("vacuum analyze").await.unwrap();
    let mut plain = Vec::new();
    let mut ours = Vec::new();
    // Interleaved, so that a busy machine is as busy for both.
    for round in 1..=3 {
        plain.push(read_plainly(&url).await);
        ours.push(rebuild(&store).await);
        let latest = (count / ours[ours.len() - 1], count / plain[plain.len() - 1]);
        println!(
            "round {round}: {:.0} events/s; plain reading {:.0}/s",
            latest.0, latest.1
        );
    }
    store.close().await;
    let (ours, plain) = (count / median(ours), count / median(plain));
    let ratio = ours / plain;
    let met = ours >= TARGET && ratio >= SHARE;
    Report {
        bench: "rebuild",
        ours: json!({ "events": events, "events_per_second": ours.round() }),
        other: json!({ "plain_reading_events_per_second": plain.round() }),
        ratio: json!({ "of_plain_reading": rounded(ratio) }),
        targets: json!({ "events_per_second": TARGET, "of_plain_reading": SHARE }),
        met,
    }
    .print();
}

fn median(mut values: Vec<f64>) -> f64 {
    values.sort_by(f64::total_cmp);
    values[values.len() / 2]
}
