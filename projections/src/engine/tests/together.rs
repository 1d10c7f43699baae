//! Are generations that are built from one reading of the log independent of each other?

use std::sync::Arc;
use std::time::Duration;

use daybook_domain::kernel::TenantId;
use daybook_store::reader::ReaderKey;
use sqlx::Executor;

use super::tally::{
    NAME, Process, broken_tally, eventually, live_generation, mended_tally, noted, rebuilding,
    tallies_of, tallies_of_log, tally, world,
};
use crate::engine::Projection;
use crate::engine::rebuild::{Attempt, Leased, Rebuild};
use crate::testing::{World, id};

const CLIENTS: &str = "crm.clients";

/// Clients of some tenants, posted; the tally and the clients, to be rebuilt.
async fn posted() -> (World, [Arc<Projection>; 2]) {
    let world = world().await;
    for _ in 0..3 {
        noted(&world.store, TenantId(id()), &["a", "b"]).await;
    }
    let both = [tally(), crate::find(CLIENTS).unwrap()];
    world.post(&both).await;
    (world, both)
}

/// New generations of both, under leases of that process.
async fn leased(world: &World, both: &[Arc<Projection>], rebuild: &Rebuild) -> Vec<Leased> {
    let mut leased = Vec::new();
    for projection in both {
        let (name, version) = (projection.name(), projection.version());
        let key = world.store.begin_generation(name, version).await.unwrap();
        let lease = world.store.take_lease(&key.unwrap(), rebuild.holder).await;
        leased.push(Leased::new(projection, lease.unwrap().unwrap()));
    }
    leased
}

async fn attempted(rebuild: &Rebuild, leased: &[Leased]) -> Vec<Attempt> {
    let attempts = rebuild.attempt(leased, |_, _| ()).await;
    attempts.into_iter().map(Result::unwrap).collect()
}

