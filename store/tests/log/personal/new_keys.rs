//! Is anything sealed under a key that a server lost when it crashed?

use std::time::{Duration, Instant};

use daybook_store::{Clear, HistoryFilter};
use sqlx::{Connection, Executor, PgConnection};

use super::attacks::attack;
use super::person::{Meet, Person, meet};
use crate::world::{World, id, run, tenant};

const END_APPENDER: &str = "with waiting as materialized ( \
      select pid from pg_stat_activity where datname = current_database() \
        and usename = 'daybook_log' and wait_event_type = 'Lock') \
    select pg_terminate_backend(pid) from waiting";

/// Repeats a statement until it finds a row.
async fn find(admin: &mut PgConnection, sql: &str) {
    let deadline = Instant::now() + Duration::from_secs(5);
    while admin.fetch_all(sql).await.unwrap().is_empty() {
        assert!(Instant::now() < deadline, "{sql} finds nothing");
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
}

/// A key is made without waiting for the disk. The append after it waits, which makes it safe; unless
/// the server crashed between the two and came back without it. Here that is done by hand: while the
/// append waits for the head, the key's row goes, and the connection with it.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn nothing_is_sealed_under_a_key_that_the_server_lost() {
    let world = World::new().await;
    let store = world.store().await;
    let (tenant, person) = (tenant(), id());
    let met = || Meet {
        email: None,
        ..meet()
    };
    run(&store, tenant, id(), met()).await.unwrap();
    let (mut holder, mut admin) = (world.administrator().await, world.administrator().await);
    let mut head = holder.begin().await.unwrap();
    head.execute("select log_position from daybook.log_head for update")
        .await
        .unwrap();
    let key = format!("from keys.subject_keys where subject = '{person}'");
    let crash = async {
        find(&mut admin, &format!("select 1 {key}")).await;
        attack(&mut admin, &format!("delete {key}")).await;
        find(&mut admin, END_APPENDER).await;
        head.rollback().await.unwrap();
    };
    let (written, ()) = tokio::join!(run(&store, tenant, person, met()), crash);
    written.unwrap();
    // As a process sees it that has nothing in memory.
    let fresh = world.store().await;
    let loaded = fresh.load_stored_now::<Person>(tenant, person).await;
    assert!(loaded.is_ok(), "{loaded:?}");
    let everything = HistoryFilter::default();
    let page = fresh.history(tenant, 0, &everything, 10).await.unwrap();
    assert_eq!(page.events.len(), 2);
    let opened = |clear: &Clear| matches!(clear, Clear::Opened(_));
    assert!(page.events.iter().all(|it| opened(it.clear())));
}
