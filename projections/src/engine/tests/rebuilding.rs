//! Is a new generation built beside the live one and switched to?

use std::collections::BTreeSet;
use std::sync::Arc;

use daybook_domain::crm::client::Client;
use daybook_domain::crm::client::fixtures::client_id;
use daybook_domain::invoicing::invoice::Invoice;
use daybook_domain::invoicing::invoice::fixtures::Dice;
use daybook_domain::kernel::{InvoiceId, TenantId};
use daybook_store::reader::ReaderStatus;
use uuid::Uuid;

use super::tally::{
    Growing, NAME, Process, add_note, eventually, live_generation, mended_tally, note, noted,
    rebuild, rebuilding, tallies_of, tallies_of_log, tally, world,
};
use crate::chance::{client_events, invoice_events};
use crate::engine::batch::Lost;
use crate::engine::build::{Build, Part};
use crate::engine::rebuild::{Attempt, Leased};
use crate::engine::testing::desk;
use crate::engine::{Progress, RebuildError};
use crate::testing::{World, id};

/// A history of several tenants, posted while it grows.
async fn history(world: &World, dice: &mut Dice) {
    let tenants = [TenantId(id()), TenantId(id()), TenantId(id())];
    let projections = crate::all();
    for _ in 0..12 {
        for _ in 0..6 {
            let tenant = tenants[dice.below(3)];
            let events = client_events(dice);
            let (first, second) = events.split_at(1 + dice.below(events.len()));
            let stream = id();
            world.happen::<Client>(tenant, stream, first).await;
            let events = invoice_events(dice, client_id());
            world
                .happen::<Invoice>(tenant, InvoiceId(id()), &events)
                .await;
            if !second.is_empty() {
                world.happen::<Client>(tenant, stream, second).await;
            }
        }
        world.post(&projections).await;
    }
}

