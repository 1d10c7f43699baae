//! Does a projection go back to the generation before, without anybody noticing?

use std::sync::Arc;

use daybook_domain::kernel::TenantId;

use super::tally::{
    Growing, NAME, Process, eventually, live_generation, mended_tally, noted, rebuild, rollback,
    tallies_of, tallies_of_log, tally, world,
};
use crate::engine::RebuildError;
use crate::engine::sweep::sweep;
use crate::testing::id;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn going_back_goes_on_beside_writes_and_readers_never_look_back() {
    let growing = Growing::start().await;
    let (world, process) = (&growing.world, &growing.process);
    rebuild(&world.store, &tally()).await;
    assert_eq!(live_generation(&world.store, NAME).await, 2);
    // The one before stands still meanwhile.
    growing.others(30).await;
    let rolling = rollback(&world.store, &tally());
    let back = growing.beside(async move { rolling.run().await.unwrap() });
    assert_eq!(back.await, 1);
    process.caught_up(NAME).await;
    assert_eq!(live_generation(&world.store, NAME).await, 1);
    assert_eq!(tallies_of(world, 1).await, tallies_of_log(world).await);
    // And forth again: the one that was taken back is the one before now.
    let again = rollback(&world.store, &tally()).run().await.unwrap();
    assert_eq!(again, 2);
    process.caught_up(NAME).await;
    assert_eq!(tallies_of(world, 2).await, tallies_of_log(world).await);
    growing.process.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn refuses_to_go_back_to_nothing_or_to_what_other_code_wrote() {
    let world = world().await;
    noted(&world.store, TenantId(id()), &["a"]).await;
    world.post(&[tally()]).await;
    let nothing = rollback(&world.store, &tally()).run().await;
    assert!(
        matches!(nothing, Err(RebuildError::NothingBefore(NAME))),
        "{nothing:?}"
    );
    let newer = mended_tally();
    rebuild(&world.store, &newer).await;
    let refused = rollback(&world.store, &newer).run().await;
    assert!(
        matches!(refused, Err(RebuildError::OtherCode { wrote: 1, .. })),
        "{refused:?}"
    );
    // The binary that wrote it may.
    let older: Arc<_> = tally();
    assert_eq!(rollback(&world.store, &older).run().await.unwrap(), 1);
    assert_eq!(live_generation(&world.store, NAME).await, 1);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn newer_code_builds_anew_after_a_way_back_to_older_rows() {
    let world = world().await;
    noted(&world.store, TenantId(id()), &["a"]).await;
    world.post(&[tally()]).await;
    rebuild(&world.store, &mended_tally()).await;
    let back = rollback(&world.store, &tally()).run().await;
    assert_eq!(back.unwrap(), 1);
    let process = Process::start(world.store.clone(), &[mended_tally()]);
    eventually("the newer code's own rows", async || {
        live_generation(&world.store, NAME).await == 3
    })
    .await;
    process.stop().await;
    assert_eq!(tallies_of(&world, 3).await, tallies_of_log(&world).await);
    // And not again at every start.
    world.store.register_reader(NAME, 2).await.unwrap();
    let readers = world.store.readers().await.unwrap();
    let generations: Vec<i32> = readers.iter().map(|it| it.key.generation).collect();
    assert_eq!(generations, [1, 3]);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_generation_before_is_kept_for_a_week() {
    let world = world().await;
    noted(&world.store, TenantId(id()), &["a"]).await;
    world.post(&[tally()]).await;
    rebuild(&world.store, &tally()).await;
    let mut admin = world.administrator().await;
    for (days, is_kept) in [(6, true), (8, false)] {
        let replaced = "update readers set replaced_at = now() - make_interval(days => $1) \
            where state = 'previous'";
        let replaced = sqlx::query(replaced).bind(days).execute(&mut admin);
        assert_eq!(replaced.await.unwrap().rows_affected(), 1);
        sweep(&world.store, &[tally()]).await.unwrap();
        assert_eq!(!tallies_of(&world, 1).await.is_empty(), is_kept, "{days}");
        assert_eq!(live_generation(&world.store, NAME).await, 2);
    }
    let nothing = rollback(&world.store, &tally()).run().await;
    assert!(
        matches!(nothing, Err(RebuildError::NothingBefore(NAME))),
        "{nothing:?}"
    );
    assert_eq!(tallies_of(&world, 2).await, tallies_of_log(&world).await);
}
