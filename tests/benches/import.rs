//! How many invoice lines per second come in from a file, until every read model has them?
//!
//! A real month of 42,481 lines goes through the same commands as the API into a durable
//! PostgreSQL, with everything on, while a projector in this process keeps all read models up to
//! date. The other side is the least that a database can be asked to do with the same file: `COPY`
//! of its lines into one table with the same columns, in one transaction, and nothing else. Both
//! take turns in one run; the middle round of each counts.
#![expect(
    clippy::unwrap_used,
    clippy::print_stdout,
    clippy::disallowed_methods,
    clippy::float_arithmetic,
    clippy::indexing_slicing,
    reason = "a program that measures: it ends at the first fault, and is its own edge"
)]

use std::io::Read;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::{Duration, Instant};

use chrono::Utc;
use daybook::import::{self, Job, Options};
use daybook_domain::kernel::TenantId;
use daybook_postgres::testing::private;
use daybook_projections::all;
use daybook_projections::engine::{Positions, Projector};
use daybook_store::vault::MasterKey;
use daybook_store::{Database, Store, StoreOptions};
use flate2::read::GzDecoder;
use serde_json::json;
use sqlx::{Connection, Executor, PgConnection};
use tokio::task::JoinSet;
use tokio_util::sync::CancellationToken;
use uuid::Uuid;

const LINES: f64 = 42_481.0;
const ROUNDS: usize = 5;
/// Lines per second that are to be reached.
const LEAST: f64 = 10_000.0;

/// The file's columns, kept as they are.
const OTHER_TABLE: &str = "create table lines (invoice_no text not null, stock_code text, \
    description text, quantity numeric not null, invoice_date timestamp not null, \
    unit_price numeric not null, customer_id text, country text)";

#[tokio::main]
async fn main() {
    let server = private();
    let mut admin = PgConnection::connect(&server.admin_url()).await.unwrap();
    admin.execute("create database ours").await.unwrap();
    admin.execute("create database other").await.unwrap();
    let ours = Ours::open(&server.url("ours")).await;
    let mut other = PgConnection::connect(&server.url("other")).await.unwrap();
    other.execute(OTHER_TABLE).await.unwrap();
    let (mut imports, mut logged, mut again, mut copies) = (vec![], vec![], vec![], vec![]);
    for round in 1..=ROUNDS {
        let tenant = TenantId(Uuid::now_v7());
        let (in_the_log, caught_up) = ours.import(tenant, 2_025).await;
        let (repeated, _) = ours.import(tenant, 0).await;
        let copied = copy(&mut other).await;
        println!(
            "round {round}: {:>7.0} lines/s into the log, {:>7.0} lines/s with read models caught \
             up, {:>7.0} lines/s repeated; COPY {:>7.0} lines/s",
            per_second(in_the_log),
            per_second(caught_up),
            per_second(repeated),
            per_second(copied)
        );
        logged.push(in_the_log);
        imports.push(caught_up);
        again.push(repeated);
        copies.push(copied);
    }
    ours.close().await;
    let [caught_up, in_the_log, repeated, copied] =
        [imports, logged, again, copies].map(|times| per_second(middle(times)));
    println!(
        "{}",
        json!({
            "bench": "import",
            "ours": {
                "lines_per_second": caught_up.round(),
                "into_the_log_lines_per_second": in_the_log.round(),
                "repeated_lines_per_second": repeated.round(),
            },
            "other": { "lines_per_second": copied.round() },
            "ratio": { "lines_per_second": (caught_up / copied * 1e3).round() / 1e3 },
            "targets": { "lines_per_second": LEAST },
            "met": caught_up >= LEAST,
        })
    );
}

fn december() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../data/online-retail-2010-12.csv.gz")
}

fn per_second(elapsed: Duration) -> f64 {
    LINES / elapsed.as_secs_f64()
}

fn middle(mut times: Vec<Duration>) -> Duration {
    times.sort_unstable();
    times[times.len() / 2]
}

/// A log with a projector that follows it.
struct Ours {
    store: Store,
    positions: Positions,
    stop: CancellationToken,
    projector: JoinSet<()>,
}

impl Ours {
    async fn open(url: &str) -> Self {
        let database = Database::from_url(url).unwrap();
        database.migrate().await.unwrap();
        let options = StoreOptions {
            connections: 16,
            queue: 4_096,
            cached: 10_000,
            clock: Utc::now,
            master: MasterKey::new([7; 32]),
        };
        let store = Store::open(&database, options).await.unwrap();
        let projections = all();
        let positions = Positions::new(&store, &projections);
        let projector = Projector {
            store: store.clone(),
            projections,
            positions: positions.clone(),
            holder: Uuid::now_v7(),
            clock: Utc::now,
        };
        let stop = CancellationToken::new();
        let mut tasks = JoinSet::new();
        tasks.spawn(projector.run(stop.clone()));
        let ours = Self {
            store,
            positions,
            stop,
            projector: tasks,
        };
        // Following before anything is measured.
        ours.catch_up().await;
        ours
    }

    /// Imports the month; how long it took until it was in the log, and until all had read it.
    async fn import(&self, tenant: TenantId, documents: u64) -> (Duration, Duration) {
        let rejects = tempfile::tempdir().unwrap();
        let job = Job {
            file: december(),
            options: Options {
                rejects: Some(rejects.path().join("rejects.csv")),
                ..Options::default()
            },
            clock: Utc::now,
            stop: CancellationToken::new(),
            report: Arc::new(|_| ()),
        };
        let started = Instant::now();
        let summary = import::run(&self.store, tenant, job).await.unwrap();
        let in_the_log = started.elapsed();
        assert_eq!((summary.documents, summary.refused), (documents, 0));
        self.catch_up().await;
        (in_the_log, started.elapsed())
    }

    async fn catch_up(&self) {
        let names: Vec<_> = all().iter().map(|it| it.name()).collect();
        let head = self.store.tail().head();
        let limit = Duration::from_mins(2);
        self.positions.wait(&names, head, limit).await.unwrap();
    }

    async fn close(mut self) {
        self.stop.cancel();
        while self.projector.join_next().await.is_some() {}
        self.store.close().await;
    }
}

/// Copies the month's lines into the other side's table.
async fn copy(other: &mut PgConnection) -> Duration {
    let started = Instant::now();
    let mut text = Vec::new();
    let file = std::fs::File::open(december()).unwrap();
    GzDecoder::new(file).read_to_end(&mut text).unwrap();
    let mut copy = other
        .copy_in_raw("copy lines from stdin with (format csv, header true)")
        .await
        .unwrap();
    copy.send(text).await.unwrap();
    let rows = copy.finish().await.unwrap();
    let elapsed = started.elapsed();
    assert_eq!(rows, 42_481);
    elapsed
}
