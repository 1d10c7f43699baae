//! Do processes that share nothing but the database keep one order between them?

use std::collections::HashSet;
use std::io::{BufRead, BufReader, Lines, Write};
use std::process::{Child, ChildStdout, Command, Stdio};

use daybook_domain::kernel::TenantId;
use daybook_store::{Database, Store};
use tokio::task::JoinSet;
use uuid::Uuid;

use crate::account::{Deposit, Open};
use crate::world::{OPTIONS, Row, World, assert_gapless, follow, id, run, tenant};

/// The test runs itself as the other processes: what one of them is to do makes it that process.
const PART: &str = "DAYBOOK_TEST_PROCESSES_PART";
const URL: &str = "DAYBOOK_TEST_PROCESSES_URL";
const TENANTS: &str = "DAYBOOK_TEST_PROCESSES_TENANTS";
/// Writers of each process, and commands of each.
const WRITERS: usize = 16;
const COMMANDS: usize = 20;
/// Events of both.
const EVENTS: i64 = 640;

#[expect(
    clippy::disallowed_methods,
    reason = "a process of the test's own making has no other way to be told"
)]
fn told(name: &str) -> String {
    std::env::var(name).unwrap_or_default()
}

/// One write per line, so that lines of writers do not mix.
fn tell(line: &str) {
    let line = format!("\n{line}\n");
    std::io::stdout().lock().write_all(line.as_bytes()).unwrap();
}

/// Waits until the test says that everybody is there.
fn wait_for_the_others() {
    tell("ready");
    std::io::stdin().lines().next();
}

async fn store() -> Store {
    let database = Database::from_url(&told(URL)).unwrap();
    Store::open(&database, OPTIONS).await.unwrap()
}

/// What a process does that writes: it says which commands went through, and where they are.
async fn write() {
    let store = store().await;
    let tenants: Vec<TenantId> = told(TENANTS)
        .split(',')
        .map(|it| TenantId(it.parse().unwrap()))
        .collect();
    wait_for_the_others();
    let mut writers = JoinSet::new();
    for number in 0..WRITERS {
        let (store, tenant) = (store.clone(), tenants[number % tenants.len()]);
        writers.spawn(async move {
            let stream = id();
            for n in 0..COMMANDS {
                let went = match n {
                    0 => run(&store, tenant, stream, Open::default()).await,
                    _ => run(&store, tenant, stream, Deposit(1)).await,
                };
                let event = &went.unwrap().events[0];
                tell(&format!("went {} {}", event.command_id, event.log_position));
            }
        });
    }
    writers.join_all().await;
    store.close().await;
}

/// What the process does that tails: it says what it saw, in the order in which it did.
async fn tail() {
    let store = store().await;
    wait_for_the_others();
    for row in follow(&store, EVENTS).await {
        tell(&format!("saw {} {}", row.command_id, row.log_position));
    }
    store.close().await;
}

/// Another process.
struct Other {
    child: Child,
    lines: Lines<BufReader<ChildStdout>>,
}

impl Other {
    fn start(part: &str, url: &str, tenants: &[TenantId]) -> Self {
        let name = "processes::processes_that_write_at_once_keep_one_order_for_one_that_tails";
        let tenants: Vec<String> = tenants.iter().map(ToString::to_string).collect();
        let mut child = Command::new(std::env::current_exe().unwrap())
            .args([name, "--exact", "--nocapture", "--test-threads=1"])
            .env(PART, part)
            .env(URL, url)
            .env(TENANTS, tenants.join(","))
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        let lines = BufReader::new(child.stdout.take().unwrap()).lines();
        let mut other = Self { child, lines };
        let is_ready = other.lines.any(|line| line.unwrap() == "ready");
        assert!(is_ready, "the process that is to {part} ended");
        other
    }

    fn go(&mut self) {
        self.child.stdin.take().unwrap().write_all(b"\n").unwrap();
    }

    /// What it says until its end: commands and their positions.
    fn said(mut self) -> Vec<(Uuid, i64)> {
        let lines = self.lines.by_ref().map(Result::unwrap);
        let said = lines.filter_map(|line| {
            let words: Vec<&str> = line.split(' ').collect();
            let ["went" | "saw", command_id, at] = words[..] else {
                return None;
            };
            Some((command_id.parse().unwrap(), at.parse().unwrap()))
        });
        let said = said.collect();
        assert!(self.child.wait().unwrap().success());
        said
    }
}

/// All of what the others say: the two that write, and the one that tails.
fn let_run(url: &str, tenants: &[TenantId]) -> [Vec<(Uuid, i64)>; 3] {
    let mut others = ["write", "write", "tail"].map(|part| Other::start(part, url, tenants));
    others.iter_mut().for_each(Other::go);
    let others = others.map(|other| std::thread::spawn(|| other.said()));
    others.map(|other| other.join().unwrap())
}

/// What any program sees that polls the table meanwhile. Were a position ever to be seen before a
/// smaller one, it would miss that one for ever.
async fn polled(world: &World) -> Vec<(Uuid, i64)> {
    let mut admin = world.administrator().await;
    let (mut at, mut seen) = (0, Vec::new());
    while at < EVENTS {
        let page: Vec<(Uuid, i64)> = sqlx::query_as(
            "select command_id, log_position from daybook.events where log_position > $1 \
             order by log_position",
        )
        .bind(at)
        .fetch_all(&mut admin)
        .await
        .unwrap();
        at = page.last().map_or(at, |(_, position)| *position);
        seen.extend(page);
    }
    seen
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn processes_that_write_at_once_keep_one_order_for_one_that_tails() {
    match told(PART).as_str() {
        "write" => return write().await,
        "tail" => return tail().await,
        _ => {}
    }
    let world = World::new().await;
    let tenants = [tenant(), tenant(), tenant()];
    let url = world.url.clone();
    let running = tokio::task::spawn_blocking(move || let_run(&url, &tenants));
    let (polled, running) = tokio::join!(polled(&world), running);
    let [first, second, seen] = running.unwrap();
    let log = world.log().await;
    assert_gapless(&log);
    let stored: Vec<(Uuid, i64)> = log
        .iter()
        .map(|row: &Row| (row.command_id, row.log_position))
        .collect();
    assert_eq!(stored.len(), usize::try_from(EVENTS).unwrap());
    assert_eq!(seen, stored, "the process that tails saw something else");
    assert_eq!(polled, stored, "who polls saw something else");
    // What was acknowledged is there, once, where it was said to be; and there is nothing else.
    let mut acknowledged = [first.as_slice(), &second].concat();
    acknowledged.sort_unstable_by_key(|(_, position)| *position);
    assert_eq!(acknowledged, stored);
    let firsts: HashSet<i64> = first.iter().map(|(_, position)| *position).collect();
    let turns = stored
        .windows(2)
        .filter(|pair| firsts.contains(&pair[0].1) != firsts.contains(&pair[1].1));
    assert!(turns.count() > 4, "they wrote one after the other");
}
