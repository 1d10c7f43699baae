//! Whom does a scrub disturb, and what does it leave?

use std::time::Duration;

use daybook_store::Extent;
use sqlx::{Connection, Executor, PgConnection};

use crate::world::World;

#[tokio::test(flavor = "multi_thread")]
async fn large_tables_are_left_and_named() {
    let world = World::new().await;
    let scrubbed = world.database.scrub(Extent::UpTo(0), |_| ()).await.unwrap();
    assert!(!scrubbed.is_whole());
    assert!(!scrubbed.was_hindered(), "{scrubbed:?}");
    assert!(scrubbed.large.contains(&"daybook.claims".to_owned()));
    assert!(!scrubbed.large.contains(&"daybook.events".to_owned()));
    // The planner's statistics are always small.
    assert_eq!(scrubbed.rewritten, ["pg_catalog.pg_statistic"]);

    let scrubbed = world.database.scrub(Extent::UpTo(64 << 20), |_| ()).await;
    let scrubbed = scrubbed.unwrap();
    assert!(scrubbed.is_whole(), "{scrubbed:?}");
    assert!(scrubbed.rewritten.contains(&"daybook.claims".to_owned()));
}

#[tokio::test(flavor = "multi_thread")]
async fn who_works_with_a_table_goes_first_and_so_do_those_who_come_later() {
    let world = World::new().await;
    let mut worker = PgConnection::connect(&world.url).await.unwrap();
    worker
        .execute("begin; lock table daybook.claims in access share mode")
        .await
        .unwrap();
    let mut latecomer = PgConnection::connect(&world.url).await.unwrap();
    let scrubbing = world.database.scrub(Extent::Everything, |_| ());
    let mut scrubbing = std::pin::pin!(scrubbing);
    let mut answers = 0;
    let scrubbed = loop {
        let answer = async {
            let look = latecomer.execute("select 1 from daybook.claims limit 1");
            look.await.unwrap();
            tokio::time::sleep(Duration::from_millis(100)).await;
        };
        let mut answer = std::pin::pin!(answer);
        tokio::select! {
            scrubbed = &mut scrubbing => break scrubbed.unwrap(),
            () = &mut answer => answers += 1,
        }
    };
    assert_eq!(scrubbed.busy, ["daybook.claims"]);
    assert!(scrubbed.was_hindered());
    assert!(scrubbed.rewritten.contains(&"daybook.mail".to_owned()));
    assert!(answers > 10, "{answers} answers in ten seconds");
    worker.execute("rollback").await.unwrap();

    let scrubbed = world.database.scrub(Extent::Everything, |_| ()).await;
    assert!(scrubbed.unwrap().is_whole());
}
