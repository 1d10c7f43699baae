//! What does `daybook up` need to start, and what does it say while that takes long?

use std::net::TcpListener;
use std::path::Path;

use daybook_postgres::testing::private;
use daybook_tests::{Client, Process, database, daybook, run};
use sqlx::{Connection, Executor, PgConnection};

use crate::crash::open;

fn up(url: &str, data: &Path, arguments: &[&str]) -> Process {
    let arguments = [&["up"], arguments].concat();
    Process::start(&mut daybook(data, &arguments, &[("DATABASE_URL", url)]))
}

/// Somebody who holds something of a database until they go away.
pub(crate) async fn hold(url: &str, what: &str) -> PgConnection {
    open(url).await.close().await;
    let mut holder = PgConnection::connect(url).await.unwrap();
    holder.execute("begin").await.unwrap();
    holder.execute(what).await.unwrap();
    holder
}

#[test]
fn a_database_that_does_not_answer_is_waited_for_aloud() {
    // It takes connections and says nothing.
    let server = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = server.local_addr().unwrap();
    let data = tempfile::tempdir().unwrap();
    let mut up = up(&format!("postgres://a:b@{address}/c"), data.path(), &[]);
    let told = up.says("connecting to PostgreSQL at");
    assert!(told.contains(&address.to_string()), "{told}");
    assert!(told.ends_with("(1 s)"), "{told}");
    up.interrupt();
    assert_eq!(up.ends().code(), Some(0));
}

#[test]
fn readers_that_cannot_begin_are_waited_for_aloud() {
    run(async {
        let url = database().await;
        let holder = hold(&url, "lock table daybook.readers in exclusive mode").await;
        let data = tempfile::tempdir().unwrap();
        let mut up = up(&url, data.path(), &[]);
        up.says("starting readers");
        up.says("starting readers (5 s)");
        holder.close().await.unwrap();
        up.ready();
    });
}

#[test]
fn a_demo_that_takes_long_is_founded_aloud() {
    run(async {
        let url = database().await;
        let holder = hold(&url, "select from daybook.log_head for update").await;
        let data = tempfile::tempdir().unwrap();
        let mut up = up(&url, data.path(), &["--demo"]);
        up.says("founding the demo's businesses");
        up.says("founding the demo's businesses (5 s)");
        holder.close().await.unwrap();
        up.ready();
    });
}

#[test]
fn a_database_that_is_named_is_all_that_is_needed() {
    run(async {
        let url = database().await;
        let (data, nothing) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
        let hidden = nothing.path().to_str().unwrap();
        let variables = [
            ("DATABASE_URL", url.as_str()),
            ("PATH", hidden),
            ("DAYBOOK_POSTGRES", hidden),
            ("DAYBOOK_POSTGRES_FETCH", "off"),
        ];
        let mut up = Process::start(&mut daybook(data.path(), &["up"], &variables));
        let told = up.says("using PostgreSQL");
        let base = format!("http://{}", up.ready());
        let health = Client::new(&base, None).get("/health/ready").await;
        assert_eq!(health.status, 200, "{}", health.text);
        assert!(!data.path().join("postgres").exists(), "{told}");
        // Without it none of the ways is left.
        let mut without = daybook(data.path(), &["up"], &variables[1..]);
        without.env_remove("DATABASE_URL");
        let ended = daybook_tests::finished(without).await;
        assert_eq!(ended.code, Some(2), "{}", ended.text);
    });
}

#[test]
fn another_password_of_the_administrator_is_said_and_mended_by_migrate() {
    run(async {
        let server = private();
        let data = tempfile::tempdir().unwrap();
        let command = async |arguments: &[&str], url: &str| {
            let variables = [("DATABASE_URL", url)];
            daybook_tests::finished(daybook(data.path(), arguments, &variables)).await
        };
        let url = server.url("postgres");
        let migrated = command(&["migrate"], &url).await;
        assert_eq!(migrated.code, Some(0), "{}", migrated.text);
        let mut admin = PgConnection::connect(&url).await.unwrap();
        let changed = "alter role current_user password 'another'";
        admin.execute(changed).await.unwrap();
        let mut url = url::Url::parse(&url).unwrap();
        url.set_password(Some("another")).unwrap();
        for arguments in [&["serve"][..], &["work"], &["replay", "--tenant", "acme"]] {
            let refused = command(arguments, url.as_str()).await;
            assert_eq!(refused.code, Some(2), "{}", refused.text);
            let told = refused.text.lines().last().unwrap();
            assert!(told.contains("turns Daybook's roles away"), "{told}");
            assert!(told.contains("run `daybook migrate`"), "{told}");
        }
        let migrated = command(&["migrate"], url.as_str()).await;
        assert_eq!(migrated.code, Some(0), "{}", migrated.text);
        let mut serve = Process::start(&mut daybook(
            data.path(),
            &["serve"],
            &[("DATABASE_URL", url.as_str())],
        ));
        serve.ready();
    });
}
