//! What is left when our own process is killed amid its writers?

use std::collections::HashMap;
use std::io::{BufRead, BufReader, Write};
use std::process::{Command, Stdio};

use daybook_domain::kernel::TenantId;
use daybook_store::{Database, Store};
use tokio::task::JoinSet;
use uuid::Uuid;

use crate::deliberate::{Went, assert_whole, command_id, insist};
use crate::world::{OPTIONS, World, tenant, until};

const WRITERS: usize = 64;
/// The test runs itself as the process to be killed: a database URL makes it that process.
const VICTIM: &str = "DAYBOOK_TEST_CRASH_URL";
const TENANT: &str = "DAYBOOK_TEST_CRASH_TENANT";

#[expect(
    clippy::disallowed_methods,
    reason = "a process of the test's own making has no other way to be told"
)]
fn told(name: &str) -> Option<String> {
    std::env::var(name).ok()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn kill_9_of_our_process_loses_nothing_that_was_acknowledged() {
    if let (Some(url), Some(tenant)) = (told(VICTIM), told(TENANT)) {
        return write_until_killed(&url, TenantId(tenant.parse().unwrap())).await;
    }
    let world = World::new().await;
    let places: HashMap<Uuid, (usize, usize)> = (0..WRITERS)
        .flat_map(|writer| (0..1_000).map(move |n| (command_id(writer, n), (writer, n))))
        .collect();
    for _ in 0..3 {
        let tenant = tenant();
        let before = world.log().await.len();
        let url = world.url.clone();
        let went = tokio::task::spawn_blocking(move || kill_amid_writing(&url, tenant))
            .await
            .unwrap();
        assert!(went.len() >= 200);
        // The server may still carry out what was sent before the end.
        until("the end of its sessions", || async {
            sessions(&world).await == 0
        })
        .await;
        let log = world.log().await;
        assert!(log.len() > before);
        let mine = log.iter().filter(|row| row.tenant_id == tenant.0).count();
        assert!(mine >= 2 * went.len());
        assert_whole(&log, tenant, &went);
        // The next process repeats all of it and goes on.
        let store = world.store().await;
        let mut again = Vec::new();
        for went in &went {
            again.push(insist(&store, tenant, places[&went.command_id]).await);
        }
        assert_eq!(again, went);
        assert_eq!(world.log().await, log, "repeats left something");
        insist(&store, tenant, (WRITERS, 0)).await;
        crate::world::assert_gapless(&world.log().await);
        store.close().await;
    }
}

/// Sessions that some store has with the database.
async fn sessions(world: &World) -> i64 {
    let count = "select count(*) from pg_stat_activity \
        where datname = current_database() and usename like 'daybook\\_%'";
    let mut admin = world.administrator().await;
    let count = sqlx::query_scalar(count).fetch_one(&mut admin);
    count.await.unwrap()
}

/// Starts the victim, reads what it acknowledges, and kills it in the middle.
fn kill_amid_writing(url: &str, tenant: TenantId) -> Vec<Went> {
    let name = "crash::kill_9_of_our_process_loses_nothing_that_was_acknowledged";
    let mut victim = Command::new(std::env::current_exe().unwrap())
        .args([name, "--exact", "--nocapture", "--test-threads=1"])
        .env(VICTIM, url)
        .env(TENANT, tenant.to_string())
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .spawn()
        .unwrap();
    let mut lines = BufReader::new(victim.stdout.take().unwrap()).lines();
    let mut acknowledged = Vec::new();
    while acknowledged.len() < 200 {
        let line = lines.next().expect("the victim goes on").unwrap();
        acknowledged.extend(read(&line));
    }
    victim.kill().unwrap();
    victim.wait().unwrap();
    // What it had said before it died counts as well; a line cut in the middle was not said.
    for line in lines.map_while(Result::ok) {
        acknowledged.extend(read(&line));
    }
    acknowledged
}

async fn write_until_killed(url: &str, tenant: TenantId) {
    let database = Database::from_url(url).unwrap();
    let store = Store::open(&database, OPTIONS).await.unwrap();
    let mut writers = JoinSet::new();
    for writer in 0..WRITERS {
        let store = store.clone();
        writers.spawn(async move {
            for n in 0..1_000 {
                tell(&insist(&store, tenant, (writer, n)).await);
            }
        });
    }
    writers.join_all().await;
}

/// One write per line, so that lines of writers do not mix.
fn tell(went: &Went) {
    let events = went.events.iter().map(Uuid::to_string).collect::<Vec<_>>();
    let line = format!(
        "\nwent {} {} {} {} .\n",
        went.command_id,
        went.position,
        went.version,
        events.join(",")
    );
    std::io::stdout().lock().write_all(line.as_bytes()).unwrap();
}

fn read(line: &str) -> Option<Went> {
    let words: Vec<&str> = line.split(' ').collect();
    let ["went", command_id, position, version, events, "."] = words[..] else {
        return None;
    };
    Some(Went {
        command_id: command_id.parse().unwrap(),
        position: position.parse().unwrap(),
        version: version.parse().unwrap(),
        events: events.split(',').map(|id| id.parse().unwrap()).collect(),
    })
}
