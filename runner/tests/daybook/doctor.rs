//! Does `daybook doctor` see what is wrong, and say what to do?

use std::fs::OpenOptions;
use std::io::Write;

use crate::process::{Process, daybook, run, wait_until};
use crate::smtp::{Mood, Server};

#[test]
fn finds_nothing_wrong_beside_a_running_up() {
    let data = tempfile::tempdir().unwrap();
    let mut up = Process::start(&mut daybook(data.path(), &["up"]));
    up.ready();
    wait_until("every reader has given a sign of life", || {
        let said = run(&mut daybook(data.path(), &["doctor"]));
        said.code == Some(0) && !said.stdout.contains("nobody is at work")
    });
    let said = run(&mut daybook(data.path(), &["doctor"]));
    assert_eq!(said.code, Some(0), "{}", said.stderr);
    for part in [
        "server",
        "durability",
        "schema",
        "log",
        "readers",
        "mail",
        "timers",
    ] {
        let good = |line: &str| line.starts_with("ok") && line.contains(part);
        assert!(said.stdout.lines().any(good), "{part}: {}", said.stdout);
    }
    assert!(!said.stdout.contains("do:"), "{}", said.stdout);
}

#[test]
fn says_what_to_do_about_a_missing_schema_and_a_deaf_mail_server() {
    let data = tempfile::tempdir().unwrap();
    let fresh = run(&mut daybook(data.path(), &["doctor"]));
    assert_eq!(fresh.code, Some(1), "{}", fresh.stderr);
    assert!(
        fresh.stdout.contains("do: run `daybook migrate`"),
        "{}",
        fresh.stdout
    );
    assert!(
        fresh.stderr.contains("1 thing does not work"),
        "{}",
        fresh.stderr
    );
    let migrate = run(&mut daybook(data.path(), &["migrate"]));
    assert_eq!(migrate.code, Some(0), "{}", migrate.stderr);
    // It takes connections and says nothing.
    let server = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let port = server.local_addr().unwrap().port();
    let mut deaf = daybook(data.path(), &["doctor"]);
    deaf.env("DAYBOOK_SMTP_URL", format!("smtp://127.0.0.1:{port}"));
    let deaf = run(&mut deaf);
    assert_eq!(deaf.code, Some(1), "{}", deaf.stderr);
    for said in ["longer than 5 seconds", "do: correct DAYBOOK_SMTP_URL"] {
        assert!(deaf.stdout.contains(said), "{}", deaf.stdout);
    }
    let idle = "start `daybook up` or `daybook work`";
    assert!(deaf.stdout.contains(idle), "{}", deaf.stdout);
    let server = Server::open(&[Mood::Takes]);
    let mut takes = daybook(data.path(), &["doctor"]);
    takes.env(
        "DAYBOOK_SMTP_URL",
        format!("smtp://127.0.0.1:{}", server.port),
    );
    let takes = run(&mut takes);
    assert_eq!(takes.code, Some(0), "{}{}", takes.stdout, takes.stderr);
    let said = format!("127.0.0.1:{} takes mail", server.port);
    assert!(takes.stdout.contains(&said), "{}", takes.stdout);
}

#[test]
fn says_what_to_do_about_a_server_that_is_set_up_badly() {
    let data = tempfile::tempdir().unwrap();
    let migrate = run(&mut daybook(data.path(), &["migrate"]));
    assert_eq!(migrate.code, Some(0), "{}", migrate.stderr);
    let settings = data
        .path()
        .join("postgres/server/data/postgresql.auto.conf");
    let mut settings = OpenOptions::new().append(true).open(settings).unwrap();
    let bad = "max_connections = 40\nfsync = off\nfull_page_writes = off\n";
    settings.write_all(bad.as_bytes()).unwrap();
    let mut doctor = daybook(data.path(), &["doctor"]);
    let said = run(doctor.env("DAYBOOK_DATABASE_CONNECTIONS", "25"));
    assert_eq!(said.code, Some(1), "{}", said.stderr);
    let lines: Vec<&str> = said.stdout.lines().map(str::trim).collect();
    for [finding, advice] in [
        [
            "FAULT    durability   acknowledged events may be lost: fsync = off, full_page_writes = off",
            "do: set them to on in postgresql.conf and reload the server",
        ],
        [
            "warning  connections  40 allowed, one process may use 54",
            "do: raise max_connections, and count the processes that share the server",
        ],
    ] {
        let is_there = lines.windows(2).any(|pair| pair == [finding, advice]);
        assert!(is_there, "{finding}: {}", said.stdout);
    }
}
