//! Is a claimed value held by one stream at a time?

use daybook_store::{ExecuteError, Store};
use tokio::task::JoinSet;

use crate::account::{Close, Deposit, EMAIL, Open, Retag, TAG};
use crate::world::{World, assert_gapless, id, refused, run, tenant};

fn tagged(tag: &str) -> Open {
    Open {
        tag: Some(tag.into()),
        ..Open::default()
    }
}

fn mailed(email: &str) -> Open {
    Open {
        email: Some(email.into()),
        ..Open::default()
    }
}

/// The same on the fast path of a store that has written and on the slow path of a fresh one.
async fn warm(world: &World) -> [Store; 2] {
    let stores = [world.store().await, world.store().await];
    run(&stores[0], tenant(), id(), Open::default())
        .await
        .unwrap();
    stores
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_value_is_taken_given_back_and_taken_by_another() {
    let world = World::new().await;
    for store in warm(&world).await {
        let (tenant, first, second) = (tenant(), id(), id());
        run(&store, tenant, first, tagged("x")).await.unwrap();
        let taken = refused(run(&store, tenant, second, tagged("x")).await);
        assert_eq!(
            (taken.code, taken.message.as_str()),
            ("TAKEN", "test.tag x is taken")
        );
        // Taking it again is fine for who holds it.
        run(&store, tenant, first, Retag(Some("y".into())))
            .await
            .unwrap();
        run(&store, tenant, second, tagged("x")).await.unwrap();
        assert_eq!(store.claim(tenant, TAG, "x").await.unwrap(), Some(second));
        assert_eq!(store.claim(tenant, TAG, "y").await.unwrap(), Some(first));
        let back = refused(run(&store, tenant, first, Retag(Some("x".into()))).await);
        assert_eq!(back.code, "TAKEN");
        run(&store, tenant, second, Close).await.unwrap();
        run(&store, tenant, first, Retag(Some("x".into())))
            .await
            .unwrap();
        assert_eq!(store.claim(tenant, TAG, "x").await.unwrap(), Some(first));
        assert_eq!(store.claim(tenant, TAG, "y").await.unwrap(), None);
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_platform_value_is_unique_across_tenants_and_a_tenants_own_is_not() {
    let world = World::new().await;
    for (n, store) in warm(&world).await.iter().enumerate() {
        let (ours, theirs) = (tenant(), tenant());
        let email = format!("ada{n}@example.com");
        let account = id();
        run(store, ours, account, mailed(&email)).await.unwrap();
        assert_eq!(
            refused(run(store, theirs, id(), mailed(&email)).await).code,
            "TAKEN"
        );
        // Even a stream of the same id is another one.
        assert_eq!(
            refused(run(store, theirs, account, mailed(&email)).await).code,
            "TAKEN"
        );
        let found = store.platform_claim(EMAIL, &email).await.unwrap();
        assert_eq!(found, Some((ours, account)));
        run(store, ours, id(), tagged("same")).await.unwrap();
        run(store, theirs, id(), tagged("same")).await.unwrap();
        run(store, ours, account, Close).await.unwrap();
        run(store, theirs, id(), mailed(&email)).await.unwrap();
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn of_many_who_take_one_value_at_once_one_gets_it() {
    let world = World::new().await;
    let stores = warm(&world).await;
    for round in 0..10 {
        let tenant = tenant();
        let mut racers = JoinSet::new();
        for n in 0..16 {
            let store = stores[n % 2].clone();
            let open = mailed(&format!("{round}@example.com"));
            racers.spawn(async move { run(&store, tenant, id(), open).await });
        }
        let outcomes = racers.join_all().await;
        assert_eq!(outcomes.iter().filter(|o| o.is_ok()).count(), 1);
        for outcome in outcomes.into_iter().filter(Result::is_err) {
            assert_eq!(refused(outcome).code, "TAKEN");
        }
    }
    assert_eq!(world.log().await.len(), 11);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn good_commands_go_through_beside_bad_ones() {
    let world = World::new().await;
    let store = &warm(&world).await[0];
    let tenant = tenant();
    let holder = id();
    run(store, tenant, holder, tagged("held")).await.unwrap();
    let mut commands = JoinSet::new();
    for n in 0..60 {
        let store = store.clone();
        commands.spawn(async move {
            let good = match n % 3 {
                0 => tagged(&format!("free{n}")),
                1 => tagged("held"),
                _ => Open::default(),
            };
            (n % 3 == 1, run(&store, tenant, id(), good).await)
        });
    }
    for (bad, outcome) in commands.join_all().await {
        if bad {
            assert_eq!(refused(outcome).code, "TAKEN");
        } else {
            outcome.unwrap();
        }
    }
    let log = world.log().await;
    assert_gapless(&log);
    assert_eq!(log.len(), 42);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_the_database_cannot_store_does_not_stop_the_others() {
    let world = World::new().await;
    let store = &warm(&world).await[0];
    let tenant = tenant();
    let started = std::time::Instant::now();
    let mut commands = JoinSet::new();
    for n in 0..40 {
        let store = store.clone();
        commands.spawn(async move {
            let open = match n {
                7 => tagged("a NUL \0 is no text"),
                // No index takes a key of this size, and it does not compress.
                23 => tagged(&(0..900).map(|_| id().to_string()).collect::<String>()),
                _ => tagged(&n.to_string()),
            };
            (n, run(&store, tenant, id(), open).await)
        });
    }
    for (n, outcome) in commands.join_all().await {
        match (n, outcome) {
            (7 | 23, Err(ExecuteError::Store(error))) => {
                assert!(error.to_string().contains("cannot be stored"), "{error}");
            }
            (7 | 23, other) => panic!("{n}: {other:?}"),
            (_, outcome) => assert!(outcome.is_ok(), "{n}: {outcome:?}"),
        }
    }
    assert!(started.elapsed().as_secs() < 5, "the others had to wait");
    let log = world.log().await;
    assert_gapless(&log);
    assert_eq!(log.len(), 39);
    run(store, tenant, log[5].stream_id, Deposit(1))
        .await
        .unwrap();
}
