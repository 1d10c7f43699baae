//! What is left when a process or the database is killed while everybody writes?
//!
//! Each writer repeats its command under the same id until it is told that it went through, as a
//! client must. In the end every command has had its effect once.

use std::net::TcpListener;
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use daybook::clock::system;
use daybook_store::vault::MasterKey;
use daybook_store::{Database, Store, StoreOptions};
use daybook_tests::{
    Answer, Business, Client, PATIENCE, Process, database, daybook, fresh_id, run, signal, until,
};
use serde_json::{Value, json};
use tempfile::TempDir;
use tokio::task::JoinSet;

const WRITERS: usize = 64;
/// Commands of each.
const COMMANDS: usize = 10;

/// A command and what it was answered.
pub(crate) struct Done {
    body: Value,
    payload: Value,
}

/// A free port: a process that is started again must be found where it was.
pub(crate) fn free_address() -> String {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    listener.local_addr().unwrap().to_string()
}

/// The log of a database that other processes work on; see [`keep_master_key`].
pub(crate) async fn open(url: &str) -> Store {
    let database = Database::from_url(url).unwrap();
    database.migrate().await.unwrap();
    let options = StoreOptions {
        connections: 4,
        queue: 1_000,
        cached: 1_000,
        clock: system,
        master: MasterKey::new([7; 32]),
    };
    Store::open(&database, options).await.unwrap()
}

/// Has processes on that data directory use the master key that [`open`] does.
pub(crate) fn keep_master_key(data: &std::path::Path) {
    let key = format!("{}Bwc=\n", "BwcH".repeat(10));
    std::fs::write(data.join("master.key"), key).unwrap();
}

/// A database with a business in it, the log to look at it from here, and settings for the
/// processes of an installation that work on it.
pub(crate) struct Stage {
    url: String,
    pub(crate) store: Store,
    pub(crate) business: Business,
    pub(crate) buyer: String,
    data: TempDir,
    address: String,
}

impl Stage {
    pub(crate) async fn set() -> Self {
        let url = database().await;
        let store = open(&url).await;
        let data = tempfile::tempdir().unwrap();
        keep_master_key(data.path());
        let business = Business::found(&store, &[]).await;
        let buyer = daybook_tests::id_of("client", business.register("Buyer").await);
        Self {
            url,
            store,
            business,
            buyer,
            data,
            address: free_address(),
        }
    }

    fn start(&self, duty: &str) -> Process {
        let variables = [
            ("DATABASE_URL", self.url.as_str()),
            ("DAYBOOK_LISTEN", self.address.as_str()),
            ("DAYBOOK_LIMIT_REQUESTS_PER_MINUTE", "1000000"),
        ];
        Process::start(&mut daybook(self.data.path(), &[duty], &variables))
    }

    /// A worker that is at work.
    pub(crate) fn worker(&self) -> Process {
        let mut work = self.start("work");
        work.says("ready in ");
        work
    }

    /// The API, listening, always at the same address.
    pub(crate) fn serve(&self) -> Process {
        let mut serve = self.start("serve");
        serve.ready();
        serve
    }

    pub(crate) async fn client(&self) -> Client {
        let base = format!("http://{}", self.address);
        Client::new(&base, Some(&self.business.key().await))
    }
}

/// Half of the commands register a client, half issue an invoice: several events or none.
fn body(buyer: &str, number: usize) -> Value {
    let command_id = fresh_id();
    if number.is_multiple_of(2) {
        let input = json!({
            "commandId": command_id, "name": "Somebody", "externalId": command_id.to_string(),
        });
        Client::mutation("clientRegister", input, "client { id }")
    } else {
        let line = json!({ "description": "Lamp", "quantity": "3", "unitPrice": "10" });
        let input = json!({ "commandId": command_id, "clientId": buyer, "lines": [line] });
        Client::mutation(
            "invoiceIssue",
            input,
            "invoice { id number status total { amount } }",
        )
    }
}

/// The payload of a command that went through; none when it is to be sent again.
fn payload(answer: reqwest::Result<Answer>) -> Option<Value> {
    let mut answer = answer.ok()?;
    if answer.body["errors"][0]["extensions"]["retryable"] == json!(true) {
        return None;
    }
    assert!(
        answer.status == 200 && answer.body.get("errors").is_none(),
        "{}",
        answer.text
    );
    let mut data = answer.body["data"].take();
    let payload = data
        .as_object_mut()
        .unwrap()
        .values_mut()
        .next()
        .unwrap()
        .take();
    assert_eq!(payload["userErrors"], json!([]), "{payload}");
    Some(payload)
}

