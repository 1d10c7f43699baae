//! How many events does one sealer seal in a second, and what does that cost who appends?
//!
//! Ours: the sealer on a log of 64 tenants, from reading the events to signed checkpoints on the
//! disk; then 256 clients that append while it runs, of the same process. The other: the same clients
//! without it.
#![expect(
    clippy::disallowed_methods,
    clippy::float_arithmetic,
    clippy::unwrap_used,
    reason = "a program that measures: it ends at the first fault, and is its own edge"
)]

use std::time::{Duration, Instant};

use chrono::Utc;
use daybook_domain::kernel::TenantId;
use daybook_postgres::testing::private;
use daybook_store::audit::{Keyring, MANY, Outside, READER, Sealer, Step};
use daybook_store::reader::{Lease, ReaderKey};
use daybook_store::vault::MasterKey;
use daybook_store::{Database, Store, StoreOptions};
use daybook_tests::measure::{Report, rate, rounded, say};
use daybook_tests::press::Sample;
use daybook_tests::registrations::{fill, register_clients};
use serde_json::json;
use sqlx::{Connection, Executor, PgConnection};
use tempfile::TempDir;
use tokio_util::sync::CancellationToken;
use uuid::Uuid;

const TENANTS: usize = 64;
/// Events that wait for the sealer.
const EVENTS: usize = 200_000;
/// Clients registered in one batch of the set-up.
const BATCH: usize = 100;
const CLIENTS: usize = 256;
/// Of a round's side: enough for some seconds, so that little of what it appended is sealed after it.
const COMMANDS: usize = 80_000;
const ROUNDS: usize = 12;
/// As the running program gathers.
const GATHER: Duration = Duration::from_millis(500);

const LEAST: f64 = 50_000.0;
const MOST_COST: f64 = 0.05;

#[tokio::main]
async fn main() {
    let server = private();
    let mut admin = PgConnection::connect(&server.admin_url()).await.unwrap();
    admin.execute("create database log").await.unwrap();
    let database = Database::from_url(&server.url("log")).unwrap();
    database.migrate().await.unwrap();
    let options = StoreOptions {
        connections: 16,
        queue: 4_096,
        cached: 100_000,
        clock: Utc::now,
        master: MasterKey::new([7; 32]),
    };
    let store = Store::open(&database, options).await.unwrap();
    let tenants: Vec<TenantId> = (0..TENANTS).map(|_| TenantId(Uuid::now_v7())).collect();
    fill(&store, &tenants, (EVENTS, BATCH)).await;
    let mut sealing = Sealing::begin(&store).await;
    let begun = Instant::now();
    let sealed = sealing.seal_all().await;
    let per_second = rate(sealed, begun.elapsed());
    assert_eq!(sealed, EVENTS);
    say(&format!("sealed {sealed} events, {per_second:.0} a second"));
    let (mut with, mut without) = (Sample::default(), Sample::default());
    // The first round of each is for caches and plans.
    for round in 0..=ROUNDS {
        // Tables grow, and what comes second finds them larger: each comes first in every other round.
        let sealed_first = round % 2 == 1;
        let mut beside = None;
        if sealed_first {
            beside = Some(sealing.beside(append(&store, &tenants)).await);
        }
        let alone = append(&store, &tenants).await;
        sealing.seal_all().await;
        let beside = match beside {
            Some(beside) => beside,
            None => sealing.beside(append(&store, &tenants)).await,
        };
        say(&format!(
            "round {round}: {:.0} events/s alone, {:.0} beside the sealer",
            alone.per_second(),
            beside.per_second()
        ));
        if round > 0 {
            with.extend(beside);
            without.extend(alone);
        }
    }
    store.close().await;
    report(per_second, (&with, &without));
}

fn report(per_second: f64, (with, without): (&Sample, &Sample)) {
    let cost = 1.0 - with.per_second() / without.per_second();
    let report = Report {
        bench: "seal",
        ours: json!({
            "sealed_per_second": rounded(per_second),
            "append_per_second": rounded(with.per_second()),
            "append_p99_ms": rounded(with.percentile_ms(99)),
        }),
        other: json!({
            "append_per_second": rounded(without.per_second()),
            "append_p99_ms": rounded(without.percentile_ms(99)),
        }),
        ratio: json!({ "append_cost": rounded(cost) }),
        targets: json!({
            "sealed_per_second": format!(">= {LEAST}"),
            "append_cost": format!("< {MOST_COST}"),
        }),
        met: per_second >= LEAST && cost < MOST_COST,
    };
    report.print();
}

async fn append(store: &Store, tenants: &[TenantId]) -> Sample {
    register_clients(store, tenants.to_vec(), (CLIENTS, COMMANDS)).await
}

struct Sealing {
    store: Store,
    sealer: Sealer,
    outside: Outside,
    lease: Lease,
    position: i64,
    _directory: TempDir,
}

impl Sealing {
    async fn begin(store: &Store) -> Self {
        let keyring = Keyring::open(store, MasterKey::new([7; 32])).await.unwrap();
        let directory = tempfile::tempdir().unwrap();
        let outside = Outside::at(directory.path()).unwrap();
        let host = "localhost".to_owned();
        let sealer = Sealer::new(store.clone(), keyring, outside.clone(), host);
        store.register_reader(READER, 1).await.unwrap();
        let key = ReaderKey {
            name: READER.to_owned(),
            generation: 1,
        };
        let lease = store.take_lease(&key, Uuid::now_v7()).await.unwrap();
        let lease = lease.unwrap();
        Self {
            store: store.clone(),
            sealer,
            outside,
            position: lease.log_position,
            lease,
            _directory: directory,
        }
    }

    /// A page; how many events, and whether there are more.
    async fn step(&mut self) -> (usize, bool) {
        let step = self.sealer.step(&self.lease, self.position).await.unwrap();
        let Step::Sealed {
            position,
            events,
            more,
            signed,
            halted,
        } = step
        else {
            unreachable!("nobody else wants the lease");
        };
        assert_eq!(halted, []);
        self.position = position;
        if !signed.is_empty() {
            let outside = self.outside.clone();
            let keep = move || {
                let notes = signed.iter().map(|it| (it.tenant, it.note.as_str()));
                outside.keep(notes)
            };
            tokio::task::spawn_blocking(keep).await.unwrap().unwrap();
        }
        (events, more)
    }

    async fn seal_all(&mut self) -> usize {
        let mut sealed = 0;
        loop {
            let (events, more) = self.step().await;
            sealed += events;
            if !more {
                return sealed;
            }
        }
    }

    /// What is appended while it seals.
    async fn beside(&mut self, appending: impl Future<Output = Sample>) -> Sample {
        let stop = CancellationToken::new();
        let appended = async {
            let sample = appending.await;
            stop.cancel();
            sample
        };
        let (sample, ()) = tokio::join!(appended, self.run(&stop));
        sample
    }

    /// As the running program does it.
    async fn run(&mut self, stop: &CancellationToken) {
        let tail = self.store.tail().clone();
        while !stop.is_cancelled() {
            if !self.step().await.1 {
                let many = tokio::time::timeout(GATHER, tail.past(self.position + MANY));
                stop.run_until_cancelled(many).await;
                stop.run_until_cancelled(tail.past(self.position)).await;
            }
        }
    }
}
