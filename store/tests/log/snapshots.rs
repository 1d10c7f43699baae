//! Do snapshots save loading, and never decide anything?

use daybook_domain::kernel::{Aggregate, TenantId};
use daybook_store::Store;
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use crate::account::{Account, Deposit, Event, Open, Refusal};
use crate::world::{World, id, run, tenant, until};

/// The account after its state got another shape.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
struct Reshaped {
    total: i64,
    events: i64,
}

impl Aggregate for Reshaped {
    const NAME: &'static str = Account::NAME;
    const STATE_VERSION: u16 = 2;
    type Event = Event;
    type Refusal = Refusal;

    fn evolve(&mut self, event: Event) {
        self.events += 1;
        if let Event::Deposited(deposited) = event {
            self.total += deposited.amount;
        }
    }
}

async fn with_events(world: &World, store: &Store, deposits: i64) -> (TenantId, Uuid) {
    let (tenant, stream) = (tenant(), id());
    run(store, tenant, stream, Open::default()).await.unwrap();
    for _ in 0..deposits {
        run(store, tenant, stream, Deposit(1)).await.unwrap();
    }
    let last = (deposits + 1) / 100 * 100;
    until("the snapshot", || async {
        saved(world, stream).await == Some((1, last))
    })
    .await;
    (tenant, stream)
}

async fn saved(world: &World, stream: Uuid) -> Option<(i16, i64)> {
    sqlx::query_as("select state_version, version from daybook.snapshots where stream_id = $1")
        .bind(stream)
        .fetch_optional(&mut world.administrator().await)
        .await
        .unwrap()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_reopened_store_loads_from_the_snapshot() {
    let world = World::new().await;
    let store = world.store().await;
    let (tenant, stream) = with_events(&world, &store, 249).await;
    store.close().await;
    // Only a load that begins at the snapshot can notice what is wrong with it.
    sqlx::query(
        "update daybook.snapshots set state = convert_to(replace( \
           convert_from(state, 'UTF8'), '\"balance\":199', '\"balance\":1199'), 'UTF8')",
    )
    .execute(&mut world.administrator().await)
    .await
    .unwrap();
    let reopened = world.store().await;
    let loaded = reopened.load::<Account>(tenant, stream).await.unwrap();
    assert_eq!((loaded.version, loaded.state.balance), (250, 1249));
    let receipt = run(&reopened, tenant, stream, Deposit(1)).await.unwrap();
    assert_eq!(receipt.version, 251);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_snapshot_of_another_shape_is_not_used() {
    let world = World::new().await;
    let store = world.store().await;
    let (tenant, stream) = with_events(&world, &store, 149).await;
    let reopened = world.store().await;
    let loaded = reopened.load::<Reshaped>(tenant, stream).await.unwrap();
    let whole = Reshaped {
        total: 149,
        events: 150,
    };
    assert_eq!((loaded.version, &*loaded.state), (150, &whole));
    // The load saved the new shape; the old program then folds all events again.
    until("the new snapshot", || async {
        saved(&world, stream).await == Some((2, 150))
    })
    .await;
    let old = world.store().await;
    let loaded = old.load::<Account>(tenant, stream).await.unwrap();
    assert_eq!((loaded.version, loaded.state.balance), (150, 149));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_damaged_snapshot_is_not_used() {
    let world = World::new().await;
    let store = world.store().await;
    let (tenant, stream) = with_events(&world, &store, 149).await;
    sqlx::query("update daybook.snapshots set state = '{'")
        .execute(&mut world.administrator().await)
        .await
        .unwrap();
    let reopened = world.store().await;
    let loaded = reopened.load::<Account>(tenant, stream).await.unwrap();
    assert_eq!((loaded.version, loaded.state.balance), (150, 149));
}
