//! What is wrong with the surroundings is told in one line, and ends with code 2.

use std::fs;
use std::net::TcpListener;
use std::os::unix::fs::PermissionsExt;
use std::path::Path;

use daybook_postgres::testing;

use crate::old_server;
use crate::process::{Ended, daybook, run};

#[track_caller]
fn one_line(ended: &Ended, texts: &[&str]) {
    let stderr = &ended.stderr;
    assert_eq!(ended.code, Some(2), "{stderr}");
    let told: Vec<&str> = stderr
        .lines()
        .filter(|line| line.starts_with("daybook: "))
        .collect();
    assert_eq!(told.len(), 1, "{stderr}");
    assert_eq!(stderr.lines().last(), told.first().copied(), "{stderr}");
    for text in texts {
        assert!(told[0].contains(text), "{text:?} is missing in {}", told[0]);
    }
    for noise in ["panicked", "backtrace", "Error {", "Os {"] {
        assert!(!stderr.contains(noise), "{stderr}");
    }
}

#[test]
fn a_taken_port_is_noticed_before_anything_is_made() {
    let data = tempfile::tempdir().unwrap();
    let taken = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = taken.local_addr().unwrap().to_string();
    let ended = run(daybook(data.path(), &["up"]).env("DAYBOOK_LISTEN", &address));
    one_line(
        &ended,
        &[&address, "is in use by another program", "DAYBOOK_LISTEN"],
    );
    assert!(!data.path().join("postgres").exists());
}

#[test]
fn an_address_of_another_machine_is_refused() {
    let data = tempfile::tempdir().unwrap();
    let ended = run(daybook(data.path(), &["up"]).env("DAYBOOK_LISTEN", "192.0.2.1:8080"));
    one_line(
        &ended,
        &[
            "192.0.2.1:8080",
            "no address of this machine",
            "DAYBOOK_LISTEN",
        ],
    );
}

#[test]
fn a_data_directory_that_cannot_be_written_is_refused() {
    let place = tempfile::tempdir().unwrap();
    let file = place.path().join("a-file");
    fs::write(&file, "").unwrap();
    let ended = run(&mut daybook(&file.join("data"), &["up"]));
    one_line(
        &ended,
        &["a-file/data", "cannot be written", "DAYBOOK_DATA"],
    );
    // Root may write everywhere, so this half says something for everybody else only.
    let closed = place.path().join("closed");
    fs::create_dir(&closed).unwrap();
    fs::set_permissions(&closed, fs::Permissions::from_mode(0o500)).unwrap();
    if fs::write(closed.join("probe"), "").is_err() {
        let ended = run(&mut daybook(&closed, &["up"]));
        one_line(&ended, &["closed", "cannot be written", "DAYBOOK_DATA"]);
    }
}

#[test]
fn a_database_url_that_is_none_is_refused() {
    let data = tempfile::tempdir().unwrap();
    for url in ["mysql://u:hidden@127.0.0.1/x", "not a url"] {
        let ended = run(daybook(data.path(), &["up"]).env("DATABASE_URL", url));
        one_line(
            &ended,
            &[
                "DATABASE_URL is not a database URL",
                "postgres://user:password@",
            ],
        );
        assert!(!ended.stderr.contains("hidden"));
    }
}

#[test]
fn a_server_that_is_not_there_is_named() {
    let data = tempfile::tempdir().unwrap();
    let free = TcpListener::bind("127.0.0.1:0")
        .unwrap()
        .local_addr()
        .unwrap();
    let url = format!("postgres://u:hidden@{free}/books");
    for command in ["up", "serve", "work", "migrate", "projections"] {
        let ended = run(daybook(data.path(), &[command]).env("DATABASE_URL", &url));
        one_line(
            &ended,
            &[
                "cannot connect to PostgreSQL at",
                &free.to_string(),
                "DATABASE_URL",
            ],
        );
        assert!(!ended.stderr.contains("hidden"));
    }
}

