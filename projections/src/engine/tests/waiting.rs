//! Does who waits for a position wake up when it is posted?

use std::time::{Duration, Instant};

use daybook_domain::kernel::TenantId;
use sqlx::Executor;
use tokio::task::JoinSet;

use super::tally::{NAME, Process, add_note, noted, tallies_of, tallies_of_log, tally, world};
use crate::engine::{Positions, StillBehind};
use crate::testing::id;

const LIMIT: Duration = Duration::from_secs(5);

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_process_that_does_not_project_waits_for_one_that_does() {
    let world = world().await;
    let projecting = Process::start(world.another_store().await, &[tally()]);
    let serving = Positions::new(&world.store, &[tally()]);
    let tenant = TenantId(id());
    let stream = noted(&world.store, tenant, &["a"]).await;
    for _ in 0..10 {
        let receipt = add_note(&world.store, tenant, stream).await;
        serving
            .wait(&[NAME], receipt.log_position, LIMIT)
            .await
            .unwrap();
        assert_eq!(tallies_of(&world, 1).await[&stream], receipt.version);
    }
    projecting.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_projector_that_cannot_register_at_its_start_does_it_later() {
    let world = world().await;
    noted(&world.store, TenantId(id()), &["a"]).await;
    let mut admin = world.administrator().await;
    let away = "alter table readers rename to readers_away";
    admin.execute(away).await.unwrap();
    let process = Process::start(world.another_store().await, &[tally()]);
    tokio::time::sleep(Duration::from_millis(700)).await;
    let back = "alter table readers_away rename to readers";
    admin.execute(back).await.unwrap();
    process.caught_up(NAME).await;
    assert_eq!(tallies_of(&world, 1).await, tallies_of_log(&world).await);
    process.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn who_waits_at_the_same_time_asks_the_database_together() {
    const READERS: u64 = 64;
    const ROUNDS: u64 = 20;
    let world = world().await;
    let projecting = Process::start(world.another_store().await, &[tally()]);
    let serving = Positions::new(&world.store, &[tally()]);
    let tenant = TenantId(id());
    let stream = noted(&world.store, tenant, &["a"]).await;
    let began = Instant::now();
    let mut readers = JoinSet::new();
    for _ in 0..READERS {
        let serving = serving.clone();
        readers.spawn(async move {
            let mut last = 0;
            for _ in 0..ROUNDS {
                let posted = serving.posted_by(&[NAME]).await;
                assert!(posted >= last, "went back from {last} to {posted}");
                last = posted;
                tokio::task::yield_now().await;
            }
        });
    }
    for _ in 0..10 {
        let receipt = add_note(&world.store, tenant, stream).await;
        let (position, mut waiting) = (receipt.log_position, JoinSet::new());
        for _ in 0..READERS {
            let serving = serving.clone();
            waiting.spawn(async move {
                serving.wait(&[NAME], position, LIMIT).await.unwrap();
                serving.posted_by(&[NAME]).await
            });
        }
        while let Some(posted) = waiting.join_next().await {
            assert!(posted.unwrap() >= position, "what was waited for is known");
        }
        let asked = serving.times_asked().await;
        serving.wait(&[NAME], position, LIMIT).await.unwrap();
        assert_eq!(serving.times_asked().await, asked, "it was there already");
    }
    while let Some(reader) = readers.join_next().await {
        reader.unwrap();
    }
    let most = u64::try_from(began.elapsed().as_millis()).unwrap() / 3 + 1;
    let asked = serving.times_asked().await;
    let wanted = READERS * (ROUNDS + 10 * 2);
    assert!(asked <= most && asked < wanted / 2, "{asked} for {wanted}");
    projecting.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn waiting_ends_in_time_and_says_for_what_it_waited() {
    let world = world().await;
    let positions = Positions::new(&world.store, &[tally()]);
    positions.wait(&[NAME], 0, LIMIT).await.unwrap();
    noted(&world.store, TenantId(id()), &["a"]).await;
    let asked = Instant::now();
    let behind = positions.wait(&[NAME], 2, Duration::from_millis(200)).await;
    assert_eq!(behind, Err(StillBehind { projection: NAME }));
    assert!(asked.elapsed() < Duration::from_secs(2));
    let unknown = positions
        .wait(&["no.such"], 0, Duration::from_millis(50))
        .await;
    assert_eq!(
        unknown,
        Err(StillBehind {
            projection: "no.such"
        })
    );
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn events_of_no_interest_are_waited_for_too() {
    let world = world().await;
    let process = Process::start(world.store.clone(), &[tally()]);
    let elsewhere = Positions::new(&world.store, &[tally()]);
    let tenant = TenantId(id());
    let declared = daybook_domain::crm::fields::fixtures::declared(
        "size",
        daybook_domain::crm::fields::Kind::Number,
    );
    let stream = daybook_domain::crm::fields::stream_id(tenant);
    let receipt = world
        .happen::<daybook_domain::crm::fields::FieldSet>(tenant, stream, &[declared])
        .await;
    process
        .positions
        .wait(&[NAME], receipt.log_position, LIMIT)
        .await
        .unwrap();
    elsewhere
        .wait(&[NAME], receipt.log_position, LIMIT)
        .await
        .unwrap();
    process.stop().await;
}
