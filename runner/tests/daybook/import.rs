//! `daybook import` as somebody at a terminal meets it.

use std::collections::BTreeMap;
use std::fs;
use std::os::unix::process::ExitStatusExt;
use std::path::{Path, PathBuf};
use std::process::Command;

use daybook::clock;
use daybook_domain::kernel::{TenantId, UserId};
use daybook_domain::tenancy::plan::Plan;
use daybook_domain::tenancy::tenant::{Found, Suspend};
use daybook_store::vault::MasterKey;
use daybook_store::{Actor, Context, Database, Fingerprint, HistoryFilter, Store, StoreOptions};
use uuid::Uuid;

use crate::inside::database;
use crate::process::{Ended, Process, daybook, run};

const HEADER: &str =
    "InvoiceNo,StockCode,Description,Quantity,InvoiceDate,UnitPrice,CustomerID,Country\n";

/// A database with a tenant, as an operator has it, and a place for files.
struct World {
    url: String,
    store: Store,
    tenant: TenantId,
    place: tempfile::TempDir,
}

#[expect(
    clippy::disallowed_methods,
    reason = "the edge of a test is where its ids come from"
)]
fn id() -> Uuid {
    Uuid::now_v7()
}

impl World {
    async fn new() -> Self {
        let url = database().await;
        let database = Database::from_url(&url).unwrap();
        database.migrate().await.unwrap();
        let options = StoreOptions {
            connections: 4,
            queue: 100,
            cached: 100,
            clock: clock::system,
            master: MasterKey::new([7; 32]),
        };
        let world = Self {
            url,
            store: Store::open(&database, options).await.unwrap(),
            tenant: TenantId(id()),
            place: tempfile::tempdir().unwrap(),
        };
        let key = format!("{}Bwc=\n", "BwcH".repeat(10));
        fs::write(world.place.path().join("master.key"), key).unwrap();
        let found = Found {
            tenant_id: world.tenant,
            name: "Acme".to_owned(),
            subdomain: "acme".to_owned(),
            plan: Plan::Free,
            owner: UserId(id()),
            at: clock::system(),
        };
        let founded = world
            .store
            .execute(world.tenant, world.tenant, found, world.context());
        founded.await.unwrap();
        world
    }

    fn context(&self) -> Context {
        let fingerprint = Fingerprint::of("test", &());
        Context::new(Actor::System("test"), id(), fingerprint, clock::system())
    }

    fn import(&self, file: &Path, more: &[&str]) -> Command {
        let file = file.to_str().unwrap();
        let arguments = ["import", "invoices", file, "--tenant", "Acme"];
        let mut command = daybook(self.place.path(), &[&arguments, more].concat());
        command.env("DATABASE_URL", &self.url);
        command
    }

    fn file(&self, name: &str, text: &str) -> PathBuf {
        let path = self.place.path().join(name);
        fs::write(&path, text).unwrap();
        path
    }

    /// As many documents as a busy year has, of a few lines each.
    fn busy_year(&self) -> PathBuf {
        let mut text = HEADER.to_owned();
        for number in 0..6_000 {
            for line in 0..5 {
                let row = format!(
                    "{number},S{line},x,2,2011-01-04 10:00,1.25,{},EIRE\n",
                    number % 50
                );
                text.push_str(&row);
            }
        }
        self.file("year.csv", &text)
    }

    /// How many events there are of each type.
    async fn events(&self) -> BTreeMap<String, usize> {
        let (mut counts, mut position) = (BTreeMap::new(), 0);
        loop {
            let filter = HistoryFilter::default();
            let page = self.store.history(self.tenant, position, &filter, 2_000);
            let page = page.await.unwrap();
            for event in page.events {
                position = event.position;
                *counts.entry(event.event_type).or_default() += 1;
            }
            if !page.has_more {
                return counts;
            }
        }
    }

    async fn assert_busy_year_is_there_once(&self) {
        let events = self.events().await;
        assert_eq!(events["invoicing.invoice.sent"], 6_000);
        assert_eq!(events["invoicing.invoice.drafted"], 6_000);
        assert_eq!(events["crm.client.registered"], 50);
    }
}

#[track_caller]
fn says(ended: &Ended, code: i32, text: &str) {
    assert_eq!(ended.code, Some(code), "{}{}", ended.stdout, ended.stderr);
    let told = if code == 0 {
        &ended.stdout
    } else {
        &ended.stderr
    };
    assert!(told.contains(text), "{text:?} is missing in {told}");
}

