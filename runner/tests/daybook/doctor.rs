//! Does `daybook doctor` see what is wrong, and say what to do?

use crate::process::{Process, daybook, run, wait_until};

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
}
