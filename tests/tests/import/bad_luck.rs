//! Is an import that was cut off continued by the same command?

use std::sync::Arc;
use std::time::Duration;

use daybook::import::{ImportError, Phase};
use daybook_postgres::testing::private;

use crate::figures::{expected, logged};
use crate::world::{World, december};

#[tokio::test(flavor = "multi_thread")]
async fn a_stopped_import_is_continued() {
    let world = World::new().await;
    let mut job = world.job(&december());
    let stop = job.stop.clone();
    job.report = Arc::new(move |progress| {
        if progress.total.is_some() && progress.rows >= 5_000 {
            stop.cancel();
        }
    });
    let stopped = world.run(job).await;
    assert!(matches!(stopped, Err(ImportError::Stopped)), "{stopped:?}");
    let so_far = u64::try_from(world.documents().await.len()).unwrap();
    assert!((1..2_025).contains(&so_far), "{so_far}");
    let rest = world.import(&december()).await;
    assert_eq!((rest.repeated, rest.documents), (so_far, 2_025 - so_far));
    assert_eq!(logged(&world.documents().await), expected(&december()));
}

#[tokio::test(flavor = "multi_thread")]
async fn an_import_that_was_dropped_is_continued() {
    let world = World::new().await;
    let tail = world.store.tail().clone();
    tokio::select! {
        done = world.run(world.job(&december())) => panic!("it was too fast: {done:?}"),
        _ = tail.past(1_500) => (),
    }
    let rest = world.import(&december()).await;
    assert!(rest.repeated > 0);
    assert_eq!(rest.repeated + rest.documents, 2_025);
    assert_eq!(logged(&world.documents().await), expected(&december()));
}

#[tokio::test(flavor = "multi_thread")]
async fn an_import_waits_for_a_database_that_comes_back() {
    let server = private();
    let world = World::on(&server).await;
    let mut job = world.job(&december());
    let (waits, mut waiting) = tokio::sync::watch::channel(false);
    job.report = Arc::new(move |progress| {
        if progress.phase == Phase::Waiting {
            waits.send_replace(true);
        }
    });
    let tail = world.store.tail().clone();
    let outage = async {
        tail.past(1_000).await;
        server.kill();
        waiting.wait_for(|waits| *waits).await.unwrap();
        server.restart();
    };
    let (imported, ()) = tokio::join!(world.run(job), outage);
    let imported = imported.unwrap();
    assert_eq!(imported.documents + imported.repeated, 2_025);
    assert_eq!(imported.refused, 0);
    assert_eq!(logged(&world.documents().await), expected(&december()));
}

#[tokio::test(flavor = "multi_thread")]
async fn an_import_gives_up_on_a_database_that_stays_away_and_is_continued_later() {
    let server = private();
    let world = World::on(&server).await;
    let mut job = world.job(&december());
    job.options.patience = Duration::from_millis(100);
    let tail = world.store.tail().clone();
    let outage = async {
        tail.past(1_000).await;
        server.kill();
    };
    let (given_up, ()) = tokio::join!(world.run(job), outage);
    let text = given_up.unwrap_err().to_string();
    assert!(text.contains("the same command continues"), "{text}");
    server.restart();
    let rest = world.import(&december()).await;
    assert!(rest.repeated > 0);
    assert_eq!(rest.repeated + rest.documents, 2_025);
    assert_eq!(logged(&world.documents().await), expected(&december()));
}
