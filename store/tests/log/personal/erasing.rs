//! Is somebody who was erased gone, everywhere and for good, and does all else stay?

use std::time::{Duration, Instant};

use daybook_audit::tree::leaf_hash;
use daybook_store::{Clear, HistoryFilter, Recorded, leaf_of};
use tokio::task::JoinSet;

use super::dump::{assert_absent, found};
use super::person::{
    EMAIL, Event, MEMO, Meet, NAME, WORDS, Walk, erased, held, known, meet, say, say_as, stored,
    whole,
};
use crate::world::{World, id, refused, run, tenant, until};

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn who_was_erased_is_gone_from_every_way_of_reading() {
    let world = World::new().await;
    let store = world.store().await;
    let tenant = tenant();
    let (person, other) = (known(&store, tenant).await, id());
    let met = Meet {
        email: None,
        ..meet()
    };
    run(&store, tenant, other, met).await.unwrap();
    let command = id();
    let said = say_as(&store, (tenant, person), command).await.unwrap();
    // Read once, so that it is in memory, and nothing is closed.
    assert_eq!(held(&store, tenant, person).await.name, NAME);
    assert_eq!(store.tail().after(0, 100).await.unwrap().len(), 7);

    let gone = store.erase_subject(tenant, person).await.unwrap();
    assert!(!gone.already);
    let again = store.erase_subject(tenant, person).await.unwrap();
    assert_eq!((again.at, again.already), (gone.at, true));
    assert_eq!(
        store.erased_at(tenant, person).await.unwrap(),
        Some(gone.at)
    );
    assert_eq!(store.erased_at(tenant, other).await.unwrap(), None);
    let mut left = erased();
    left.words.push(None);
    assert_eq!(held(&store, tenant, person).await, left);
    assert_eq!(stored(&store, tenant, person).await, left);
    assert_eq!(held(&store, tenant, other).await.name, NAME);
    let page = store
        .history(tenant, 0, &HistoryFilter::default(), 100)
        .await;
    let tail = store.tail().after(0, 100).await.unwrap();
    let page = page.unwrap().events;
    assert_eq!(page.len(), 7);
    for record in page.iter().chain(tail.iter().map(|it| &**it)) {
        let text = String::from_utf8(record.data().unwrap().to_vec()).unwrap();
        record.decode::<Event>().unwrap();
        let is_theirs = record.stream_id == person;
        assert_eq!(
            is_theirs,
            !text.contains(NAME) && *record.clear() == Clear::Payload,
            "{text}"
        );
    }
    // What a command left is told without them, too.
    let repeated = say_as(&store, (tenant, person), command).await.unwrap();
    assert!(repeated.replayed);
    assert_eq!(
        repeated.events[0].decode::<Event>().unwrap(),
        Event::Said(super::person::Say { words: None })
    );
    assert_eq!(repeated.events[0].leaf_hash, said.events[0].leaf_hash);
    // Who never had a key can be erased as well: nothing is ever known of them.
    let nobody = store.erase_subject(tenant, id()).await.unwrap();
    assert!(!nobody.already);
    let since = store
        .erased_since(gone.at - chrono::TimeDelta::seconds(1))
        .await
        .unwrap();
    assert_eq!(
        since.iter().map(|it| it.at).collect::<Vec<_>>(),
        [gone.at, nobody.at]
    );
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn other_processes_forget_within_a_second() {
    let world = World::new().await;
    let (store, other) = (world.store().await, world.store().await);
    let tenant = tenant();
    let person = known(&store, tenant).await;
    until("the tail", || async { other.tail().head() == 5 }).await;
    assert_eq!(held(&other, tenant, person).await, whole());
    store.erase_subject(tenant, person).await.unwrap();
    let since = Instant::now();
    let in_tail = || async {
        let records = other.tail().after(0, 10).await.unwrap();
        let mut texts = records.iter().map(|it| it.data().unwrap().to_vec());
        texts.any(|text| String::from_utf8(text).unwrap().contains(NAME))
    };
    until("that it is forgotten", || async {
        held(&other, tenant, person).await == erased() && !in_tail().await
    })
    .await;
    // They ask four times a second; tests beside this one may hold them up. Who did not ask would
    // know them until the cache is full.
    assert!(
        since.elapsed() < Duration::from_secs(3),
        "{:?}",
        since.elapsed()
    );
    assert_eq!(stored(&other, tenant, person).await, erased());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn nothing_personal_is_written_about_who_was_erased() {
    let world = World::new().await;
    let (store, other) = (world.store().await, world.store().await);
    let tenant = tenant();
    let person = known(&store, tenant).await;
    assert_eq!(held(&other, tenant, person).await, whole());
    store.erase_subject(tenant, person).await.unwrap();
    let restarted = world.store().await;
    for store in [&store, &restarted] {
        let refusal = refused(run(store, tenant, person, say(WORDS)).await);
        assert_eq!(refusal.code, daybook_store::SUBJECT_ERASED);
        // What says nothing about them goes through, also what repeats a stand-in.
        run(store, tenant, person, Walk { steps: 1 }).await.unwrap();
        let stand_in = Meet {
            name: "erased".to_owned(),
            ..Meet::default()
        };
        run(store, tenant, person, stand_in).await.unwrap();
    }
    // A process that has not heard of it yet may still write; nobody will ever read it.
    run(&other, tenant, person, say(WORDS)).await.ok();
    until("that it is heard of", || async {
        run(&other, tenant, person, say(WORDS)).await.is_err()
    })
    .await;
    assert!(
        !stored(&other, tenant, person)
            .await
            .words
            .contains(&Some(WORDS.to_owned()))
    );
    // The same identity in another tenant is somebody else.
    run(&store, super::super::world::tenant(), person, say(WORDS))
        .await
        .unwrap();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_erasure_among_writes_leaves_nothing_readable() {
    let world = World::new().await;
    let stores = [world.store().await, world.store().await];
    let (tenant, person) = (tenant(), id());
    run(&stores[0], tenant, person, say(WORDS)).await.unwrap();
    let mut writers = JoinSet::new();
    for n in 0..8_usize {
        let store = stores[n % 2].clone();
        writers.spawn(async move {
            // Each its own stream, so that they do not wait for each other.
            let stream = id();
            let met = Meet {
                guardian: Some(person),
                ..Meet::default()
            };
            run(&store, tenant, stream, met).await.ok();
            let mut written = 0;
            while run(&store, tenant, stream, say(WORDS)).await.is_ok() {
                written += 1;
            }
            written
        });
    }
    let log = || async { world.log().await.len() };
    until("some writes", || async { log().await > 50 }).await;
    stores[0].erase_subject(tenant, person).await.unwrap();
    let written: Vec<i32> = writers.join_all().await;
    assert!(written.iter().sum::<i32>() > 20);
    let mut admin = world.administrator().await;
    assert_absent(&mut admin, &[WORDS]).await;
    for store in [stores[0].clone(), stores[1].clone(), world.store().await] {
        let page = store
            .history(tenant, 0, &HistoryFilter::default(), 100_000)
            .await;
        for record in page.unwrap().events {
            assert!(!String::from_utf8_lossy(record.data().unwrap()).contains("analytical"));
        }
    }
    let keys: i64 = sqlx::query_scalar(
        "select count(*) from keys.subject_keys where subject = $1 and sealed is not null",
    )
    .bind(person)
    .fetch_one(&mut admin)
    .await
    .unwrap();
    assert_eq!(keys, 0);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn leaves_and_their_hashes_stay() {
    let world = World::new().await;
    let store = world.store().await;
    let tenant = tenant();
    let person = known(&store, tenant).await;
    let leaves = |events: &[Recorded]| -> Vec<Vec<u8>> { events.iter().map(leaf_of).collect() };
    let all = HistoryFilter::default();
    let before = store.history(tenant, 0, &all, 10).await.unwrap().events;
    store.erase_subject(tenant, person).await.unwrap();
    let restarted = world.store().await;
    let after = restarted.history(tenant, 0, &all, 10).await.unwrap().events;
    assert_eq!(leaves(&before), leaves(&after));
    for record in &after {
        assert_eq!(leaf_hash(&leaf_of(record)).as_slice(), record.leaf_hash);
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_dump_of_the_database_holds_nothing_of_who_was_erased() {
    let world = World::new().await;
    let store = world.store().await;
    let tenant = tenant();
    let person = known(&store, tenant).await;
    for _ in 0..120 {
        run(&store, tenant, person, Walk { steps: 1 })
            .await
            .unwrap();
    }
    let mut admin = world.administrator().await;
    let seeded = [NAME, EMAIL, WORDS, MEMO];
    // They are there before: in the claim, and in the snapshot.
    until("the snapshot", || async {
        found(&mut world.administrator().await, &[NAME]).await.len() == 1
    })
    .await;
    assert!(found(&mut admin, &seeded).await.len() > seeded.len());
    store.erase_subject(tenant, person).await.unwrap();
    assert_absent(&mut admin, &seeded).await;
    // And none comes back, whatever is still done.
    for _ in 0..120 {
        run(&store, tenant, person, Walk { steps: 1 })
            .await
            .unwrap();
    }
    assert_eq!(stored(&store, tenant, person).await.name, "erased");
    assert_absent(&mut admin, &seeded).await;
    // The address is free.
    let met = run(&store, tenant, id(), meet()).await;
    met.unwrap();
    let holder = store
        .claim(tenant, "test.person_email", &EMAIL.to_lowercase())
        .await;
    assert!(holder.unwrap().is_some_and(|holder| holder != person));
}