#[tokio::test(flavor = "multi_thread")]
async fn an_import_ends_with_a_summary_and_can_be_repeated() {
    let world = World::new().await;
    let rows = "1,A,x,2,2011-01-04 10:00,1.25,7,EIRE\n2,A,x,none,2011-01-04 10:00,1.25,7,EIRE\n";
    let file = world.file("two.csv", &format!("{HEADER}{rows}"));
    let first = run(&mut world.import(&file, &[]));
    says(
        &first,
        0,
        "imported 1 documents (1 invoices, 0 credit notes, 0 adjustments)",
    );
    says(&first, 0, "refused 1 rows: see ");
    let rejects = fs::read_to_string(world.place.path().join("two.csv.rejects.csv")).unwrap();
    assert!(
        rejects.contains("3,\"quantity \"\"none\"\" is no number\",2,A,x,none,"),
        "{rejects}"
    );
    let second = run(&mut world.import(&file, &[]));
    says(&second, 0, "imported 0 documents");
    says(&second, 0, "repeated 1 documents, unchanged");
    assert_eq!(world.events().await["invoicing.invoice.sent"], 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn an_import_that_was_killed_is_continued() {
    let world = World::new().await;
    let file = world.busy_year();
    for past in [1_000, 4_000] {
        let mut killed = world.import(&file, &[]).spawn().unwrap();
        world.store.tail().past(past).await;
        killed.kill().unwrap();
        assert_eq!(
            killed.wait().unwrap().signal(),
            Some(9),
            "it had ended by itself"
        );
    }
    let ended = run(&mut world.import(&file, &[]));
    says(&ended, 0, "refused 0 rows");
    world.assert_busy_year_is_there_once().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_import_that_is_interrupted_ends_cleanly_and_says_how_to_go_on() {
    let world = World::new().await;
    let file = world.busy_year();
    let mut interrupted = Process::start(&mut world.import(&file, &[]));
    world.store.tail().past(1_000).await;
    interrupted.interrupt();
    interrupted.says("daybook: stopped; the same command continues");
    assert_eq!(interrupted.ends().code(), Some(130));
    // What was begun was finished: a document is there as a whole or not at all.
    let events = world.events().await;
    assert_eq!(
        events["invoicing.invoice.sent"],
        events["invoicing.invoice.drafted"]
    );
    says(&run(&mut world.import(&file, &[])), 0, "refused 0 rows");
    world.assert_busy_year_is_there_once().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_cannot_be_imported_at_all_is_told_in_one_line() {
    let world = World::new().await;
    let good = world.file(
        "good.csv",
        &format!("{HEADER}1,A,x,2,2011-01-04,1.25,7,EIRE\n"),
    );
    let other = world.file("other.csv", "a,b\n1,2\n");
    let doubtful = world.file(
        "doubtful.csv",
        &format!("{HEADER}1,A,x,2,1/2/2011,1,7,EIRE\n"),
    );
    let missing = world.place.path().join("missing.csv");
    let precious = world.file("precious.csv", "something else\n");
    let precious = precious.to_str().unwrap();
    for (file, more, text) in [
        (&missing, vec![], "missing.csv cannot be read: No such file"),
        (&other, vec![], "there is no column InvoiceNo, StockCode"),
        (&doubtful, vec![], "say --dates month-first or day-first"),
        (
            &good,
            vec!["--column", "number=No"],
            "there is no field \"number\"",
        ),
        (
            &good,
            vec!["--column", "country=Land"],
            "there is no column Land",
        ),
        (
            &good,
            vec!["--encoding", "klingon"],
            "there is no encoding \"klingon\"",
        ),
        (&good, vec!["--delimiter", "ab"], "give one ASCII character"),
        (
            &good,
            vec!["--currency", "XX1"],
            "not an ISO 4217 currency code",
        ),
        (&good, vec!["--rejects", precious], "another file is there"),
    ] {
        says(&run(&mut world.import(file, &more)), 2, text);
    }
    let mut nobody = daybook(
        world.place.path(),
        &["import", "invoices", "x", "--tenant", "nobody"],
    );
    nobody.env("DATABASE_URL", &world.url);
    says(
        &run(&mut nobody),
        2,
        "there is no tenant with the subdomain \"nobody\"",
    );
    assert!(!world.events().await.contains_key("invoicing.invoice.sent"));
    let settled = world
        .import(&doubtful, &["--dates", "day-first", "--currency", "EUR"])
        .output();
    assert!(settled.unwrap().status.success());
}

#[tokio::test(flavor = "multi_thread")]
async fn nothing_is_imported_for_a_tenant_that_is_suspended() {
    let world = World::new().await;
    let suspend = Suspend {
        reason: "unpaid".to_owned(),
        at: clock::system(),
    };
    let suspended = world
        .store
        .execute(world.tenant, world.tenant, suspend, world.context());
    suspended.await.unwrap();
    let file = world.file(
        "good.csv",
        &format!("{HEADER}1,A,x,2,2011-01-04,1.25,7,EIRE\n"),
    );
    says(
        &run(&mut world.import(&file, &[])),
        2,
        "nothing can be imported for \"acme\"",
    );
}
