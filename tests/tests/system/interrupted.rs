//! What does Ctrl-C leave of a command that is under way?

use std::net::TcpListener;
use std::path::Path;

use daybook_tests::{Process, database, daybook, is_alive, run};
use sqlx::Connection;

use crate::start::hold;

/// The private server's process.
fn postgres(data: &Path) -> u32 {
    let file = data.join("postgres/server/data/postmaster.pid");
    let text = std::fs::read_to_string(file).unwrap();
    text.lines().next().unwrap().parse().unwrap()
}

#[test]
fn a_private_server_that_a_command_started_ends_with_it() {
    run(async {
        let place = tempfile::tempdir().unwrap();
        let data = place.path();
        let mut up = Process::start(&mut daybook(data, &["up", "--demo"], &[]));
        up.ready();
        up.interrupt();
        assert_eq!(up.ends().code(), Some(0), "{}", up.log());

        // Nobody seals what it asks for, and it waits for that.
        let archive = data.join("archive.tar.gz");
        let out = archive.to_str().unwrap();
        let demo = std::fs::read(data.join("demo.json")).unwrap();
        let demo: serde_json::Value = serde_json::from_slice(&demo).unwrap();
        let tenant = demo["tenants"][0]["subdomain"].as_str().unwrap();
        let export = [
            "audit", "export", "--tenant", tenant, "--out", out, "--wait", "600",
        ];
        let mut export = Process::start(&mut daybook(data, &export, &[]));
        export.says("PostgreSQL is ready");
        export.says("waiting for the seal");
        let postgres = postgres(data);
        export.interrupt();
        export.says("daybook: interrupted; run it again to go on");
        assert_eq!(export.ends().code(), Some(3), "{}", export.log());
        assert!(!is_alive(postgres), "left behind: {}", export.log());
    });
}

#[test]
fn a_command_whose_database_does_not_answer_ends_at_once() {
    // It takes connections and says nothing.
    let server = TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("postgres://a:b@{}/c", server.local_addr().unwrap());
    let data = tempfile::tempdir().unwrap();
    for command in [&["doctor"][..], &["scrub"], &["projections"]] {
        let mut process = Process::start(&mut daybook(
            data.path(),
            command,
            &[("DATABASE_URL", &url)],
        ));
        process.says("connecting to PostgreSQL at");
        process.interrupt();
        process.says("daybook: interrupted");
        assert_eq!(process.ends().code(), Some(130), "{}", process.log());
    }
}

#[test]
fn up_stops_while_it_founds_the_demo() {
    run(async {
        let url = database().await;
        let holder = hold(&url, "select from daybook.log_head for update").await;
        let data = tempfile::tempdir().unwrap();
        let variables = [("DATABASE_URL", url.as_str())];
        let mut up = Process::start(&mut daybook(data.path(), &["up", "--demo"], &variables));
        up.says("founding the demo's businesses");
        up.interrupt();
        up.says("stopping before the demo was founded");
        holder.close().await.unwrap();
        assert_eq!(up.ends().code(), Some(0), "{}", up.log());
        // What was begun is gone on with.
        let mut up = Process::start(&mut daybook(data.path(), &["up", "--demo"], &variables));
        up.ready();
        assert!(data.path().join("demo.json").exists());
    });
}
