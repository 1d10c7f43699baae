//! Mails on their way: to a real server, in spite of it, and without one.

use std::sync::atomic::{AtomicI64, Ordering};
use std::time::{Duration, Instant};

use chrono::{DateTime, TimeDelta, Utc};
use daybook::{App, clock};
use daybook_domain::kernel::TenantId;
use daybook_store::{KeptMail, Mail, MailState};
use tokio::task::spawn_blocking;
use uuid::Uuid;

use crate::inside::{config, database, start, start_at, stop};
use crate::process::{daybook, run};
use crate::smtp::{Mood, Server, certificate};

fn mail(number: u128) -> Mail {
    Mail {
        effect_id: Uuid::from_u128(number),
        to: format!("person{number}@example.com"),
        subject: "Verify your address".to_owned(),
        text: "Your token: hunter2".to_owned(),
        html: None,
        attachment: None,
        expires_at: None,
    }
}

async fn ask(app: &App, mail: &Mail) {
    let outbox = app.store().outbox();
    assert!(outbox.enqueue(TenantId::PLATFORM, mail).await.unwrap());
}

/// Waits until a mail stands somewhere.
async fn stands(app: &App, number: u128, holds: impl Fn(&KeptMail) -> bool) -> KeptMail {
    let until = Instant::now() + Duration::from_mins(1);
    loop {
        let found = app
            .store()
            .outbox()
            .find(Uuid::from_u128(number))
            .await
            .unwrap();
        let found = found.unwrap();
        if holds(&found) {
            return found;
        }
        assert!(
            Instant::now() < until,
            "it stands at {:?} {:?}",
            found.state,
            found.last_error
        );
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
}

fn smtp(port: u16) -> String {
    format!("smtp://127.0.0.1:{port}")
}

#[tokio::test]
async fn a_mail_reaches_the_server_once_and_bears_its_effect() {
    let server = Server::open(&[Mood::Takes]);
    let settings = [("DAYBOOK_SMTP_URL", smtp(server.port))];
    let settings = [
        (settings[0].0, settings[0].1.as_str()),
        ("DAYBOOK_MAIL_FROM", "Daybook <post@daybook.example>"),
    ];
    let app = start(config(&database().await, &settings)).await;
    ask(&app, &mail(7)).await;
    let received = server.receives(1).await;
    assert_eq!(received[0].to, ["person7@example.com"]);
    let id = "<00000000-0000-0000-0000-000000000007@daybook.example>";
    assert_eq!(received[0].header("Message-ID"), id);
    assert_eq!(received[0].header("From"), "Daybook <post@daybook.example>");
    assert!(received[0].text.contains("Your token: hunter2"));
    stands(&app, 7, |kept| kept.state == MailState::Sent).await;
    let again = app
        .store()
        .outbox()
        .enqueue(TenantId::PLATFORM, &mail(7))
        .await;
    assert!(!again.unwrap());
    stop(app).await;
    assert_eq!(server.received().len(), 1);
}

#[tokio::test]
async fn a_server_that_wants_encryption_and_a_password_gets_them() {
    let server = Server::closed();
    let (url, ca) = (
        format!(
            "smtp://courier:open%20sesame@localhost:{}?tls=required",
            server.port
        ),
        certificate(),
    );
    let settings = [
        ("DAYBOOK_SMTP_URL", url.as_str()),
        ("DAYBOOK_SMTP_CA", ca.to_str().unwrap()),
    ];
    let database = database().await;
    let app = start(config(&database, &settings)).await;
    ask(&app, &mail(1)).await;
    server.receives(1).await;
    stands(&app, 1, |kept| kept.state == MailState::Sent).await;
    stop(app).await;
    // A wrong password is our fault, and no reason to give mails up.
    let url = url.replace("sesame", "barley");
    let settings = [("DAYBOOK_SMTP_URL", url.as_str()), settings[1]];
    let app = start(config(&database, &settings)).await;
    ask(&app, &mail(2)).await;
    let kept = stands(&app, 2, |kept| kept.last_error.is_some()).await;
    assert_eq!(kept.state, MailState::Waiting);
    assert!(kept.last_error.unwrap().contains("535"));
    stop(app).await;
    // Without its certificate the server is a stranger.
    let app = start(config(&database, &[("DAYBOOK_SMTP_URL", url.as_str())])).await;
    ask(&app, &mail(3)).await;
    let kept = stands(&app, 3, |kept| kept.last_error.is_some()).await;
    assert_eq!(kept.state, MailState::Waiting);
    stop(app).await;
    assert_eq!(server.received().len(), 1);
}

#[tokio::test]
async fn a_server_that_is_down_gets_its_mail_when_it_is_back() {
    static MOVED: AtomicI64 = AtomicI64::new(0);
    fn moved() -> DateTime<Utc> {
        clock::system() + TimeDelta::seconds(MOVED.load(Ordering::Relaxed))
    }
    let port = std::net::TcpListener::bind("127.0.0.1:0")
        .unwrap()
        .local_addr()
        .unwrap()
        .port();
    let url = smtp(port);
    let settings = [
        ("DAYBOOK_SMTP_URL", url.as_str()),
        ("DAYBOOK_WORKER_PAUSE", "20ms"),
    ];
    let app = start_at(config(&database().await, &settings), moved).await;
    ask(&app, &mail(1)).await;
    let kept = stands(&app, 1, |kept| {
        kept.attempts == 1 && kept.last_error.is_some()
    })
    .await;
    assert_eq!(kept.state, MailState::Waiting);
    let server = Server::open_at(port);
    tokio::time::sleep(Duration::from_millis(200)).await;
    assert!(server.received().is_empty(), "it was tried again at once");
    MOVED.store(15, Ordering::Relaxed);
    server.receives(1).await;
    let kept = stands(&app, 1, |kept| kept.state == MailState::Sent).await;
    assert_eq!(kept.attempts, 2);
    stop(app).await;
}

#[tokio::test]
async fn a_busy_server_is_asked_again_and_one_that_went_away_gets_the_same_id() {
    static MOVED: AtomicI64 = AtomicI64::new(0);
    fn moved() -> DateTime<Utc> {
        clock::system() + TimeDelta::seconds(MOVED.load(Ordering::Relaxed))
    }
    let server = Server::open(&[Mood::Busy, Mood::HangsUp, Mood::Takes]);
    let url = smtp(server.port);
    let settings = [
        ("DAYBOOK_SMTP_URL", url.as_str()),
        ("DAYBOOK_WORKER_PAUSE", "20ms"),
    ];
    let app = start_at(config(&database().await, &settings), moved).await;
    ask(&app, &mail(1)).await;
    for attempt in 1..=2 {
        stands(&app, 1, |kept| {
            kept.attempts == attempt && kept.last_error.is_some()
        })
        .await;
        MOVED.fetch_add(60, Ordering::Relaxed);
    }
    let received = server.receives(3).await;
    assert_eq!(
        received[1].header("Message-ID"),
        received[2].header("Message-ID")
    );
    stands(&app, 1, |kept| kept.state == MailState::Sent).await;
    stop(app).await;
}

#[tokio::test]
async fn what_nobody_wants_is_given_up_and_the_rest_goes_on() {
    let server = Server::open(&[Mood::KnowsNobody, Mood::Takes]);
    let url = smtp(server.port);
    let app = start(config(
        &database().await,
        &[("DAYBOOK_SMTP_URL", url.as_str())],
    ))
    .await;
    ask(&app, &mail(1)).await;
    let kept = stands(&app, 1, |kept| kept.state == MailState::GivenUp).await;
    assert!(kept.last_error.unwrap().contains("550"));
    let nonsense = Mail {
        to: "nobody at all".to_owned(),
        ..mail(2)
    };
    ask(&app, &nonsense).await;
    stands(&app, 2, |kept| kept.state == MailState::GivenUp).await;
    let late = Mail {
        expires_at: Some(clock::system() - TimeDelta::seconds(1)),
        ..mail(3)
    };
    ask(&app, &late).await;
    let kept = stands(&app, 3, |kept| kept.state == MailState::GivenUp).await;
    assert_eq!(kept.last_error.unwrap(), "it was of no use any more");
    ask(&app, &mail(4)).await;
    stands(&app, 4, |kept| kept.state == MailState::Sent).await;
    stop(app).await;
}

#[tokio::test]
async fn two_processes_send_each_mail_once() {
    let server = Server::open(&[Mood::Takes]);
    let url = smtp(server.port);
    let database = database().await;
    let settings = [
        ("DAYBOOK_SMTP_URL", url.as_str()),
        ("DAYBOOK_WORKER_PAUSE", "20ms"),
    ];
    let one = start(config(&database, &settings)).await;
    let other = start(config(&database, &settings)).await;
    for number in 0..60 {
        ask(if number % 2 == 0 { &one } else { &other }, &mail(number)).await;
    }
    server.receives(60).await;
    for number in 0..60 {
        stands(&one, number, |kept| kept.state == MailState::Sent).await;
    }
    stop(one).await;
    stop(other).await;
    let mut ids: Vec<String> = server
        .received()
        .iter()
        .map(|received| received.header("Message-ID").to_owned())
        .collect();
    ids.sort_unstable();
    ids.dedup();
    assert_eq!((ids.len(), server.received().len()), (60, 60));
}

#[tokio::test]
async fn without_a_server_mail_is_kept_and_shown() {
    let url = database().await;
    let app = start(config(&url, &[])).await;
    ask(&app, &mail(1)).await;
    let evil = Mail {
        subject: "second \x1b[2J".to_owned(),
        ..mail(2)
    };
    ask(&app, &evil).await;
    let shown = async |arguments: &'static [&'static str]| {
        let url = url.clone();
        let nowhere = std::path::Path::new("/nowhere");
        let show = move || run(daybook(nowhere, arguments).env("DATABASE_URL", url));
        spawn_blocking(show).await.unwrap()
    };
    let list = shown(&["mail"]).await;
    assert_eq!(list.code, Some(0), "{}", list.stderr);
    assert!(list.stdout.contains("waiting"), "{}", list.stdout);
    assert!(
        !list.stdout.contains("hunter2") && !list.stdout.contains('\x1b'),
        "{}",
        list.stdout
    );
    let newest = shown(&["mail", "--last", "--to", "PERSON1@"]).await;
    assert!(
        newest.stdout.contains("To: person1@example.com"),
        "{}",
        newest.stdout
    );
    assert!(
        newest.stdout.contains("Your token: hunter2"),
        "{}",
        newest.stdout
    );
    let one = shown(&["mail", "00000000-0000-0000-0000-000000000002"]).await;
    assert!(one.stdout.contains("Subject: second [2J"), "{}", one.stdout);
    let none = shown(&["mail", "00000000-0000-0000-0000-000000000003"]).await;
    assert_eq!(none.code, Some(1));
    for output in [&list, &newest, &one, &none] {
        assert!(!output.stderr.contains("hunter2"));
    }
    stop(app).await;
}

#[test]
fn a_certificate_that_cannot_be_read_is_a_fault() {
    let data = tempfile::tempdir().unwrap();
    let ended = run(daybook(data.path(), &["up"])
        .env("DAYBOOK_SMTP_URL", "smtps://mail.example.com")
        .env("DAYBOOK_SMTP_CA", "/nowhere/ca.pem"));
    assert_eq!(ended.code, Some(2));
    assert!(
        ended.stderr.contains("DAYBOOK_SMTP_CA: /nowhere/ca.pem"),
        "{}",
        ended.stderr
    );
    assert!(!data.path().join("postgres").exists());
}
