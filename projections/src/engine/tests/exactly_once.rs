//! Is every event posted once, whoever is killed or twice at work?

use daybook_domain::kernel::TenantId;
use sqlx::Executor;

use super::tally::{
    NAME, Process, add_note, eventually, noted, tallies_of, tallies_of_log, tally, world,
};
use crate::engine::batch::{Checkpoint, Lost};
use crate::engine::lease::while_leased;
use crate::engine::live::{Follower, Reached};
use crate::engine::parking::Parked;
use crate::engine::posting::Ground;
use crate::engine::stored::Stored;
use crate::engine::testing::{desk, lease};
use crate::testing::{World, id};

/// As if its holder had been silent for long.
async fn expire(world: &World) {
    let silence = "update readers set heartbeat_at = heartbeat_at - interval '1 minute'";
    world.administrator().await.execute(silence).await.unwrap();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn rows_written_without_their_checkpoint_are_written_again_from_the_log() {
    let world = world().await;
    let tenant = TenantId(id());
    noted(&world.store, tenant, &["a", "b"]).await;
    let tally = tally();
    let first = desk(
        &world.store,
        &tally,
        lease(&world.store, &tally, id()).await,
    );
    // Everything is written, and then the process is gone.
    let records = world.store.tail().after(0, 100).await.unwrap();
    let events: Vec<_> = records.iter().map(|record| Stored::of(record)).collect();
    let mut tx = first.begin().await.unwrap();
    tx.enter(tenant).await.unwrap();
    let mut rows = tally.rows(Ground::Stored);
    rows.take(&events).unwrap();
    rows.load(tx.connection(), first.scope(tenant))
        .await
        .unwrap();
    rows.apply().unwrap();
    rows.write(tx.connection(), first.scope(tenant))
        .await
        .unwrap();
    drop(tx);
    assert!(tallies_of(&world, 1).await.is_empty());
    expire(&world).await;
    world.post(&[tally]).await;
    assert_eq!(tallies_of(&world, 1).await, tallies_of_log(&world).await);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_twin_that_was_paused_longer_than_its_lease_cannot_write() {
    let world = world().await;
    let tenant = TenantId(id());
    let stream = noted(&world.store, tenant, &["a"]).await;
    let tally = tally();
    let paused = desk(
        &world.store,
        &tally,
        lease(&world.store, &tally, id()).await,
    );
    let records = world.store.tail().after(0, 100).await.unwrap();
    let events: Vec<_> = records.iter().map(|record| Stored::of(record)).collect();
    // Asleep with a batch in hand; the other takes over and posts it.
    expire(&world).await;
    world.post(std::slice::from_ref(&tally)).await;
    add_note(&world.store, tenant, stream).await;
    world.post(std::slice::from_ref(&tally)).await;
    let right = tallies_of_log(&world).await;
    assert_eq!(tallies_of(&world, 1).await, right);
    // Awake again: neither this batch nor any later one, nor a move of the checkpoint.
    let to = records.last().unwrap().log_position;
    let batch = Checkpoint::Move { from: 0, to };
    let posted = paused.post(&events, batch, &mut Parked::default()).await;
    assert_eq!(posted.unwrap(), Err(Lost));
    let mut follower = Follower::start(paused.clone(), None).await.unwrap();
    assert_eq!(follower.catch_up().await.unwrap(), Reached::Lost);
    let tx = paused.begin().await.unwrap();
    let stay = paused.commit(tx, Checkpoint::Stay).await.unwrap();
    assert_eq!(stay, Err(Lost));
    assert_eq!(tallies_of(&world, 1).await, right);
    // And its heartbeat tells it.
    let forever = std::future::pending::<()>();
    assert_eq!(while_leased(&paused, forever).await, None);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_the_server_lost_is_posted_again_though_nothing_happens() {
    let world = world().await;
    let process = Process::start(world.store.clone(), &[tally()]);
    let tenant = TenantId(id());
    noted(&world.store, tenant, &["a"]).await;
    process.caught_up(NAME).await;
    let kept = world.store.tail().head();
    let lost = noted(&world.store, tenant, &["b"]).await;
    process.caught_up(NAME).await;
    // As if it had gone down before the last rows and their checkpoint were on its disk.
    let mut admin = world.administrator().await;
    admin.execute("begin").await.unwrap();
    let moved = "update readers set log_position = $1 where name = 'test.tally'";
    let moved = sqlx::query(moved).bind(kept).execute(&mut admin).await;
    assert_eq!(moved.unwrap().rows_affected(), 1);
    let gone = "delete from test_tally where id = $1";
    let gone = sqlx::query(gone).bind(lost).execute(&mut admin).await;
    assert_eq!(gone.unwrap().rows_affected(), 1);
    admin.execute("commit").await.unwrap();
    eventually("what was lost", async || {
        tallies_of(&world, 1).await == tallies_of_log(&world).await
    })
    .await;
    process.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_checkpoint_moves_only_from_where_it_stands() {
    let world = world().await;
    noted(&world.store, TenantId(id()), &["a"]).await;
    let tally = tally();
    let lease = lease(&world.store, &tally, id()).await;
    let desk = desk(&world.store, &tally, lease);
    let attempt = async |from, to| {
        let tx = desk.begin().await.unwrap();
        desk.commit(tx, Checkpoint::Move { from, to })
            .await
            .unwrap()
    };
    assert_eq!(attempt(0, 1).await, Ok(()));
    assert_eq!(attempt(0, 2).await, Err(Lost), "somebody moved it");
    assert_eq!(attempt(1, 2).await, Ok(()));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn connections_that_are_cut_all_the_time_lose_and_double_nothing() {
    let world = world().await;
    let process = Process::start(world.store.clone(), &[tally()]);
    let tenants = [TenantId(id()), TenantId(id())];
    let mut streams = Vec::new();
    for tenant in tenants {
        streams.push((tenant, noted(&world.store, tenant, &["a"]).await));
    }
    let mut admin = world.administrator().await;
    for _ in 0..60 {
        for (tenant, stream) in &streams {
            add_note(&world.store, *tenant, *stream).await;
        }
        let cut = "select pg_terminate_backend(pid) from pg_stat_activity \
            where usename = 'daybook_app' and datname = current_database() \
              and query ilike '%test_tally%'";
        admin.execute(cut).await.unwrap();
    }
    process.caught_up(NAME).await;
    assert_eq!(tallies_of(&world, 1).await, tallies_of_log(&world).await);
    process.stop().await;
}