#[test]
fn a_wrong_password_and_a_missing_database_are_told_apart() {
    let data = tempfile::tempdir().unwrap();
    let server = testing::shared();
    let mut url = url::Url::parse(&server.admin_url()).unwrap();
    url.set_password(Some("wrong")).unwrap();
    let ended = run(daybook(data.path(), &["up"]).env("DATABASE_URL", url.as_str()));
    one_line(&ended, &["password authentication failed", "DATABASE_URL"]);
    url.set_password(None).unwrap();
    let ended = run(daybook(data.path(), &["up"]).env("DATABASE_URL", url.as_str()));
    one_line(&ended, &["it lacks a password", "DATABASE_URL"]);
    let missing = server.url("no_such_database");
    let ended = run(daybook(data.path(), &["up"]).env("DATABASE_URL", missing));
    one_line(
        &ended,
        &["no_such_database", "does not exist", "DATABASE_URL"],
    );
}

#[test]
fn an_old_server_is_refused() {
    let data = tempfile::tempdir().unwrap();
    let url = old_server::start();
    let ended = run(daybook(data.path(), &["up"]).env("DATABASE_URL", url));
    one_line(
        &ended,
        &["PostgreSQL 14.9 is too old", "needs version 15 or newer"],
    );
}

#[test]
fn all_faults_of_the_configuration_are_listed() {
    let data = tempfile::tempdir().unwrap();
    fs::write(
        data.path().join("daybook.toml"),
        "[limit]\nconnections = 3\n",
    )
    .unwrap();
    let ended = run(daybook(data.path(), &["up"])
        .env("DAYBOOK_LOG_FORMAT", "xml")
        .env("DAYBOOK_LISTEN", "everywhere"));
    assert_eq!(ended.code, Some(2));
    for text in [
        "3 settings are wrong",
        "limit.connections is not a setting",
        "DAYBOOK_LOG_FORMAT is \"xml\"; expected pretty or json",
        "DAYBOOK_LISTEN has \"everywhere\"",
    ] {
        assert!(
            ended.stderr.contains(text),
            "{text:?} is missing in {}",
            ended.stderr
        );
    }
    let ended = run(&mut daybook(
        data.path(),
        &["migrate", "--config", "/nowhere.toml"],
    ));
    one_line(&ended, &["/nowhere.toml cannot be read"]);
}

#[test]
fn binaries_that_are_none_are_refused() {
    let data = tempfile::tempdir().unwrap();
    let ended = run(daybook(data.path(), &["migrate"]).env("DAYBOOK_POSTGRES", "/nowhere"));
    one_line(&ended, &["/nowhere"]);
    let nothing = daybook(data.path(), &["migrate"])
        .env("PATH", "/nowhere")
        .env("DAYBOOK_POSTGRES_FETCH", "off")
        .output()
        .unwrap();
    // Where a server is installed in a usual place it is found even so.
    assert!(matches!(nothing.status.code(), Some(0 | 2)));
}

#[test]
fn wrong_usage_ends_with_code_2_and_help_with_code_0() {
    let anywhere = Path::new("/nowhere");
    for arguments in [
        &["fly"][..],
        &["up", "--fast"],
        &["projections", "rebuild"],
        &["projections", "rebuild", "crm.clients", "--all"],
        &[],
    ] {
        let ended = run(&mut daybook(anywhere, arguments));
        assert_eq!(ended.code, Some(2), "{arguments:?}");
        assert!(ended.stderr.contains("Usage: daybook"), "{}", ended.stderr);
    }
    let help = run(&mut daybook(anywhere, &["--help"]));
    assert_eq!(help.code, Some(0));
    for text in [
        "up",
        "serve",
        "work",
        "migrate",
        "projections",
        "DATABASE_URL",
        "Exit codes",
    ] {
        assert!(
            help.stdout.contains(text),
            "{text:?} is missing in {}",
            help.stdout
        );
    }
    let version = run(&mut daybook(anywhere, &["--version"]));
    assert_eq!(
        version.stdout.trim(),
        concat!("daybook ", env!("CARGO_PKG_VERSION"))
    );
}

#[test]
fn an_anchor_s_certificates_that_cannot_be_used_are_named() {
    let data = tempfile::tempdir().unwrap();
    let file = data.path().join("none.pem");
    let start = |file: &Path| {
        let mut up = daybook(&data.path().join("data"), &["up"]);
        up.env("DAYBOOK_ANCHOR_URL", "https://anchor.example/in")
            .env("DAYBOOK_ANCHOR_CA", file);
        run(&mut up)
    };
    let missing = start(&file);
    one_line(&missing, &["DAYBOOK_ANCHOR_CA", "none.pem", "(PEM)"]);
    fs::write(&file, "no certificate").unwrap();
    one_line(&start(&file), &["DAYBOOK_ANCHOR_CA", "it holds none"]);
}