/// Sends it until it goes through.
async fn insist(client: &Client, body: Value) -> Done {
    let since = Instant::now();
    loop {
        if let Some(payload) = payload(client.try_send(&body).await) {
            return Done { body, payload };
        }
        assert!(since.elapsed() < PATIENCE, "it never goes through: {body}");
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
}

/// Writers at work, and how many commands went through until now.
pub(crate) struct Storm {
    writers: JoinSet<Vec<Done>>,
    through: Arc<AtomicUsize>,
}

impl Storm {
    pub(crate) fn start(client: &Client, buyer: &str) -> Self {
        let through = Arc::new(AtomicUsize::new(0));
        let mut writers = JoinSet::new();
        for _ in 0..WRITERS {
            let (client, buyer) = (client.clone(), buyer.to_owned());
            let through = Arc::clone(&through);
            writers.spawn(async move {
                let mut all = Vec::new();
                for number in 0..COMMANDS {
                    all.push(insist(&client, body(&buyer, number)).await);
                    through.fetch_add(1, Ordering::SeqCst);
                }
                all
            });
        }
        Self { writers, through }
    }

    /// Waits until that share of the commands went through.
    pub(crate) async fn reaches(&self, tenths: usize) {
        let enough = WRITERS * COMMANDS * tenths / 10;
        until("commands go through", || async {
            self.through.load(Ordering::SeqCst) >= enough
        })
        .await;
    }

    pub(crate) async fn ends(mut self) -> Vec<Done> {
        let mut all = Vec::new();
        while let Some(done) = self.writers.join_next().await {
            all.extend(done.unwrap());
        }
        assert_eq!(all.len(), WRITERS * COMMANDS);
        all
    }
}

/// Fails unless every command had its effect once, whole, and says so when it is repeated.
async fn must_be_there_once(client: &Client, done: &[Done], before: &Value) {
    for Done {
        body,
        payload: first,
    } in done
    {
        let again = insist(client, body.clone()).await.payload;
        assert_eq!(again["commit"]["replayed"], json!(true), "{again}");
        assert_eq!(again["commit"]["position"], first["commit"]["position"]);
        // What the first answer could not show yet, since read models were behind, is null there.
        for (thing, field) in [("client", "id"), ("invoice", "id"), ("invoice", "number")] {
            if !first[thing].is_null() {
                assert_eq!(again[thing][field], first[thing][field]);
            }
        }
    }
    let after = counts(client).await;
    let half = i64::try_from(done.len() / 2).unwrap();
    let expected = |what: &str| before[what]["totalCount"].as_i64().unwrap() + half;
    assert_eq!(after["clients"]["totalCount"], json!(expected("clients")));
    assert_eq!(after["invoices"]["totalCount"], json!(expected("invoices")));
    assert_eq!(after["drafts"], before["drafts"], "half an invoice");
    let sum = |revenue: &Value| -> f64 {
        let figures = revenue["revenue"].as_array().unwrap().iter();
        figures
            .map(|it| {
                it["net"]["amount"]
                    .as_str()
                    .unwrap()
                    .parse::<f64>()
                    .unwrap()
            })
            .sum()
    };
    let earned = sum(&after) - sum(before);
    let expected = 30.0 * f64::from(u32::try_from(half).unwrap());
    assert!(
        (earned - expected).abs() < 0.001,
        "{earned} was earned, not {expected}"
    );
    must_have_no_gap(client).await;
}

async fn counts(client: &Client) -> Value {
    let document = "{ clients { totalCount } invoices { totalCount }
        drafts: invoices(filter: { statusIn: [DRAFT] }) { totalCount }
        revenue(by: WHOLE) { net { amount } } }";
    let since = Instant::now();
    loop {
        let body = json!({ "query": document });
        if let Ok(answer) = client.try_send(&body).await
            && answer.status == 200
        {
            return answer.into_data("counts");
        }
        assert!(since.elapsed() < PATIENCE, "no counts");
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
}

/// The tenant's positions are 1, 2, 3 … without a gap, and numbers of invoices, too.
async fn must_have_no_gap(client: &Client) {
    let mut position = 0;
    loop {
        let document = "query($after: String) { events(first: 100, after: $after) {
            nodes { position } pageInfo { hasNextPage } } }";
        let page = client
            .data(document, json!({ "after": position.to_string() }))
            .await;
        for event in page["events"]["nodes"].as_array().unwrap() {
            position += 1;
            assert_eq!(event["position"], json!(position.to_string()));
        }
        if page["events"]["pageInfo"]["hasNextPage"] == json!(false) {
            return;
        }
    }
}