/// All rows of a generation, whole.
async fn rows(world: &World, table: &str, generation: i32) -> BTreeSet<String> {
    let rows: Vec<String> = sqlx::query_scalar(&format!(
        "select (to_jsonb(t) - 'generation')::text from {table} t where generation = $1"
    ))
    .bind(generation)
    .fetch_all(&mut world.administrator().await)
    .await
    .unwrap();
    rows.into_iter().collect()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn rebuilt_rows_are_the_rows_that_were_live() {
    let world = World::new().await;
    let mut dice = Dice(0x5eed);
    history(&world, &mut dice).await;
    let projections = crate::all();
    for projection in &projections {
        rebuild(&world.store, projection).await;
    }
    // And once more, from one reading.
    let together = rebuilding(&world.store, &projections);
    ended(together.run(|_, _| ()).await);
    let mut tables = 0;
    for projection in projections {
        assert_eq!(live_generation(&world.store, projection.name()).await, 3);
        let before: Vec<_> = rows_of(&world, projection.tables(), 1).await;
        for generation in [2, 3] {
            let after: Vec<_> = rows_of(&world, projection.tables(), generation).await;
            for (before, after) in before.iter().zip(&after) {
                let changed: Vec<_> = before.symmetric_difference(after).take(4).collect();
                assert!(changed.is_empty(), "{}: {changed:#?}", projection.name());
            }
        }
        tables += before.iter().filter(|rows| !rows.is_empty()).count();
    }
    // Clients, notes, documents, lines, payments, balances, receivables, revenue.
    assert_eq!(tables, 8);
}

fn ended<T, E: std::fmt::Debug>(outcomes: Vec<Result<T, E>>) -> Vec<T> {
    outcomes.into_iter().map(Result::unwrap).collect()
}

async fn rows_of(world: &World, tables: &[&str], generation: i32) -> Vec<BTreeSet<String>> {
    let mut all = Vec::new();
    for table in tables {
        all.push(rows(world, table, generation).await);
    }
    all
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_rebuild_goes_on_beside_writes_and_readers_never_look_back() {
    let growing = Growing::start().await;
    let (world, process) = (&growing.world, &growing.process);
    growing.others(40).await;
    process.caught_up(NAME).await;
    let store = world.store.clone();
    let rebuilt = async move { rebuild(&store, &tally()).await };
    growing.beside(rebuilt).await;
    process.caught_up(NAME).await;
    assert_eq!(live_generation(&world.store, NAME).await, 2);
    assert_eq!(tallies_of(world, 2).await, tallies_of_log(world).await);
    // The one before is kept to go back to, until the next.
    assert!(!tallies_of(world, 1).await.is_empty());
    rebuild(&world.store, &tally()).await;
    // And then its rows go away, with everything that remembers it.
    eventually("an empty old generation", async || {
        tallies_of(world, 1).await.is_empty()
    })
    .await;
    eventually("a forgotten old generation", async || {
        world.store.retired_generations().await.unwrap().is_empty()
    })
    .await;
    growing.process.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_running_projector_builds_what_newer_code_asks_for() {
    let world = world().await;
    let tenant = TenantId(id());
    noted(&world.store, tenant, &["a"]).await;
    world.post(&[tally()]).await;
    let process = Process::start(world.store.clone(), &[mended_tally()]);
    eventually("the new version", async || {
        live_generation(&world.store, NAME).await == 2
    })
    .await;
    noted(&world.store, tenant, &["b"]).await;
    process.caught_up(NAME).await;
    assert_eq!(tallies_of(&world, 2).await, tallies_of_log(&world).await);
    process.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_look_at_the_past_by_newer_code_does_not_stand_for_its_rebuild() {
    let world = world().await;
    noted(&world.store, TenantId(id()), &["a"]).await;
    world.post(&[tally()]).await;
    let look = "insert into readers (name, generation, version, state, log_position) \
        values ('test.tally', -1, 2, 'scratch', 0)";
    let mut admin = world.administrator().await;
    sqlx::query(look).execute(&mut admin).await.unwrap();
    // However often it is begun, one generation is.
    for _ in 0..2 {
        world.store.register_reader(NAME, 2).await.unwrap();
    }
    assert_eq!(versions(&world).await, [(1, 1), (2, 2)]);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn older_code_leaves_newer_generations_alone() {
    let world = world().await;
    noted(&world.store, TenantId(id()), &["a"]).await;
    world.post(&[mended_tally()]).await;
    let older = Process::start(world.store.clone(), &[tally()]);
    noted(&world.store, TenantId(id()), &["b"]).await;
    let limit = std::time::Duration::from_millis(1_500);
    let waited = older
        .positions
        .wait(&[NAME], world.store.tail().head(), limit)
        .await;
    assert!(waited.is_err(), "older code wrote rows of newer code");
    older.stop().await;
}

/// Generation and version of each that is live, being built or kept.
async fn versions(world: &World) -> Vec<(i32, i32)> {
    let readers = world.store.readers().await.unwrap();
    let version = |it: &ReaderStatus| (it.key.generation, it.version);
    readers.iter().map(version).collect()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn older_code_does_not_rebuild_what_newer_code_made() {
    let world = world().await;
    noted(&world.store, TenantId(id()), &["a"]).await;
    world.post(&[mended_tally()]).await;
    let outcomes = rebuilding(&world.store, &[tally()]).run(|_, _| ()).await;
    assert!(
        matches!(outcomes.as_slice(), [Err(RebuildError::Newer(NAME))]),
        "{outcomes:?}"
    );
    assert_eq!(versions(&world).await, [(1, 2)]);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_build_that_newer_code_left_gives_way_to_one_by_older_code() {
    let world = world().await;
    noted(&world.store, TenantId(id()), &["a"]).await;
    world.post(&[tally()]).await;
    world.store.register_reader(NAME, 2).await.unwrap();
    let key = world.store.begin_generation(NAME, 2).await.unwrap();
    let key = key.unwrap();
    let lease = world.store.take_lease(&key, id()).await.unwrap().unwrap();
    // Not while somebody is at it.
    let refused = world.store.begin_generation(NAME, 1).await.unwrap();
    assert_eq!(refused, None);
    world.store.release_lease(&lease).await.unwrap();
    rebuild(&world.store, &tally()).await;
    assert_eq!(versions(&world).await, [(1, 1), (3, 1)]);
    assert_eq!(live_generation(&world.store, NAME).await, 3);
    assert_eq!(tallies_of(&world, 3).await, tallies_of_log(&world).await);
    // Who was at it finds that out.
    assert!(!world.store.keep_lease(&lease).await.unwrap());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn newer_code_gives_up_what_older_code_is_building() {
    let world = world().await;
    noted(&world.store, TenantId(id()), &["a"]).await;
    world.post(&[tally()]).await;
    world.store.begin_generation(NAME, 1).await.unwrap();
    world.store.register_reader(NAME, 2).await.unwrap();
    assert_eq!(versions(&world).await, [(1, 1), (3, 2)]);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_build_that_was_interrupted_begins_again_from_nothing() {
    let world = world().await;
    let tally = tally();
    for _ in 0..5 {
        noted(&world.store, TenantId(id()), &["a", "b"]).await;
    }
    world.post(std::slice::from_ref(&tally)).await;
    let key = world.store.begin_generation(NAME, 1).await.unwrap();
    let key = key.unwrap();
    // The first builder writes everything and is gone before its checkpoint.
    let first = world.store.take_lease(&key, id()).await.unwrap().unwrap();
    let desk = desk(&world.store, &tally, first);
    let build = || {
        let part = Part::new(desk.clone(), Arc::default());
        let build = Build::new(world.store.clone(), vec![Arc::clone(&part)]);
        async move {
            build.run().await;
            part.ended().await.unwrap()
        }
    };
    assert_eq!(build().await, Ok(15));
    let mut admin = world.administrator().await;
    // As if it had crashed before the last commit, with rows that are wrong besides.
    for damage in [
        "update readers set log_position = 0, holder = null where state = 'building'",
        "update test_tally set total = 99 where generation = 2",
    ] {
        sqlx::query(damage).execute(&mut admin).await.unwrap();
    }
    let second = rebuilding(&world.store, &[]);
    let lease = world
        .store
        .take_lease(&key, second.holder)
        .await
        .unwrap()
        .unwrap();
    let attempts = second
        .attempt(&[Leased::new(&tally, lease)], |_, _| ())
        .await;
    assert_eq!(ended(attempts), [Attempt::Live]);
    assert_eq!(tallies_of(&world, 2).await, tallies_of_log(&world).await);
    // The first one wakes up: it neither writes nor takes anything away.
    assert_eq!(build().await, Err(Lost));
    assert!(desk.wipe().await.unwrap().is_err());
    assert_eq!(tallies_of(&world, 2).await, tallies_of_log(&world).await);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_huge_tenant_is_built_in_slices() {
    let world = world().await;
    let tenant = TenantId(id());
    let mut streams: Vec<Uuid> = Vec::new();
    for _ in 0..150 {
        streams.push(noted(&world.store, tenant, &["a"]).await);
    }
    // Rows of the first slices change again in the last ones, and one of them stops there.
    for stream in &streams {
        add_note(&world.store, tenant, *stream).await;
    }
    let broken = super::tally::broken_tally();
    world
        .happen::<Client>(tenant, streams[3], &[note("panic"), note("z")])
        .await;
    world.post(std::slice::from_ref(&broken)).await;
    let live = tallies_of(&world, 1).await;
    assert_eq!(live.len(), 150);
    let told = std::sync::Mutex::new(Vec::new());
    let progress = |name, it| {
        assert_eq!(name, NAME);
        told.lock().unwrap().push(it);
    };
    let rebuilding = rebuilding(&world.store, std::slice::from_ref(&broken));
    ended(rebuilding.run(progress).await);
    assert_eq!(tallies_of(&world, 2).await, live);
    assert_eq!(live[&streams[3]], 3);
    let told = told.into_inner().unwrap();
    let (last, before) = told.split_last().unwrap();
    assert_eq!(*last, Progress::Ended);
    let reading = |it: &Progress| matches!(it, Progress::Reading { .. });
    assert!(before.iter().all(reading), "{told:?}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_projection_that_is_not_registered_is_registered_and_built() {
    let world = world().await;
    noted(&world.store, TenantId(id()), &["a"]).await;
    rebuild(&world.store, &tally()).await;
    assert_eq!(tallies_of(&world, 2).await, tallies_of_log(&world).await);
}
