//! Does a process that freezes while it has a row in hand stop the others?

use std::time::{Duration, Instant};

use daybook_store::Store;
use daybook_store::reader::{Lease, ReaderKey};
use sqlx::Executor;
use uuid::Uuid;

use crate::place::{database, store};

/// What a holder does with its lease, again and again.
const TOUCH: &str =
    "update readers set heartbeat_at = clock_timestamp() where name = 'test.frozen'";
/// The ten seconds after which the server gives up, and what a busy machine adds.
const PATIENCE: Duration = Duration::from_secs(40);

fn key() -> ReaderKey {
    ReaderKey {
        name: "test.frozen".to_owned(),
        generation: 1,
    }
}

async fn take(store: &Store, holder: u128) -> Lease {
    let begun = Instant::now();
    loop {
        let taken = store.take_lease(&key(), Uuid::from_u128(holder)).await;
        // While the row is in another one's hand this waits, or finds no connection to wait with.
        if let Ok(Some(lease)) = taken {
            return lease;
        }
        assert!(begun.elapsed() < PATIENCE, "it is never free: {taken:?}");
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_lease_in_the_hand_of_a_frozen_process_is_free_again() {
    let database = database().await;
    let (frozen, other) = (store(&database).await, store(&database).await);
    frozen.register_reader("test.frozen", 1).await.unwrap();

    // In the middle of a sign of life.
    let first = take(&frozen, 1).await;
    let mut tx = frozen.dispatch_tx().await.unwrap();
    tx.connection().execute(TOUCH).await.unwrap();
    let second = take(&other, 2).await;
    assert!(second.epoch > first.epoch);
    assert!(tx.commit().await.is_err(), "what it began is void");
    assert!(!frozen.keep_lease(&first).await.unwrap());

    // In the middle of a batch of rows.
    let mut tx = frozen.reader_tx().await.unwrap();
    tx.connection().execute(TOUCH).await.unwrap();
    let third = take(&other, 3).await;
    assert!(third.epoch > second.epoch);
    assert!(tx.commit(&second, 0, 0).await.is_err());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_lease_says_when_it_was_renewed_and_nothing_once_it_ran_out() {
    let store = store(&database().await).await;
    store.register_reader("test.frozen", 1).await.unwrap();
    let status = async || {
        let readers = store.readers().await.unwrap();
        readers.into_iter().find(|it| it.key == key()).unwrap()
    };
    assert_eq!(status().await.renewed_ago, None);
    let begun = Instant::now();
    let lease = take(&store, 1).await;
    let renewed = status().await.renewed_ago.unwrap();
    // It tells whole milliseconds.
    assert!(renewed <= begun.elapsed() + Duration::from_millis(1));
    // Its holder was killed a while ago, which not everybody who looks has to mind.
    let silence = "update readers set heartbeat_at = heartbeat_at - interval '3 seconds' \
        where name = 'test.frozen'";
    let mut tx = store.dispatch_tx().await.unwrap();
    tx.connection().execute(silence).await.unwrap();
    tx.commit().await.unwrap();
    let silent = status().await;
    assert_eq!((silent.renewed_ago, silent.at_work), (None, true));
    assert!(store.keep_lease(&lease).await.unwrap());
    assert!(status().await.renewed_ago.is_some());
    store.release_lease(&lease).await.unwrap();
    assert_eq!(status().await.renewed_ago, None);
}
