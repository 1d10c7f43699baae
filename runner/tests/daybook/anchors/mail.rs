//! Checkpoints that are mailed to those whom a tenant has chosen.

use std::fs;
use std::time::{Duration, Instant};

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use daybook_api::privacy::erasing::Erasing;
use daybook_domain::crm::client::Register;
use daybook_domain::kernel::ClientId;
use daybook_domain::privacy::data_subject::Basis;
use daybook_domain::tenancy::tenant::{SetCheckpointRecipients, Tenant, TenantEvent};
use daybook_store::HistoryFilter;
use tokio::task::spawn_blocking;
use uuid::Uuid;

use super::world::World;
use crate::process::{PATIENCE, daybook, run};
use crate::smtp::{Mood, Received, Server};

/// What a mail carries: the name of the file, and what is in it.
fn file(mail: &Received) -> (String, String) {
    let text = mail.text.replace("\r\n", "\n");
    let (_, part) = text.split_once("filename=\"").unwrap();
    let (name, part) = part.split_once('"').unwrap();
    let (_, body) = part.split_once("\n\n").unwrap();
    let (body, _) = body.split_once("\n--").unwrap();
    let body = STANDARD.decode(body.replace('\n', "")).unwrap();
    (name.to_owned(), String::from_utf8(body).unwrap())
}

async fn recipients(world: &World, list: u128, addresses: &[&str]) {
    let set = SetCheckpointRecipients {
        list_id: Uuid::from_u128(list),
        recipients: addresses.iter().map(|&it| it.to_owned()).collect(),
        at: daybook::clock::system(),
    };
    world.run(set).await;
}

#[tokio::test]
async fn what_arrives_verifies_an_archive_that_is_exported_later() {
    let server = Server::open(&[Mood::Takes]);
    let smtp = format!("smtp://127.0.0.1:{}", server.port);
    let settings = [
        ("DAYBOOK_SMTP_URL", smtp.as_str()),
        ("DAYBOOK_ANCHOR_MAIL_EVERY", "1s"),
        ("DAYBOOK_WORKER_PAUSE", "20ms"),
    ];
    let world = World::new(&settings).await;
    world.grow("Acme — Bücher").await;
    let list = ["ada@auditor.example", "books@acme.example"];
    recipients(&world, 1, &list).await;
    let checkpoint = world.sealed(3).await;
    let received = server.receives(2).await;
    let mut to: Vec<_> = received.iter().flat_map(|mail| mail.to.clone()).collect();
    to.sort();
    assert_eq!(to, list);
    let (name, kept) = file(&received[0]);
    assert_eq!(kept, checkpoint);
    assert_eq!(name, "checkpoint-3.txt");
    // The history goes on, and so do the mails: one each, with the newest.
    for n in 4..=6 {
        world.grow(&format!("Acme {n}")).await;
    }
    world.sealed(6).await;
    server.receives(4).await;
    // What came first proves what was exported last.
    let folder = tempfile::tempdir().unwrap();
    let [archive, kept_file] = ["a.tar.gz", "kept"].map(|it| folder.path().join(it));
    fs::write(&kept_file, &kept).unwrap();
    let [archive, kept_file] = [&archive, &kept_file].map(|it| it.display().to_string());
    let mut export = daybook(
        &world.data(),
        &[
            "audit",
            "export",
            "--tenant",
            &world.tenant.to_string(),
            "--out",
            &archive,
        ],
    );
    export.env("DATABASE_URL", &world.url);
    let mut verify = daybook(
        folder.path(),
        &["audit", "verify", &archive, "--checkpoint", &kept_file],
    );
    let (exported, verified) = spawn_blocking(move || (run(&mut export), run(&mut verify)))
        .await
        .unwrap();
    assert_eq!(exported.code, Some(0), "{exported:?}");
    assert_eq!(verified.code, Some(0), "{verified:?}");
    assert!(
        verified.stdout.contains("the 3 events of the checkpoint"),
        "{verified:?}"
    );
    world.stop().await;
}

