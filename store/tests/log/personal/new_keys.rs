//! Is a key there exactly when something is sealed under it, whoever came first?

use std::time::{Duration, Instant};

use daybook_domain::kernel::TenantId;
use daybook_store::{Clear, ExecuteError, HistoryFilter, Store};
use sqlx::{Connection, Executor, PgConnection};
use uuid::Uuid;

use super::person::{Introduce, Meet, NAME, Person, WORDS, meet, say, stored};
use crate::world::{World, id, run, tenant};

const APPENDER: &str = "select pid from pg_stat_activity where datname = current_database() \
    and usename = 'daybook_log' and wait_event_type = 'Lock'";

fn nameless() -> Meet {
    Meet {
        email: None,
        ..meet()
    }
}

/// Repeats a statement until it finds a row.
async fn find(admin: &mut PgConnection, sql: &str) {
    let deadline = Instant::now() + Duration::from_secs(5);
    while admin.fetch_all(sql).await.unwrap().is_empty() {
        assert!(Instant::now() < deadline, "{sql} finds nothing");
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
}

/// All that a tenant has opens for a process that has nothing in memory.
async fn assert_all_opens(world: &World, tenant: TenantId, events: usize) {
    let fresh = world.store().await;
    let everything = HistoryFilter::default();
    let page = fresh.history(tenant, 0, &everything, 10).await.unwrap();
    assert_eq!(page.events.len(), events);
    let opened = |clear: &Clear| matches!(clear, Clear::Opened(_));
    assert!(page.events.iter().all(|it| opened(it.clear())));
}

/// Begins a person, while an administrator holds the head and then does something to the appender.
async fn begin_under(world: &World, (store, tenant, person): (&Store, TenantId, Uuid), sql: &str) {
    let (mut holder, mut admin) = (world.administrator().await, world.administrator().await);
    let mut head = holder.begin().await.unwrap();
    head.execute("select log_position from daybook.log_head for update")
        .await
        .unwrap();
    let meanwhile = async {
        find(&mut admin, APPENDER).await;
        // What is not appended yet has no key.
        let key = format!("select 1 from keys.subject_keys where subject = '{person}'");
        assert!(admin.fetch_all(key.as_str()).await.unwrap().is_empty());
        admin.execute(sql).await.unwrap();
        head.rollback().await.unwrap();
    };
    let (begun, ()) = tokio::join!(run(store, tenant, person, nameless()), meanwhile);
    begun.unwrap();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_key_is_kept_by_the_append_that_needs_it() {
    let world = World::new().await;
    let store = world.store().await;
    let (tenant, people) = (tenant(), [id(), id(), id()]);
    run(&store, tenant, people[0], nameless()).await.unwrap();
    begin_under(&world, (&store, tenant, people[1]), "select 1").await;
    // The connection goes away in between: the append is repeated, and the key with it.
    let end = format!(
        "with waiting as materialized ({APPENDER}) select pg_terminate_backend(pid) from waiting"
    );
    begin_under(&world, (&store, tenant, people[2]), &end).await;
    assert_all_opens(&world, tenant, 3).await;
    // What was turned down leaves no key: the address is the first one's.
    let taken = Meet {
        email: Some("ada@example.org".to_owned()),
        ..meet()
    };
    run(&store, tenant, id(), taken.clone()).await.unwrap();
    run(&store, tenant, id(), taken).await.unwrap_err();
    assert_eq!(store.count_subject_keys().await.unwrap().kept, 4);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn who_was_written_about_before_keeps_their_key() {
    let world = World::new().await;
    let (store, other) = (world.store().await, world.store().await);
    let (tenant, person, friend) = (tenant(), id(), id());
    run(&store, tenant, person, nameless()).await.unwrap();
    let introduced = Introduce {
        words: None,
        friend,
        friend_name: NAME.to_owned(),
    };
    run(&store, tenant, person, introduced).await.unwrap();
    // The other process knows nothing of that key, and takes the friend for somebody new, beside
    // somebody who is.
    let newcomer = id();
    let (one, two) = tokio::join!(
        run(&other, tenant, friend, nameless()),
        run(&other, tenant, newcomer, nameless()),
    );
    one.unwrap();
    two.unwrap();
    run(&other, tenant, friend, say(WORDS)).await.unwrap();
    assert_eq!(store.count_subject_keys().await.unwrap().kept, 3);
    assert_eq!(stored(&store, tenant, friend).await.name, NAME);
    assert_all_opens(&world, tenant, 5).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn who_was_erased_before_they_began_does_not_begin() {
    let world = World::new().await;
    let (store, other) = (world.store().await, world.store().await);
    let (tenant, person) = (tenant(), id());
    run(&other, tenant, id(), nameless()).await.unwrap();
    store.erase_subject(tenant, person).await.unwrap();
    let begun = run(&other, tenant, person, nameless()).await;
    assert!(
        matches!(&begun, Err(ExecuteError::Refused(it)) if it.code == "SUBJECT_ERASED"),
        "{begun:?}"
    );
    let loaded = other.load_stored_now::<Person>(tenant, person).await;
    assert_eq!(loaded.unwrap().version, 0);
}

/// Who appends adds keys and does nothing else to them; others do not even that.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn who_appends_can_add_keys_and_nothing_else() {
    let world = World::new().await;
    let store = world.store().await;
    run(&store, tenant(), id(), nameless()).await.unwrap();
    let mut admin = world.administrator().await;
    let make = "select keys.make('{}', '{}', '{}', '{}', '', false)";
    for (role, sql) in [
        ("log", "select 1 from keys.subject_keys"),
        ("log", "select 1 from keys.masters"),
        ("log", "select 1 from keys.signing_keys"),
        ("log", "update keys.subject_keys set sealed = null"),
        ("log", "delete from keys.subject_keys"),
        (
            "log",
            "insert into keys.subject_keys (tenant_id, subject, destroyed_at) \
               values (gen_random_uuid(), gen_random_uuid(), now())",
        ),
        ("app", make),
        ("dispatch", make),
        ("seal", make),
    ] {
        let mut tx = admin.begin().await.unwrap();
        let role = format!("set local role daybook_{role}");
        tx.execute(role.as_str()).await.unwrap();
        let denied = tx.execute(sql).await;
        let code = denied.map_err(|error| {
            let error = error.into_database_error();
            error.and_then(|it| it.code().map(String::from))
        });
        let denied = Some("42501".to_owned());
        assert!(
            matches!(&code, Err(code) if *code == denied),
            "{sql}: {code:?}"
        );
    }
}