async fn clients(world: &World, generation: i32) -> i64 {
    sqlx::query_scalar("select count(*) from crm_clients where generation = $1")
        .bind(generation)
        .fetch_one(&mut world.administrator().await)
        .await
        .unwrap()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_lease_that_is_lost_stops_the_one_generation() {
    let (world, both) = posted().await;
    let rebuild = rebuilding(&world.store, &both);
    let leased = leased(&world, &both, &rebuild).await;
    // Somebody else takes the tally over, who found its holder silent.
    let stolen = "update readers set epoch = epoch + 1, holder = gen_random_uuid() \
        where name = 'test.tally' and state = 'building'";
    world.administrator().await.execute(stolen).await.unwrap();
    assert_eq!(
        attempted(&rebuild, &leased).await,
        [Attempt::Lost, Attempt::Live]
    );
    assert_eq!(live_generation(&world.store, NAME).await, 1);
    assert_eq!(live_generation(&world.store, CLIENTS).await, 2);
    assert_eq!(clients(&world, 2).await, 3);
    assert!(tallies_of(&world, 2).await.is_empty());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_waits_for_the_database_is_dropped_with_its_lease() {
    let (world, both) = posted().await;
    let rebuild = rebuilding(&world.store, &both);
    for (table, expected) in [
        ("test_tally", [Attempt::Lost, Attempt::Live]),
        ("test_tally, crm_clients", [Attempt::Lost, Attempt::Lost]),
    ] {
        let leased = leased(&world, &both, &rebuild).await;
        // What is written waits for this, longer than the build takes.
        let mut admin = world.administrator().await;
        let lock = format!("begin; lock table {table}");
        admin.execute(lock.as_str()).await.unwrap();
        let steal = async {
            tokio::time::sleep(Duration::from_millis(300)).await;
            let names = table
                .replace("test_tally", NAME)
                .replace("crm_clients", CLIENTS);
            sqlx::query(
                "update readers set epoch = epoch + 1, holder = gen_random_uuid() \
                 where name = any ($1) and state = 'building'",
            )
            .bind(names.split(", ").collect::<Vec<_>>())
            .execute(&mut world.administrator().await)
            .await
            .unwrap();
        };
        let (attempts, ()) = tokio::join!(attempted(&rebuild, &leased), steal);
        assert_eq!(attempts, expected, "{table}");
        admin.execute("rollback").await.unwrap();
        let over = "delete from readers where state in ('building', 'previous')";
        world.administrator().await.execute(over).await.unwrap();
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn who_built_a_generation_leaves_it_to_who_follows_it() {
    let world = world().await;
    noted(&world.store, TenantId(id()), &["a"]).await;
    world.post(&[tally()]).await;
    let process = Process::start(world.store.clone(), &[mended_tally()]);
    eventually("the new version", async || {
        live_generation(&world.store, NAME).await == 2
    })
    .await;
    // Until everybody has looked at it a few times.
    tokio::time::sleep(Duration::from_secs(2)).await;
    let epoch = "select epoch from readers where name = 'test.tally' and state = 'live'";
    let epoch: i64 = sqlx::query_scalar(epoch)
        .fetch_one(&mut world.administrator().await)
        .await
        .unwrap();
    // Its builder's, and its follower's.
    assert_eq!(epoch, 2);
    process.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_table_that_cannot_be_written_stops_the_one_generation() {
    let (world, both) = posted().await;
    let rebuild = rebuilding(&world.store, &both);
    let withheld = "revoke insert on test_tally from daybook_app";
    world.administrator().await.execute(withheld).await.unwrap();
    let outcomes = rebuild.run(|_, _| ()).await;
    let refused = outcomes[0].as_ref().unwrap_err().to_string();
    assert!(refused.contains("permission denied"), "{refused}");
    outcomes[1].as_ref().unwrap();
    assert_eq!(live_generation(&world.store, NAME).await, 1);
    assert_eq!(live_generation(&world.store, CLIENTS).await, 2);
    // It is finished by whoever can.
    let given = "grant insert on test_tally to daybook_app";
    world.administrator().await.execute(given).await.unwrap();
    let process = Process::start(world.store.clone(), &both);
    eventually("the tally's generation", async || {
        live_generation(&world.store, NAME).await == 2
    })
    .await;
    assert_eq!(tallies_of(&world, 2).await, tallies_of_log(&world).await);
    process.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn streams_that_stop_one_projection_go_on_in_the_other() {
    let world = world().await;
    let tenant = TenantId(id());
    let poisoned = [
        noted(&world.store, tenant, &["a", "panic", "b"]).await,
        noted(&world.store, tenant, &["fault"]).await,
    ];
    noted(&world.store, tenant, &["a"]).await;
    let both = [broken_tally(), crate::find(CLIENTS).unwrap()];
    world.post(&both).await;
    for rebuilt in rebuilding(&world.store, &both).run(|_, _| ()).await {
        rebuilt.unwrap();
    }
    assert_eq!(tallies_of(&world, 2).await, tallies_of(&world, 1).await);
    let parked = world.store.parked_streams().await.unwrap();
    let mut parked: Vec<_> = parked
        .into_iter()
        .filter(|it| it.generation == 2)
        .map(|it| (it.reader, it.stream_id))
        .collect();
    parked.sort_unstable_by_key(|it| it.1);
    let mut stopped = poisoned.map(|stream| (NAME.to_owned(), stream));
    stopped.sort_unstable_by_key(|it| it.1);
    assert_eq!(parked, stopped);
    let notes = "select sum(note_count)::bigint from crm_clients where generation = 2";
    let notes: i64 = sqlx::query_scalar(notes)
        .fetch_one(&mut world.administrator().await)
        .await
        .unwrap();
    assert_eq!(notes, 5);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_was_built_before_is_only_made_live() {
    let (world, both) = posted().await;
    let rebuild = rebuilding(&world.store, &both);
    let mut leased = leased(&world, &both, &rebuild).await;
    // A process built the tally to the end of the log and was killed before it was made live.
    let reached = "update readers set log_position = (select log_position from log_head) \
        where name = 'test.tally' and state = 'building'";
    world.administrator().await.execute(reached).await.unwrap();
    leased[0].lease.log_position = world.store.tail().head();
    assert_eq!(
        attempted(&rebuild, &leased).await,
        [Attempt::Live, Attempt::Live]
    );
    // Nothing was read for it.
    assert!(tallies_of(&world, 2).await.is_empty());
    assert_eq!(clients(&world, 2).await, 3);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_build_under_way_does_not_hold_up_the_next() {
    let (world, _) = posted().await;
    let both = [mended_tally(), crate::find(CLIENTS).unwrap()];
    // What the tally writes waits for this.
    let mut admin = world.administrator().await;
    admin.execute("begin; lock table test_tally").await.unwrap();
    let process = Process::start(world.store.clone(), &both);
    eventually("the tally is at work", async || {
        let readers = world.store.readers().await.unwrap();
        let tally = |it: &ReaderKey| it.name == NAME && it.generation == 2;
        readers.iter().any(|it| tally(&it.key) && it.at_work)
    })
    .await;
    let clients = crate::find(CLIENTS).unwrap().version();
    let begun = world.store.begin_generation(CLIENTS, clients).await;
    begun.unwrap().unwrap();
    eventually("the clients' generation", async || {
        live_generation(&world.store, CLIENTS).await == 2
    })
    .await;
    assert_eq!(live_generation(&world.store, NAME).await, 1);
    admin.execute("rollback").await.unwrap();
    eventually("the tally's generation", async || {
        live_generation(&world.store, NAME).await == 2
    })
    .await;
    process.stop().await;
}
