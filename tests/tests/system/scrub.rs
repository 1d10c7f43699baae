//! Is what an erasure left on the disk taken off it?
//!
//! Looked for in every file below the data directory of an installation with a private server: its
//! tables, its statistics, its log of writes, what it and we say.

use std::time::Duration;

use daybook_domain::tenancy::public::Role;
use daybook_postgres::{Cluster, Options, Surroundings};
use daybook_store::Store;
use daybook_tests::{Business, Client, Ended, Process, daybook, finished, run, signal};
use serde_json::json;
use sqlx::{Connection, Executor, PgConnection};
use tempfile::TempDir;

use crate::crash::{keep_master_key, open};
use crate::erasure::{Words, dump, erase, files, seed_client};

/// Nothing is scrubbed but by the command.
const BY_HAND: [(&str, &str); 1] = [("DAYBOOK_SCRUB", "never")];

/// A running `up` with a private server, and a business on it.
struct Installation {
    data: TempDir,
    /// Of the server.
    url: String,
    up: Process,
    store: Store,
    owner: Client,
}

impl Installation {
    async fn new(settings: &[(&str, &str)]) -> Self {
        let data = tempfile::tempdir().unwrap();
        keep_master_key(data.path());
        let mut up = Process::start(&mut daybook(data.path(), &["up"], settings));
        let base = format!("http://{}", up.ready());
        let url = address(&data);
        let store = open(&url).await;
        let business = Business::found(&store, &[Role::Owner]).await;
        let owner = Client::new(&base, Some(&business.key().await));
        Self {
            data,
            url,
            up,
            store,
            owner,
        }
    }
}

async fn scrub(data: &TempDir, arguments: &[&str]) -> Ended {
    finished(daybook(data.path(), &[&["scrub"], arguments].concat(), &[])).await
}

/// The address of the private server that runs on a data directory.
#[expect(
    clippy::disallowed_methods,
    reason = "PostgreSQL is looked for where we would"
)]
fn address(data: &TempDir) -> String {
    let surroundings = Surroundings::of_this_machine(std::env::var_os("PATH"));
    let options = Options::new(data.path().join("postgres"), surroundings);
    let cluster = Cluster::attach_or_start(options, &|_| ()).unwrap();
    cluster.socket_url("daybook")
}

#[test]
fn after_an_erasure_and_a_scrub_nothing_is_left_in_any_file() {
    run(async {
        let Installation {
            data,
            url,
            mut up,
            store,
            owner,
        } = Installation::new(&BY_HAND).await;
        let (mut words, mut kept) = (Words::default(), Words::default());
        let id = seed_client(&owner, &mut words).await;
        let stays = seed_client(&owner, &mut kept).await;
        // So that the statistics have values, too.
        let mut admin = PgConnection::connect(&url).await.unwrap();
        admin.execute("analyze").await.unwrap();
        // Somebody looks at how it was, and goes on looking.
        let mut onlooker = PgConnection::connect(&url).await.unwrap();
        onlooker
            .execute("begin isolation level repeatable read; select now()")
            .await
            .unwrap();
        erase(&owner, &id).await;
        assert_eq!(words.found_in(&dump(&url).await), [""; 0]);
        admin.execute("checkpoint").await.unwrap();
        assert!(
            !words.found_in(&files(data.path())).is_empty(),
            "else this test shows nothing"
        );

        let ended = scrub(&data, &[]).await;
        assert_eq!(ended.code, Some(1), "{ended:?}");
        assert!(
            ended.text.contains("still sees rows that are gone"),
            "{ended:?}"
        );
        assert!(!words.found_in(&files(data.path())).is_empty());
        onlooker.execute("rollback").await.unwrap();
        onlooker.close().await.unwrap();

        // Killed half-way; and again.
        for table in ["rewriting daybook.claims", "rewriting daybook.mail"] {
            let mut process = Process::start(&mut daybook(data.path(), &["scrub"], &[]));
            process.says(table);
            signal("-KILL", process.id());
            process.ends();
        }
        let reading = async {
            // Who is served meanwhile waits at most for one table.
            let one = "query($id: ID!) { client(id: $id) { name } }";
            let mut answers = 0;
            while answers < 20 {
                let there = owner.data(one, json!({ "id": stays })).await;
                assert_eq!(kept.found_in(&there.to_string()).len(), 1);
                answers += 1;
            }
            seed_client(&owner, &mut Words::default()).await
        };
        let (ended, _) = tokio::join!(scrub(&data, &[]), reading);
        assert_eq!(ended.code, Some(0), "{ended:?}");
        assert!(ended.text.contains("tables rewritten"), "{ended:?}");
        assert_eq!(
            words.found_in(&files(data.path())),
            [""; 0],
            "still on the disk"
        );
        assert!(
            !kept.found_in(&files(data.path())).is_empty(),
            "others are not touched"
        );
        admin.close().await.unwrap();
        store.close().await;
        up.interrupt();
        assert_eq!(up.ends().code(), Some(0));
        // Alone, with a server that it starts itself and stops; what it does may be done again.
        let ended = scrub(&data, &[]).await;
        assert_eq!(ended.code, Some(0), "{ended:?}");
        assert_eq!(words.found_in(&files(data.path())), [""; 0]);
        assert!(
            !data
                .path()
                .join("postgres/server/data/postmaster.pid")
                .exists()
        );
    });
}

