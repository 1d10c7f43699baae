//! How does a test get a database and import into it?

use std::io::Write;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};

use chrono::{DateTime, Utc};
use daybook::import::{self, ImportError, Job, Options, Summary};
use daybook_domain::crm::client::ClientEvent;
use daybook_domain::invoicing::invoice::{InvoiceEvent, Line, Sent};
use daybook_domain::kernel::{Command, TenantId};
use daybook_postgres::testing::{Server, shared};
use daybook_store::StoreOptions;
use daybook_store::vault::MasterKey;
use daybook_store::{Actor, Context, Database, Fingerprint, HistoryFilter, Recorded, Store};
use sqlx::{Connection, Executor, PgConnection};
use tempfile::TempDir;
use tokio_util::sync::CancellationToken;
use uuid::Uuid;

pub(crate) const HEADER: &str =
    "InvoiceNo,StockCode,Description,Quantity,InvoiceDate,UnitPrice,CustomerID,Country\n";

#[expect(
    clippy::disallowed_methods,
    reason = "the edge of a test is where its time comes from"
)]
pub(crate) fn now() -> DateTime<Utc> {
    Utc::now()
}

#[expect(
    clippy::disallowed_methods,
    reason = "the edge of a test is where its ids come from"
)]
pub(crate) fn id() -> Uuid {
    Uuid::now_v7()
}

/// A tenant in a migrated database of its own, and a place for files.
pub(crate) struct World {
    pub(crate) store: Store,
    pub(crate) tenant: TenantId,
    pub(crate) place: TempDir,
}

/// A document as the log has it.
#[derive(Debug, Clone)]
pub(crate) struct Logged {
    pub(crate) sent: Sent,
    pub(crate) lines: Vec<Line>,
    /// The client's external id, or its name where it has none.
    pub(crate) client: String,
}

impl World {
    pub(crate) async fn new() -> Self {
        Self::on(shared()).await
    }

    pub(crate) async fn on(server: &Server) -> Self {
        static NEXT: AtomicU32 = AtomicU32::new(1);
        let name = format!("import_{}", NEXT.fetch_add(1, Ordering::Relaxed));
        let mut admin = PgConnection::connect(&server.admin_url()).await.unwrap();
        admin
            .execute(format!("create database {name}").as_str())
            .await
            .unwrap();
        let database = Database::from_url(&server.url(&name)).unwrap();
        database.migrate().await.unwrap();
        let options = StoreOptions {
            connections: 8,
            queue: 4_096,
            cached: 10_000,
            clock: now,
            master: MasterKey::new([7; 32]),
        };
        Self {
            store: Store::open(&database, options).await.unwrap(),
            tenant: TenantId(id()),
            place: tempfile::tempdir().unwrap(),
        }
    }

    /// A file of these bytes.
    pub(crate) fn file(&self, name: &str, bytes: impl AsRef<[u8]>) -> PathBuf {
        let path = self.place.path().join(name);
        let mut file = std::fs::File::create(&path).unwrap();
        file.write_all(bytes.as_ref()).unwrap();
        path
    }

    /// A file of the usual header and these rows.
    pub(crate) fn rows(&self, name: &str, rows: &[&str]) -> PathBuf {
        self.file(name, format!("{HEADER}{}\n", rows.join("\n")))
    }

    /// An import that writes its rejects where this world's files are.
    pub(crate) fn job(&self, file: &Path) -> Job {
        let name = format!("{}.rejects.csv", file.file_name().unwrap().display());
        Job {
            file: file.to_owned(),
            options: Options {
                rejects: Some(self.place.path().join(name)),
                ..Options::default()
            },
            clock: now,
            stop: CancellationToken::new(),
            report: Arc::new(|_| ()),
        }
    }

    pub(crate) async fn run(&self, job: Job) -> Result<Summary, ImportError> {
        import::run(&self.store, self.tenant, job).await
    }

    pub(crate) async fn import(&self, file: &Path) -> Summary {
        self.run(self.job(file)).await.unwrap()
    }

    /// Runs a command as somebody else.
    pub(crate) async fn execute<C: Command>(&self, stream: impl Into<Uuid>, command: C) {
        let fingerprint = Fingerprint::of("test", &());
        let context = Context::new(Actor::System("test"), id(), fingerprint, now());
        let executed = self.store.execute(self.tenant, stream, command, context);
        executed.await.unwrap();
    }

    /// The tenant's events.
    pub(crate) async fn events(&self) -> Vec<Recorded> {
        let (mut events, mut position) = (Vec::new(), 0);
        loop {
            let filter = HistoryFilter::default();
            let history = self.store.history(self.tenant, position, &filter, 1_000);
            let page = history.await.unwrap();
            position = page.events.last().map_or(position, |last| last.position);
            events.extend(page.events);
            if !page.has_more {
                return events;
            }
        }
    }

    /// The tenant's documents, in the order of the log.
    pub(crate) async fn documents(&self) -> Vec<Logged> {
        let mut clients = std::collections::HashMap::new();
        let mut drafted = std::collections::HashMap::new();
        let mut documents = Vec::new();
        for event in self.events().await {
            if event.stream_type == "crm.client" {
                let ClientEvent::Registered(registered) = event.decode().unwrap() else {
                    continue;
                };
                let details = registered.details;
                let known_as = details.external_id.unwrap_or(details.name);
                clients.insert(registered.client_id, known_as);
                continue;
            }
            match event.decode().unwrap() {
                InvoiceEvent::Drafted(its) => drop(drafted.insert(its.invoice_id, its.lines)),
                InvoiceEvent::Sent(sent) => documents.push(Logged {
                    lines: drafted.remove(&sent.invoice_id).unwrap(),
                    client: clients[&sent.client_id].clone(),
                    sent,
                }),
                other => panic!("an import leaves no {other:?}"),
            }
        }
        documents
    }

    /// The one document of that number.
    pub(crate) async fn document(&self, number: &str) -> Logged {
        let documents = self.documents().await;
        let mut found = documents.into_iter().filter(|it| it.sent.number == number);
        let document = found
            .next()
            .unwrap_or_else(|| panic!("there is no {number}"));
        assert!(found.next().is_none(), "there are two of {number}");
        document
    }

    /// The rejects of a file: line, reason and the original columns of each row.
    pub(crate) fn rejects(&self, file: &str) -> Vec<(u64, String, Vec<String>)> {
        let path = self.place.path().join(format!("{file}.rejects.csv"));
        if !path.exists() {
            return Vec::new();
        }
        let mut reader = csv::ReaderBuilder::new()
            .flexible(true)
            .from_path(path)
            .unwrap();
        let row = |row: csv::Result<csv::StringRecord>| {
            let row = row.unwrap();
            let columns = row.iter().skip(2).map(str::to_owned).collect();
            (row[0].parse().unwrap(), row[1].to_owned(), columns)
        };
        let mut rows: Vec<_> = reader.records().map(row).collect();
        rows.sort();
        rows
    }
}

/// The real month.
pub(crate) fn december() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("data/online-retail-2010-12.csv.gz")
}
