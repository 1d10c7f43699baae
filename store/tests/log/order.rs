//! Do positions become visible in order and without gaps, whoever writes?

use std::collections::HashSet;

use daybook_domain::kernel::TenantId;
use daybook_store::Store;
use sqlx::{Connection, Executor};
use tokio::task::JoinSet;
use uuid::Uuid;

use crate::account::{Account, Deposit, Open};
use crate::world::{Row, World, assert_gapless, follow, id, run, tenant, until};

/// Opens an account and deposits `times - 1` times; the command ids in order.
async fn write(store: Store, tenant: TenantId, times: usize) -> Vec<Uuid> {
    let stream = id();
    let opened = run(&store, tenant, stream, Open::default()).await.unwrap();
    let mut acknowledged = vec![opened.events[0].command_id];
    for n in 1..times {
        let receipt = run(&store, tenant, stream, Deposit(1)).await.unwrap();
        assert_eq!(receipt.version, i64::try_from(n).unwrap() + 1);
        acknowledged.push(receipt.events[0].command_id);
    }
    acknowledged
}

/// Everything acknowledged is there, once.
#[track_caller]
fn assert_once(log: &[Row], acknowledged: &[Uuid]) {
    let stored: Vec<Uuid> = log.iter().map(|row| row.command_id).collect();
    let distinct: HashSet<&Uuid> = stored.iter().collect();
    assert_eq!(stored.len(), distinct.len(), "an event is doubled");
    let acknowledged: HashSet<&Uuid> = acknowledged.iter().collect();
    assert_eq!(distinct, acknowledged);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn sixty_four_writers_leave_no_gap_and_the_tail_sees_each_event_once() {
    let world = World::new().await;
    let store = world.store().await;
    let tenants = [tenant(), tenant(), tenant(), tenant(), tenant()];
    let mut writers = JoinSet::new();
    for n in 0..64 {
        writers.spawn(write(store.clone(), tenants[n % tenants.len()], 15));
    }
    let seen = follow(&store, 64 * 15).await;
    let acknowledged = writers.join_all().await.concat();
    let log = world.log().await;
    assert_gapless(&log);
    assert_once(&log, &acknowledged);
    assert_eq!(seen, log);
    store.close().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn two_stores_at_full_speed_leave_no_gap_for_those_who_tail_meanwhile() {
    let world = World::new().await;
    let stores = [world.store().await, world.store().await];
    let tenants = [tenant(), tenant(), tenant()];
    let mut writers = JoinSet::new();
    for n in 0..64 {
        let store = stores[n % 2].clone();
        writers.spawn(write(store, tenants[n % tenants.len()], 15));
    }
    // A third reader polls the table as any program may.
    let polled = async {
        let mut admin = world.administrator().await;
        let (mut at, mut positions) = (0, Vec::new());
        while at < 64 * 15 {
            let page: Vec<i64> = sqlx::query_scalar(
                "select log_position from daybook.events where log_position > $1 \
                 order by log_position limit 50",
            )
            .bind(at)
            .fetch_all(&mut admin)
            .await
            .unwrap();
            at = page.last().copied().unwrap_or(at);
            positions.extend(page);
        }
        positions
    };
    let (first, second, polled) =
        tokio::join!(follow(&stores[0], 960), follow(&stores[1], 960), polled);
    let acknowledged = writers.join_all().await.concat();
    let log = world.log().await;
    assert_gapless(&log);
    assert_once(&log, &acknowledged);
    assert_eq!(first, log);
    assert_eq!(second, log);
    assert_eq!(polled, (1..=960).collect::<Vec<i64>>());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn two_nodes_in_turns_on_one_stream_never_break_its_versions() {
    let world = World::new().await;
    let stores = [world.store().await, world.store().await];
    let (tenant, stream) = (tenant(), id());
    run(&stores[0], tenant, stream, Open::default())
        .await
        .unwrap();
    for n in 0..60 {
        // Every third twice in a row on the same node, whose memory is right then.
        let store = &stores[(n - n / 3) % 2];
        let receipt = run(store, tenant, stream, Deposit(1)).await.unwrap();
        assert_eq!(receipt.version, i64::try_from(n).unwrap() + 2);
    }
    let mut both = JoinSet::new();
    for store in stores.clone() {
        both.spawn(async move {
            let mut went = 0;
            for _ in 0..60 {
                went += i64::from(run(&store, tenant, stream, Deposit(1)).await.is_ok());
            }
            went
        });
    }
    let went: i64 = both.join_all().await.iter().sum();
    let log = world.log().await;
    assert_gapless(&log);
    assert_eq!(log.len(), usize::try_from(61 + went).unwrap());
    for store in &stores {
        store.tail().past(60 + went).await;
        let loaded = store.load::<Account>(tenant, stream).await.unwrap();
        assert_eq!(loaded.state.balance, 60 + went);
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn many_tenants_on_two_nodes_keep_their_own_positions_gapless() {
    let world = World::new().await;
    let stores = [world.store().await, world.store().await];
    let tenants: Vec<TenantId> = (0..40).map(|_| tenant()).collect();
    for round in 0..3 {
        let mut writers = JoinSet::new();
        for (n, tenant) in tenants.iter().copied().enumerate() {
            let store = stores[(n + round) % 2].clone();
            writers.spawn(async move {
                run(&store, tenant, id(), Open::default())
                    .await
                    .unwrap()
                    .position
            });
        }
        let expected = i64::try_from(round).unwrap() + 1;
        assert!(writers.join_all().await.iter().all(|p| *p == expected));
    }
    assert_gapless(&world.log().await);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_long_unrelated_transaction_does_not_stall_the_tail() {
    let world = World::new().await;
    let store = world.store().await;
    let mut admin = world.administrator().await;
    let mut long = admin.begin().await.unwrap();
    long.execute("create table daybook.unrelated (n int)")
        .await
        .unwrap();
    run(&store, tenant(), id(), Open::default()).await.unwrap();
    let other = world.store().await;
    run(&store, tenant(), id(), Open::default()).await.unwrap();
    assert_eq!(other.tail().past(1).await, 2);
    long.rollback().await.unwrap();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_append_waits_for_whoever_holds_the_head() {
    let world = World::new().await;
    let store = world.store().await;
    let tenant = tenant();
    run(&store, tenant, id(), Open::default()).await.unwrap();
    let (mut admin, mut watcher) = (world.administrator().await, world.administrator().await);
    let mut holder = admin.begin().await.unwrap();
    holder
        .execute("select 1 from daybook.log_head for update")
        .await
        .unwrap();
    let mut waiting = JoinSet::new();
    for _ in 0..8 {
        let store = store.clone();
        waiting.spawn(async move { run(&store, tenant, id(), Open::default()).await });
    }
    let watcher = tokio::sync::Mutex::new(&mut watcher);
    until("a waiting append", || async {
        let waits: bool = sqlx::query_scalar(
            "select exists (select from pg_stat_activity \
               where usename = 'daybook_log' and wait_event_type = 'Lock' \
                 and datname = current_database())",
        )
        .fetch_one(&mut **watcher.lock().await)
        .await
        .unwrap();
        waits
    })
    .await;
    assert!(waiting.try_join_next().is_none());
    holder.rollback().await.unwrap();
    for outcome in waiting.join_all().await {
        outcome.unwrap();
    }
    assert_gapless(&world.log().await);
}