#[test]
fn a_killed_api_process_loses_nothing_and_repeats_nothing() {
    run(async {
        let stage = Stage::set().await;
        let _work = stage.worker();
        let mut serve = stage.serve();
        let client = stage.client().await;
        let before = counts(&client).await;
        let storm = Storm::start(&client, &stage.buyer);
        for tenths in [2, 5] {
            storm.reaches(tenths).await;
            serve.kill();
            serve = stage.serve();
        }
        let done = storm.ends().await;
        must_be_there_once(&client, &done, &before).await;
        stage.store.close().await;
    });
}

#[test]
fn another_worker_takes_over_from_a_killed_one_in_seconds() {
    run(async {
        let stage = Stage::set().await;
        let (mut one, mut two) = (stage.worker(), stage.worker());
        let _serve = stage.serve();
        let client = stage.client().await;
        let before = counts(&client).await;
        let storm = Storm::start(&client, &stage.buyer);
        storm.reaches(2).await;
        // Whichever of the two is at work, one of the two kills hits it.
        one.kill();
        let first = took(&client, &stage.buyer).await;
        let _three = stage.worker();
        two.kill();
        let second = took(&client, &stage.buyer).await;
        let longest = first.max(second);
        assert!(
            longest < Duration::from_secs(20),
            "nobody was at work for {longest:?}"
        );
        let mut done = storm.ends().await;
        let extra = counts(&client).await;
        assert_eq!(
            extra["clients"]["totalCount"].as_i64().unwrap(),
            before["clients"]["totalCount"].as_i64().unwrap()
                + i64::try_from(done.len() / 2).unwrap()
                + 2,
        );
        done.truncate(40);
        for Done { body, payload } in done {
            let again = insist(&client, body).await.payload;
            assert_eq!(again["commit"]["position"], payload["commit"]["position"]);
        }
        stage.store.close().await;
    });
}

/// How long it takes until a command is seen in the read models.
async fn took(client: &Client, buyer: &str) -> Duration {
    let since = Instant::now();
    insist(client, body(buyer, 0)).await;
    since.elapsed()
}

#[test]
fn a_worker_that_slept_through_its_lease_writes_nothing_when_it_wakes() {
    run(async {
        let stage = Stage::set().await;
        let workers = [stage.worker(), stage.worker()];
        let _serve = stage.serve();
        let client = stage.client().await;
        let before = counts(&client).await;
        let mut done = Vec::new();
        for worker in &workers {
            signal("-STOP", worker.id());
            // Only the other one can show these.
            for number in 0..20 {
                done.push(insist(&client, body(&stage.buyer, number)).await);
            }
            let storm = Storm::start(&client, &stage.buyer);
            storm.reaches(3).await;
            signal("-CONT", worker.id());
            done.extend(storm.ends().await);
        }
        must_be_there_once(&client, &done, &before).await;
        for reader in stage.store.readers().await.unwrap() {
            assert_eq!(reader.parked, 0, "{} stopped at an event", reader.key.name);
        }
        stage.store.close().await;
    });
}

/// The process id of the private PostgreSQL on a data directory.
fn postgres(data: &Path) -> u32 {
    let file = data.join("postgres/server/data/postmaster.pid");
    let text = std::fs::read_to_string(file).unwrap();
    text.lines().next().unwrap().parse().unwrap()
}

#[test]
fn a_killed_database_and_a_killed_daybook_lose_nothing() {
    run(async {
        let data = tempfile::tempdir().unwrap();
        let address = free_address();
        let variables = [
            ("DAYBOOK_LISTEN", address.as_str()),
            ("DAYBOOK_LIMIT_REQUESTS_PER_MINUTE", "1000000"),
        ];
        let mut up = Process::start(&mut daybook(data.path(), &["up", "--demo"], &variables));
        let base = format!("http://{}", up.ready());
        let demo = std::fs::read_to_string(data.path().join("demo.json")).unwrap();
        let demo: Value = serde_json::from_str(&demo).unwrap();
        let client = Client::new(&base, demo["tenants"][0]["apiKey"].as_str());
        let buyer = json!({ "name": "Buyer" });
        let buyer = client
            .mutate("clientRegister", buyer, "client { id }")
            .await;
        let before = counts(&client).await;
        let storm = Storm::start(&client, buyer["client"]["id"].as_str().unwrap());
        storm.reaches(2).await;
        let killed = postgres(data.path());
        signal("-KILL", killed);
        up.says("had ended and was started again");
        storm.reaches(5).await;
        up.kill();
        up = Process::start(&mut daybook(data.path(), &["up"], &variables));
        up.ready();
        let done = storm.ends().await;
        assert_ne!(postgres(data.path()), killed);
        must_be_there_once(&client, &done, &before).await;
        up.interrupt();
        assert_eq!(up.ends().code(), Some(0));
    });
}