#[tokio::test]
async fn there_is_one_mail_in_so_much_time_whatever_happens_and_whoever_restarts() {
    let server = Server::open(&[Mood::Takes]);
    let smtp = format!("smtp://127.0.0.1:{}", server.port);
    let settings = [
        ("DAYBOOK_SMTP_URL", smtp.as_str()),
        ("DAYBOOK_ANCHOR_MAIL_EVERY", "2s"),
        ("DAYBOOK_WORKER_PAUSE", "20ms"),
    ];
    let world = World::new(&settings).await;
    recipients(&world, 1, &["ada@auditor.example"]).await;
    server.receives(1).await;
    let begun = Instant::now();
    let mut world = world;
    for n in 3..=8 {
        world.grow(&format!("Acme {n}")).await;
        world.sealed(n).await;
        world = world.again(&settings).await;
    }
    // The last one arrives, though nothing happens any more.
    let newest = world.sealed(8).await;
    let until = Instant::now() + PATIENCE;
    while server.received().iter().all(|mail| file(mail).1 != newest) {
        assert!(Instant::now() < until, "the newest did not come");
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    let mails = u64::try_from(server.received().len()).unwrap();
    let seconds = begun.elapsed().as_secs();
    assert!(mails <= 2 + seconds / 2, "{mails} mails in {seconds} s");
    let distinct: std::collections::BTreeSet<String> =
        server.received().iter().map(|mail| file(mail).1).collect();
    assert_eq!(distinct.len(), server.received().len());
    world.stop().await;
}

/// The lists of the log, as they can still be read.
async fn lists(world: &World) -> Vec<Vec<String>> {
    let filter = HistoryFilter {
        stream_id: Some(world.tenant.0),
        types: vec!["tenancy.tenant.checkpoint_recipients_set".to_owned()],
    };
    let history = world.app.store().history(world.tenant, 0, &filter, 100);
    let events = history.await.unwrap().events;
    let lists = events
        .iter()
        .map(|event| match event.decode::<TenantEvent>().unwrap() {
            TenantEvent::CheckpointRecipientsSet(set) => {
                set.recipients.iter().map(ToString::to_string).collect()
            }
            other => panic!("{other:?}"),
        });
    lists.collect()
}

async fn until_lists_are(world: &World, expected: &[&[&str]]) {
    let until = Instant::now() + PATIENCE;
    loop {
        let lists = lists(world).await;
        if lists == expected {
            return;
        }
        assert!(Instant::now() < until, "{lists:?}");
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
}

#[tokio::test]
async fn who_is_taken_off_or_erased_is_forgotten() {
    let settings = [("DAYBOOK_WORKER_PAUSE", "20ms")];
    let world = World::new(&settings).await;
    let store = world.app.store();
    let at = daybook::clock::system();
    let client = ClientId(Uuid::from_u128(600));
    let register = Register {
        client_id: client,
        name: "Ada".to_owned(),
        external_id: None,
        email: Some("ada@acme.example".to_owned()),
        phone: None,
        website: None,
        company: None,
        contact: None,
        country: None,
        at,
    };
    let registered = store.execute(world.tenant, client.0, register, world.context("register"));
    registered.await.unwrap();
    recipients(&world, 1, &["old@acme.example", "ada@acme.example"]).await;
    until_lists_are(&world, &[&["old@acme.example", "ada@acme.example"]]).await;
    // Taken off by another list, an address is not even in the past.
    recipients(&world, 2, &["books@acme.example", "Ada@acme.example"]).await;
    until_lists_are(&world, &[&[], &["books@acme.example", "Ada@acme.example"]]).await;
    let erasing = Erasing {
        basis: Basis::RetentionOver,
        is_there: true,
        at,
    };
    let batch = store.batch(world.tenant, world.context("erase"));
    erasing.client(batch, client).execute().await.unwrap();
    until_lists_are(&world, &[&[], &[], &["books@acme.example"]]).await;
    let state = store
        .load::<Tenant>(world.tenant, world.tenant.0)
        .await
        .unwrap()
        .state;
    let left = &state.profile().unwrap().checkpoint_recipients;
    assert_eq!(
        left.iter().map(ToString::to_string).collect::<Vec<_>>(),
        ["books@acme.example"]
    );
    // And the proofs hold.
    world.sealed(6).await;
    world.stop().await;
}
