//! Does a projection go back to the generation before, without anybody noticing?

use std::sync::Arc;

use daybook_domain::kernel::TenantId;

use super::tally::{
    NAME, Process, add_note, live_generation, mended_tally, noted, rebuild, tallies_of,
    tallies_of_log, tally, world,
};
use crate::engine::RebuildError;
use crate::testing::id;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn going_back_goes_on_beside_writes_and_readers_never_look_back() {
    let world = world().await;
    let process = Process::start(world.store.clone(), &[tally()]);
    let tenant = TenantId(id());
    let stream = noted(&world.store, tenant, &["a"]).await;
    process.caught_up(NAME).await;
    rebuild(&world.store, &tally()).run(|_| ()).await.unwrap();
    assert_eq!(live_generation(&world.store, NAME).await, 2);
    // The one before stands still meanwhile.
    for _ in 0..30 {
        noted(&world.store, TenantId(id()), &["b", "c"]).await;
    }
    let rolling = rebuild(&world.store, &tally());
    let mut done = tokio::task::JoinSet::new();
    done.spawn(async move { rolling.roll_back().await.unwrap() });
    let mut seen = 0;
    let mut rounds = 0;
    while !done.is_empty() || rounds < 20 {
        rounds += 1;
        let receipt = add_note(&world.store, tenant, stream).await;
        // Every write is read back at once, whichever generation is live.
        let limit = std::time::Duration::from_secs(5);
        let waited = process.positions.wait(&[NAME], receipt.log_position, limit);
        waited.await.unwrap();
        let total: i64 = sqlx::query_scalar(
            "select total from test_tally where id = $1 and generation = \
               (select generation from readers where name = 'test.tally' and state = 'live')",
        )
        .bind(stream)
        .fetch_one(&mut world.administrator().await)
        .await
        .unwrap();
        assert_eq!(total, receipt.version);
        assert!(total > seen);
        seen = total;
        while let Some(done) = done.try_join_next() {
            assert_eq!(done.unwrap(), 1);
        }
    }
    process.caught_up(NAME).await;
    assert_eq!(live_generation(&world.store, NAME).await, 1);
    assert_eq!(tallies_of(&world, 1).await, tallies_of_log(&world).await);
    // And forth again: the one that was taken back is the one before now.
    let again = rebuild(&world.store, &tally()).roll_back().await.unwrap();
    assert_eq!(again, 2);
    process.caught_up(NAME).await;
    assert_eq!(tallies_of(&world, 2).await, tallies_of_log(&world).await);
    process.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn refuses_to_go_back_to_nothing_or_to_what_other_code_wrote() {
    let world = world().await;
    noted(&world.store, TenantId(id()), &["a"]).await;
    world.post(&[tally()]).await;
    let nothing = rebuild(&world.store, &tally()).roll_back().await;
    assert!(
        matches!(nothing, Err(RebuildError::NothingBefore(NAME))),
        "{nothing:?}"
    );
    let newer = mended_tally();
    rebuild(&world.store, &newer).run(|_| ()).await.unwrap();
    let refused = rebuild(&world.store, &newer).roll_back().await;
    assert!(
        matches!(refused, Err(RebuildError::OtherCode { wrote: 1, .. })),
        "{refused:?}"
    );
    // The binary that wrote it may.
    let older: Arc<_> = tally();
    assert_eq!(rebuild(&world.store, &older).roll_back().await.unwrap(), 1);
    assert_eq!(live_generation(&world.store, NAME).await, 1);
}
