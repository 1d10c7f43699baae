//! What is left when connections are cut and the server is killed?

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use daybook_postgres::testing::private;
use tokio::sync::Mutex;
use tokio::task::JoinSet;

use crate::account::Open;
use crate::deliberate::{assert_whole, insist};
use crate::world::{World, follow, id, run, tenant, until};

const WRITERS: usize = 64;

/// Cuts connections of this database; how many.
async fn cut(world: &World, which: &str) -> i64 {
    let sql = format!(
        "select count(pg_terminate_backend(pid)) from pg_stat_activity \
         where datname = current_database() and pid <> pg_backend_pid() and {which}"
    );
    let mut admin = world.administrator().await;
    sqlx::query_scalar(&sql)
        .fetch_one(&mut admin)
        .await
        .unwrap()
}

const LISTENING: &str = "query like 'LISTEN%'";

async fn listeners(world: &World) -> i64 {
    let sql = format!(
        "select count(*) from pg_stat_activity where datname = current_database() and {LISTENING} \
           and pid <> pg_backend_pid()"
    );
    let mut admin = world.administrator().await;
    sqlx::query_scalar(&sql)
        .fetch_one(&mut admin)
        .await
        .unwrap()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_cut_listener_connection_costs_no_event() {
    let world = World::new().await;
    let (writer, reader) = (world.store().await, world.store().await);
    let tenant = tenant();
    for round in 0..4 {
        until("both listen", || async { listeners(&world).await >= 2 }).await;
        if round > 0 {
            assert!(cut(&world, LISTENING).await >= 2);
        }
        for _ in 0..5 {
            run(&writer, tenant, id(), Open::default()).await.unwrap();
        }
        let head = (round + 1) * 5;
        let reached = reader.tail().past(head - 1);
        let reached = tokio::time::timeout(Duration::from_secs(2), reached).await;
        assert_eq!(reached.expect("the poll finds what no notice told"), head);
    }
    assert_eq!(follow(&reader, 20).await, world.log().await);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn cut_writer_connections_lose_and_double_nothing() {
    let world = World::new().await;
    let store = world.store().await;
    let tenant = tenant();
    let mut writers = JoinSet::new();
    for writer in 0..32 {
        let store = store.clone();
        writers.spawn(async move {
            let mut went = Vec::new();
            for n in 0..40 {
                went.push(insist(&store, tenant, (writer, n)).await);
            }
            went
        });
    }
    let mut all = Vec::new();
    let mut cuts = 0;
    while !writers.is_empty() {
        cuts += cut(
            &world,
            "usename = 'daybook_log' and query like '%log_append%'",
        )
        .await;
        cuts += cut(&world, "usename = 'daybook_app'").await;
        if let Ok(Some(went)) =
            tokio::time::timeout(Duration::from_millis(5), writers.join_next()).await
        {
            all.extend(went.unwrap());
        }
    }
    // On a busy machine there is time for few.
    assert!(cuts >= 2, "only {cuts} connections were cut");
    let log = world.log().await;
    assert_eq!(log.len(), 32 * 40 * 2);
    assert_whole(&log, tenant, &all);
    assert_eq!(follow(&store, 2560).await, log);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn kill_9_of_the_server_loses_nothing_that_was_acknowledged() {
    let server = private();
    let world = World::on(&server).await;
    let store = world.store().await;
    let tenant = tenant();
    let acknowledged = Arc::new(Mutex::new(Vec::new()));
    let step = Arc::new(AtomicUsize::new(0));
    let mut writers = JoinSet::new();
    for writer in 0..WRITERS {
        let (store, acknowledged, step) = (store.clone(), acknowledged.clone(), step.clone());
        writers.spawn(async move {
            let mut went = Vec::new();
            for n in 0..12 {
                let receipt = insist(&store, tenant, (writer, n)).await;
                acknowledged.lock().await.push(receipt.clone());
                step.fetch_add(1, Ordering::Relaxed);
                went.push(receipt);
            }
            went
        });
    }
    let mut before = Vec::new();
    for kill_after in [100, 300, 500] {
        until("some writes", || async {
            step.load(Ordering::Relaxed) >= kill_after
        })
        .await;
        tokio::task::block_in_place(|| server.kill());
        before.clone_from(&*acknowledged.lock().await);
        tokio::task::block_in_place(|| server.restart());
        let log = world.log().await;
        assert_whole(&log, tenant, &before);
    }
    let went = writers.join_all().await.concat();
    assert!(before.len() < went.len(), "the last kill was amid the load");
    let log = world.log().await;
    assert_eq!(log.len(), WRITERS * 12 * 2);
    assert_whole(&log, tenant, &went);
    // Repeats get the same receipts, from whoever is asked.
    let fresh = world.store().await;
    for store in [&store, &fresh] {
        let mut again = Vec::new();
        for n in [0, 5, 11] {
            for writer in 0..WRITERS {
                again.push(insist(store, tenant, (writer, n)).await);
            }
        }
        assert_whole(
            &log,
            tenant,
            &again.into_iter().chain(went.clone()).collect::<Vec<_>>(),
        );
    }
    assert_eq!(follow(&store, 1536).await, log);
    assert_eq!(world.log().await, log);
}