#[test]
fn what_an_erasure_left_goes_by_itself() {
    run(async {
        let Installation {
            data,
            url,
            mut up,
            store,
            owner,
        } = Installation::new(&[]).await;
        let mut kept = Words::default();
        seed_client(&owner, &mut kept).await;
        let scrubbed = "the private PostgreSQL was scrubbed after erasures";
        for times in 0..2 {
            let mut words = Words::default();
            let id = seed_client(&owner, &mut words).await;
            written_out(&url).await;
            assert!(!words.found_in(&files(data.path())).is_empty());
            assert_eq!(
                up.log().matches(scrubbed).count(),
                times,
                "nobody was erased since"
            );
            erase(&owner, &id).await;
            up.says(scrubbed);
            assert_eq!(words.found_in(&files(data.path())), [""; 0]);
        }
        assert!(!kept.found_in(&files(data.path())).is_empty());

        // What was not done before a stop, the next start does.
        store.close().await;
        up.interrupt();
        up.ends();
        let mut up = Process::start(&mut daybook(data.path(), &["up"], &BY_HAND));
        let base = format!("http://{}", up.ready());
        let owner = owner.at(&base);
        let mut words = Words::default();
        let id = seed_client(&owner, &mut words).await;
        written_out(&address(&data)).await;
        erase(&owner, &id).await;
        up.interrupt();
        up.ends();
        assert!(!words.found_in(&files(data.path())).is_empty());
        let mut up = Process::start(&mut daybook(data.path(), &["up"], &[]));
        up.ready();
        up.says(scrubbed);
        assert_eq!(words.found_in(&files(data.path())), [""; 0]);
        // Nobody was erased since then.
        up.interrupt();
        up.ends();
        let mut up = Process::start(&mut daybook(data.path(), &["up"], &[]));
        up.ready();
        tokio::time::sleep(Duration::from_secs(3)).await;
        assert!(!up.log().contains(scrubbed));
    });
}

#[test]
fn who_looks_on_is_named_and_another_erasure_takes_both_away() {
    run(async {
        let Installation {
            data,
            url,
            mut up,
            store,
            owner,
        } = Installation::new(&[]).await;
        let mut words = Words::default();
        let id = seed_client(&owner, &mut words).await;
        written_out(&url).await;
        let mut onlooker = PgConnection::connect(&url).await.unwrap();
        onlooker
            .execute("begin isolation level repeatable read; select now()")
            .await
            .unwrap();
        erase(&owner, &id).await;
        up.says("something may be left of who was erased");
        assert!(up.log().contains("process"), "{}", up.log());
        assert!(!words.found_in(&files(data.path())).is_empty());
        onlooker.execute("rollback").await.unwrap();
        onlooker.close().await.unwrap();
        let id = seed_client(&owner, &mut words).await;
        erase(&owner, &id).await;
        up.says("the private PostgreSQL was scrubbed after erasures");
        assert_eq!(words.found_in(&files(data.path())), [""; 0]);
        store.close().await;
    });
}

/// The server writes what it has in memory into its files, its statistics too.
async fn written_out(url: &str) {
    let mut admin = PgConnection::connect(url).await.unwrap();
    admin.execute("analyze; checkpoint").await.unwrap();
    admin.close().await.unwrap();
}

#[test]
fn what_cannot_be_scrubbed_is_told_before_anything_happens() {
    run(async {
        let data = tempfile::tempdir().unwrap();
        let wrong = scrub(&data, &["everything"]).await;
        assert_eq!(wrong.code, Some(2), "{wrong:?}");
        assert!(wrong.text.contains("unexpected argument"), "{wrong:?}");
        let empty = daybook_tests::database().await;
        let nobody = "postgres://nobody:x@127.0.0.1:9/none";
        for (url, told) in [
            (empty.as_str(), "daybook migrate"),
            (nobody, "cannot connect"),
        ] {
            let command = daybook(data.path(), &["scrub"], &[("DATABASE_URL", url)]);
            let ended = finished(command).await;
            assert_eq!(ended.code, Some(2), "{ended:?}");
            assert!(ended.text.contains(told), "{ended:?}");
        }
    });
}
