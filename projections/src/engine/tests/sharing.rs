//! Do several processes share the readers between them?

use std::time::Duration;

use daybook_domain::kernel::TenantId;

use super::tally::{
    NAME, Process, add_note, eventually, noted, tallies_of, tallies_of_log, tally, world,
};
use crate::testing::id;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn two_processes_share_the_work_and_each_reads_its_own_writes() {
    let world = world().await;
    let a = Process::start(world.store.clone(), &[tally()]);
    let b = Process::start(world.another_store().await, &[tally()]);
    let tenant = TenantId(id());
    let stream = noted(&a.store, tenant, &["a"]).await;
    for _ in 0..20 {
        for process in [&a, &b] {
            let receipt = add_note(&process.store, tenant, stream).await;
            let limit = Duration::from_secs(5);
            process
                .positions
                .wait(&[NAME], receipt.log_position, limit)
                .await
                .unwrap();
            assert_eq!(tallies_of(&world, 1).await[&stream], receipt.version);
        }
    }
    // One at a time holds the lease.
    let readers = world.store.readers().await.unwrap();
    assert_eq!(readers.len(), 1);
    assert!(readers[0].at_work);
    a.stop().await;
    b.stop().await;
    let holders: Vec<Option<uuid::Uuid>> = sqlx::query_scalar("select holder from readers")
        .fetch_all(&mut world.administrator().await)
        .await
        .unwrap();
    assert_eq!(holders, [None], "leases are given back");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_work_of_a_killed_process_moves_to_another() {
    let world = world().await;
    let a = Process::start(world.store.clone(), &[tally()]);
    let tenant = TenantId(id());
    let stream = noted(&world.store, tenant, &["a"]).await;
    a.caught_up(NAME).await;
    let b = Process::start(world.another_store().await, &[tally()]);
    a.kill().await;
    let receipt = add_note(&b.store, tenant, stream).await;
    // The lease of the killed one expires after three seconds.
    let limit = Duration::from_secs(10);
    b.positions
        .wait(&[NAME], receipt.log_position, limit)
        .await
        .unwrap();
    assert_eq!(tallies_of(&world, 1).await, tallies_of_log(&world).await);
    b.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_stopped_process_hands_over_at_once() {
    let world = world().await;
    let a = Process::start(world.store.clone(), &[tally()]);
    noted(&world.store, TenantId(id()), &["a"]).await;
    a.caught_up(NAME).await;
    let b = Process::start(world.another_store().await, &[tally()]);
    a.stop().await;
    noted(&b.store, TenantId(id()), &["b"]).await;
    eventually("the other one", async || {
        tallies_of(&world, 1).await == tallies_of_log(&world).await
    })
    .await;
    b.stop().await;
}
