//! Does exactly one of those win who decided on the same version?

use daybook_store::ExecuteError;
use tokio::task::JoinSet;

use crate::account::{Account, Deposit, Open, Withdraw};
use crate::world::{World, assert_gapless, context, id, run, tenant};

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_stale_expected_version_is_told_the_current_one() {
    let world = World::new().await;
    let stores = [world.store().await, world.store().await];
    let (tenant, stream) = (tenant(), id());
    run(&stores[0], tenant, stream, Open::default())
        .await
        .unwrap();
    run(&stores[1], tenant, stream, Deposit(1)).await.unwrap();
    run(&stores[1], tenant, stream, Deposit(1)).await.unwrap();
    for store in &stores {
        for expected in [0, 1, 2, 4] {
            let stale = context(id(), &expected).expecting(Some(expected));
            match store.execute(tenant, stream, Deposit(1), stale).await {
                Err(ExecuteError::Conflict { stream_id, current }) => {
                    assert_eq!((stream_id, current), (stream, 3));
                }
                other => panic!("{other:?}"),
            }
        }
    }
    // What the other node wrote is no reason to say conflict.
    let right = context(id(), &3).expecting(Some(3));
    let receipt = stores[0].execute(tenant, stream, Deposit(1), right).await;
    assert_eq!(receipt.unwrap().version, 4);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn of_sixteen_racers_on_one_version_exactly_one_wins() {
    let world = World::new().await;
    let stores = [world.store().await, world.store().await];
    let (tenant, stream) = (tenant(), id());
    run(&stores[0], tenant, stream, Open::default())
        .await
        .unwrap();
    for version in 1..=20 {
        let mut racers = JoinSet::new();
        for n in 0..16 {
            let store = stores[n % 2].clone();
            let context = context(id(), &n).expecting(Some(version));
            racers.spawn(async move { store.execute(tenant, stream, Deposit(1), context).await });
        }
        let mut winners = 0;
        for outcome in racers.join_all().await {
            match outcome {
                Ok(receipt) => {
                    assert_eq!(receipt.version, version + 1);
                    winners += 1;
                }
                Err(ExecuteError::Conflict { current, .. }) => assert_eq!(current, version + 1),
                Err(error) => panic!("{error:?}"),
            }
        }
        assert_eq!(winners, 1);
    }
    let log = world.log().await;
    assert_gapless(&log);
    assert_eq!(log.len(), 21);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn without_an_expected_version_races_are_decided_again_on_fresh_state() {
    let world = World::new().await;
    let stores = [world.store().await, world.store().await];
    let (tenant, stream) = (tenant(), id());
    run(&stores[0], tenant, stream, Open::default())
        .await
        .unwrap();
    run(&stores[0], tenant, stream, Deposit(10)).await.unwrap();
    let mut racers = JoinSet::new();
    for n in 0..12 {
        let store = stores[n % 2].clone();
        racers.spawn(async move { run(&store, tenant, stream, Withdraw(3)).await });
    }
    let mut taken = 0;
    for outcome in racers.join_all().await {
        match outcome {
            Ok(_) => taken += 3,
            Err(ExecuteError::Refused(refused)) => assert_eq!(refused.code, "INSUFFICIENT"),
            Err(ExecuteError::Conflict { .. }) => {}
            Err(error) => panic!("{error:?}"),
        }
    }
    assert!(taken > 0);
    let fresh = world.store().await;
    let loaded = fresh.load::<Account>(tenant, stream).await.unwrap();
    assert_eq!(loaded.state.balance, 10 - taken);
    assert!(loaded.state.balance >= 0);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn two_who_begin_one_stream_do_not_both_begin_it() {
    let world = World::new().await;
    let stores = [world.store().await, world.store().await];
    let tenant = tenant();
    for _ in 0..10 {
        let stream = id();
        let mut racers = JoinSet::new();
        for n in 0..8 {
            let store = stores[n % 2].clone();
            racers.spawn(async move {
                let open = Open::default();
                let batch = store.batch(tenant, context(id(), &open));
                batch.and_new(stream, open).execute().await
            });
        }
        let outcomes = racers.join_all().await;
        assert_eq!(outcomes.iter().filter(|o| o.is_ok()).count(), 1);
        for error in outcomes.into_iter().filter_map(Result::err) {
            assert!(
                matches!(&error, ExecuteError::Refused(r) if r.code == "ALREADY_OPEN"),
                "{error:?}"
            );
        }
    }
    assert_eq!(world.log().await.len(), 10);
}
