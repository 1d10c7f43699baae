//! A life with a private PostgreSQL: start, company, accidents, end.

use std::path::Path;
use std::time::{Duration, Instant};

use crate::process::{Process, daybook, get, is_alive, run, signal, wait_until};

/// The process id of the private server.
fn server(data: &Path) -> u32 {
    let file = data.join("postgres/server/data/postmaster.pid");
    let text = std::fs::read_to_string(file).unwrap();
    text.lines().next().unwrap().parse().unwrap()
}

#[test]
fn starts_from_nothing_ends_without_a_trace_and_starts_again_at_once() {
    let data = tempfile::tempdir().unwrap();
    let mut up = Process::start(&mut daybook(data.path(), &["up"]));
    let address = up.ready();
    let postgres = server(data.path());
    assert!(is_alive(postgres));
    for (path, text) in [
        ("/health/live", "alive"),
        ("/health/ready", "\"status\":\"ready\""),
        ("/metrics", "daybook_build_info"),
    ] {
        let answer = get(address, path).unwrap();
        assert!(answer.starts_with("HTTP/1.1 200"), "{answer}");
        assert!(answer.contains(text), "{answer}");
    }
    up.interrupt();
    up.says("stopped");
    assert_eq!(up.ends().code(), Some(0));
    wait_until("PostgreSQL has ended", || !is_alive(postgres));
    let since = Instant::now();
    let mut again = Process::start(&mut daybook(data.path(), &["up"]));
    again.ready();
    let took = since.elapsed();
    assert!(
        took < Duration::from_secs(10),
        "the second start took {took:?}"
    );
    signal("-TERM", again.id());
    assert_eq!(again.ends().code(), Some(0));
}

#[test]
fn every_command_works_beside_up_and_a_second_up_is_told_why_not() {
    let data = tempfile::tempdir().unwrap();
    let mut up = Process::start(&mut daybook(data.path(), &["up"]));
    let address = up.ready();
    let postgres = server(data.path());
    let second = run(&mut daybook(data.path(), &["up"]));
    assert_eq!(second.code, Some(2), "{}", second.stderr);
    let expected = format!(
        "another `daybook up` (process {}, http://{address})",
        up.id()
    );
    assert!(second.stderr.contains(&expected), "{}", second.stderr);
    assert_eq!(second.stderr.lines().count(), 1, "{}", second.stderr);
    let migrate = run(&mut daybook(data.path(), &["migrate"]));
    assert_eq!(migrate.code, Some(0), "{}", migrate.stderr);
    assert!(
        migrate.stdout.contains("the schema is current"),
        "{}",
        migrate.stdout
    );
    let list = run(&mut daybook(data.path(), &["projections"]));
    assert_eq!(list.code, Some(0), "{}", list.stderr);
    let mut serve = Process::start(&mut daybook(data.path(), &["serve"]));
    let other = serve.ready();
    assert!(get(other, "/health/live").unwrap().contains("alive"));
    serve.interrupt();
    assert_eq!(serve.ends().code(), Some(0));
    assert!(
        is_alive(postgres),
        "who leaves must not stop what others use"
    );
    assert!(
        get(address, "/health/ready")
            .unwrap()
            .starts_with("HTTP/1.1 200")
    );
    up.interrupt();
    assert_eq!(up.ends().code(), Some(0));
    wait_until("PostgreSQL has ended", || !is_alive(postgres));
}

#[test]
fn a_command_starts_the_private_server_by_itself_and_stops_it() {
    let data = tempfile::tempdir().unwrap();
    let early = run(&mut daybook(data.path(), &["projections", "list"]));
    assert_eq!(early.code, Some(2), "{}", early.stderr);
    assert!(
        early.stderr.contains("run `daybook migrate` first"),
        "{}",
        early.stderr
    );
    let migrate = run(&mut daybook(data.path(), &["migrate"]));
    assert_eq!(migrate.code, Some(0), "{}", migrate.stderr);
    assert!(migrate.stdout.contains("applied"), "{}", migrate.stdout);
    assert!(
        !data
            .path()
            .join("postgres/server/data/postmaster.pid")
            .exists()
    );
    let rebuild = run(&mut daybook(
        data.path(),
        &["projections", "rebuild", "crm.clients", "nothing"],
    ));
    assert_eq!(rebuild.code, Some(2));
    assert!(
        rebuild.stderr.contains("no read model is called nothing"),
        "{}",
        rebuild.stderr
    );
}

#[test]
fn a_killed_postgres_is_started_again() {
    let data = tempfile::tempdir().unwrap();
    let mut up = Process::start(&mut daybook(data.path(), &["up"]));
    let address = up.ready();
    for _ in 0..2 {
        let before = server(data.path());
        signal("-KILL", before);
        up.says("had ended and was started again");
        assert_ne!(server(data.path()), before);
        wait_until("it is ready again", || {
            get(address, "/health/ready").is_ok_and(|answer| answer.starts_with("HTTP/1.1 200"))
        });
    }
    up.interrupt();
    assert_eq!(up.ends().code(), Some(0));
}

#[test]
fn a_killed_process_leaves_a_server_that_the_next_one_takes_over() {
    let data = tempfile::tempdir().unwrap();
    let mut up = Process::start(&mut daybook(data.path(), &["up"]));
    up.ready();
    let postgres = server(data.path());
    signal("-KILL", up.id());
    up.ends();
    assert!(is_alive(postgres));
    let mut next = Process::start(&mut daybook(data.path(), &["up"]));
    next.says("was running already");
    next.ready();
    next.interrupt();
    assert_eq!(next.ends().code(), Some(0));
    wait_until("PostgreSQL has ended", || !is_alive(postgres));
}

#[test]
fn an_end_in_the_middle_of_the_start_leaves_nothing() {
    let data = tempfile::tempdir().unwrap();
    let mut up = Process::start(&mut daybook(data.path(), &["up"]));
    up.says("using PostgreSQL");
    up.interrupt();
    assert_eq!(up.ends().code(), Some(0));
    assert!(
        !data
            .path()
            .join("postgres/server/data/postmaster.pid")
            .exists()
    );
}

#[test]
fn logs_are_objects_when_asked_for() {
    let data = tempfile::tempdir().unwrap();
    let mut up = Process::start(
        daybook(data.path(), &["up"])
            .env("DAYBOOK_LOG_FORMAT", "json")
            .env("DAYBOOK_DATABASE_CONNECTIONS", "3"),
    );
    let address = up.ready();
    let request = format!(
        "GET /nothing?token=hidden HTTP/1.1\r\nhost: {address}\r\nx-request-id: mine-1\r\n\
         connection: close\r\n\r\n"
    );
    crate::process::ask(address, &request).unwrap();
    let line: serde_json::Value = serde_json::from_str(&up.says("answered")).unwrap();
    assert_eq!(line["status"], 404);
    assert_eq!(line["span"]["request_id"], "mine-1");
    assert_eq!(line["span"]["path"], "/nothing");
    assert!(!line.to_string().contains("hidden"));
}
