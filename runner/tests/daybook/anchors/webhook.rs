//! Checkpoints that are posted to an address.

use std::path::PathBuf;

use super::web::{Mood, Web, tls};
use super::world::World;
use crate::process::{daybook, get, run};
use crate::smtp::certificate;

fn elsewhere() -> PathBuf {
    certificate().with_file_name("elsewhere.pem")
}

#[tokio::test]
async fn posts_over_tls_to_a_server_of_a_private_authority() {
    let web = Web::over_tls(tls(&certificate()));
    let url = format!(
        "https://relay:open%20sesame@localhost:{}/in?of=acme",
        web.port
    );
    let authority = certificate().display().to_string();
    let settings = [
        ("DAYBOOK_ANCHOR_URL", url.as_str()),
        ("DAYBOOK_ANCHOR_CA", authority.as_str()),
    ];
    let world = World::new(&settings).await;
    world.grow("Acme Trading").await;
    let newest = world.sealed(2).await;
    let seen = web.sees("the newest", |seen| seen.body == newest).await;
    assert_eq!(
        (seen.method.as_str(), seen.target.as_str()),
        ("POST", "/in?of=acme")
    );
    assert_eq!(seen.headers["content-type"], "text/plain; charset=utf-8");
    // relay:open sesame
    assert_eq!(
        seen.headers["authorization"],
        "Basic cmVsYXk6b3BlbiBzZXNhbWU="
    );
    assert_eq!(seen.headers["host"], format!("localhost:{}", web.port));
    world.has_everything("webhook").await;
    world.stop().await;
}

#[tokio::test]
async fn a_certificate_of_a_stranger_or_for_another_host_gets_nothing_and_stops_nothing() {
    for (shown, trusted, told) in [
        (certificate(), None, "UnknownIssuer"),
        (certificate(), Some(elsewhere()), "UnknownIssuer"),
        (elsewhere(), Some(elsewhere()), "elsewhere.example"),
    ] {
        let web = Web::over_tls(tls(&shown));
        let url = format!("https://localhost:{}/in?secret=hunter2", web.port);
        let trusted = trusted.map(|file| file.display().to_string());
        let settings = [
            ("DAYBOOK_ANCHOR_URL", url.as_str()),
            ("DAYBOOK_ANCHOR_CA", trusted.as_deref().unwrap_or_default()),
        ];
        let world = World::new(&settings).await;
        let reason = world.in_vain("webhook").await;
        assert!(reason.contains(told), "{reason}");
        assert!(!reason.contains("hunter2"), "{reason}");
        // It seals on.
        world.grow("Acme Trading").await;
        world.sealed(2).await;
        assert!(web.seen().is_empty(), "{:?}", web.seen());
        world.stop().await;
    }
}

#[tokio::test]
async fn a_server_in_a_mood_gets_the_newest_in_the_end() {
    let web = Web::plain();
    let other = Web::plain();
    let url = format!("http://127.0.0.1:{}/in", web.port);
    let settings = [
        ("DAYBOOK_ANCHOR_URL", url.as_str()),
        ("DAYBOOK_ANCHOR_TIMEOUT", "200ms"),
    ];
    let away = format!("http://127.0.0.1:{}/", other.port);
    web.becomes(Mood::Hangs);
    let world = World::new(&settings).await;
    for (n, (mood, told)) in (2..).zip([
        (Mood::Hangs, "no answer within 200ms"),
        (Mood::Says(503, "busy"), "503"),
        (Mood::Redirects(away), "307"),
    ]) {
        web.becomes(mood);
        world.grow(&format!("Acme {n}")).await;
        world.sealed(n).await;
        world.fails_with("webhook", told).await;
    }
    assert!(other.seen().is_empty());
    web.becomes(Mood::Takes);
    world.has_everything("webhook").await;
    let newest = world.sealed(4).await;
    web.sees("the newest", |seen| seen.body == newest).await;
    // A yes is a yes, and nobody reads on for ever.
    web.becomes(Mood::Endless);
    world.grow("Acme at last").await;
    world.sealed(5).await;
    world.has_everything("webhook").await;
    let address = world.app.addresses()[0];
    let metrics = tokio::task::spawn_blocking(move || get(address, "/metrics").unwrap());
    let metrics = metrics.await.unwrap();
    let counted = "daybook_anchor_failures_total{anchor=\"webhook\"}";
    assert!(metrics.contains(counted), "{metrics}");
    world.stop().await;
}

#[tokio::test]
async fn what_nobody_took_is_posted_after_a_restart() {
    // Nobody listens on a port that was just given back.
    let port = Web::plain().port;
    let url = format!("http://127.0.0.1:{port}/in");
    let settings = [("DAYBOOK_ANCHOR_URL", url.as_str())];
    let world = World::new(&settings).await;
    let reason = world.in_vain("webhook").await;
    assert!(reason.to_lowercase().contains("refused"), "{reason}");
    let newest = world.sealed(1).await;
    let world = world.again(&settings).await;
    let web = Web::plain_at(port);
    web.sees("the checkpoint", |seen| seen.body == newest).await;
    world.has_everything("webhook").await;
    world.stop().await;
}

/// An hour ago.
fn late() -> chrono::DateTime<chrono::Utc> {
    daybook::clock::system() - chrono::TimeDelta::hours(1)
}

#[tokio::test]
async fn doctor_names_an_anchor_that_is_behind_and_one_that_has_another_history() {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().display().to_string();
    let web = Web::plain();
    web.becomes(Mood::Says(503, "busy"));
    let url = format!("http://127.0.0.1:{}/in", web.port);
    let settings = [
        ("DAYBOOK_ANCHOR_URL", url.as_str()),
        ("DAYBOOK_ANCHOR_DIRECTORY", path.as_str()),
    ];
    let tenant = daybook_domain::kernel::TenantId(uuid::Uuid::from_u128(510));
    let world = World::of(tenant, &settings, late).await;
    world.in_vain("webhook").await;
    let first = world.sealed(1).await;
    world.has_everything("directory").await;
    let doctor = |world: &World| {
        let mut doctor = daybook(&world.data(), &["doctor"]);
        doctor.env("DATABASE_URL", &world.url).envs(settings);
        tokio::task::spawn_blocking(move || run(&mut doctor).stdout)
    };
    let said = doctor(&world).await.unwrap();
    let told = "webhook lacks the last checkpoint of 1 tenants since ";
    assert!(said.contains(told), "{said}");
    assert!(said.contains("the answer was 503"), "{said}");
    assert!(!said.contains("directory lacks"), "{said}");
    web.becomes(Mood::Takes);
    world.has_everything("webhook").await;
    let said = doctor(&world).await.unwrap();
    assert!(said.contains("directory, webhook up to date"), "{said}");
    world.stop().await;
    // Another history of this tenant, of the same size: it takes the place of nothing.
    let other = World::of(tenant, &settings, late).await;
    let second = other.sealed(1).await;
    assert_ne!(first, second);
    let reason = other.in_vain("directory").await;
    assert!(reason.contains("two histories were signed"), "{reason}");
    let kept = std::fs::read_to_string(directory.path().join(tenant.to_string()));
    assert_eq!(kept.unwrap(), first);
    let said = doctor(&other).await.unwrap();
    assert!(
        said.contains("FAULT    anchors      directory has another"),
        "{said}"
    );
    // The webhook has both.
    for note in [first, second] {
        web.sees("each of them", |seen| seen.body == note).await;
    }
    other.stop().await;
}
