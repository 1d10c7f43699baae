//! Has a command that is repeated one effect and one receipt?

use daybook_store::{ExecuteError, Receipt};
use tokio::task::JoinSet;

use crate::account::{Account, Close, Deposit, EMAIL, Open, Promote, Retag, Withdraw};
use crate::world::{World, assert_gapless, context, id, run, run_as, tenant};

#[track_caller]
fn assert_same(first: &Receipt, again: &Receipt) {
    assert!(again.replayed);
    assert_eq!(again.events, first.events);
    let places = |r: &Receipt| (r.position, r.version);
    assert_eq!(places(again), places(first));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_same_command_many_times_at_once_has_one_effect() {
    let world = World::new().await;
    let stores = [world.store().await, world.store().await];
    let (tenant, stream) = (tenant(), id());
    run(&stores[0], tenant, stream, Open::default())
        .await
        .unwrap();
    for round in 0..10 {
        let command = id();
        let mut attempts = JoinSet::new();
        for n in 0..16 {
            let store = stores[n % 2].clone();
            attempts
                .spawn(async move { run_as(&store, (tenant, stream), command, Deposit(5)).await });
        }
        let receipts = attempts.join_all().await;
        let receipts: Vec<_> = receipts.into_iter().map(Result::unwrap).collect();
        let fresh: Vec<_> = receipts.iter().filter(|r| !r.replayed).collect();
        assert_eq!(fresh.len(), 1, "exactly one attempt is the first");
        for again in receipts.iter().filter(|r| r.replayed) {
            assert_same(fresh[0], again);
        }
        assert_eq!(fresh[0].version, round + 2);
    }
    assert_eq!(world.log().await.len(), 11);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_same_first_command_at_once_begins_one_stream() {
    let world = World::new().await;
    let stores = [world.store().await, world.store().await];
    let (tenant, stream, command) = (tenant(), id(), id());
    let open = Open {
        email: Some("ada@example.com".into()),
        ..Open::default()
    };
    let mut attempts = JoinSet::new();
    for n in 0..16 {
        let (store, open) = (stores[n % 2].clone(), open.clone());
        attempts.spawn(async move {
            let context = context(command, &open);
            let batch = store.batch(tenant, context);
            batch.and_new(stream, open).execute().await.unwrap()
        });
    }
    let receipts = attempts.join_all().await;
    assert_eq!(receipts.iter().filter(|r| !r.replayed).count(), 1);
    assert_eq!(world.log().await.len(), 1);
    let holder = stores[1].platform_claim(EMAIL, "ada@example.com").await;
    assert_eq!(holder.unwrap(), Some((tenant, stream)));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_repeat_later_gets_the_first_receipt() {
    let world = World::new().await;
    let stores = [world.store().await, world.store().await];
    let (tenant, stream, command) = (tenant(), id(), id());
    run(&stores[0], tenant, stream, Open::default())
        .await
        .unwrap();
    let at = (tenant, stream);
    let first = run_as(&stores[0], at, command, Deposit(5)).await.unwrap();
    for _ in 0..3 {
        run(&stores[1], tenant, stream, Deposit(1)).await.unwrap();
    }
    let third = world.store().await;
    for store in stores.iter().chain([&third]) {
        let again = run_as(store, at, command, Deposit(5)).await.unwrap();
        assert_same(&first, &again);
        assert_eq!(again.log_position, first.log_position);
    }
    assert_eq!(world.log().await.len(), 5);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_command_id_with_another_input_is_refused() {
    let world = World::new().await;
    let store = world.store().await;
    let (tenant, stream, command) = (tenant(), id(), id());
    let at = (tenant, stream);
    run(&store, tenant, stream, Open::default()).await.unwrap();
    run_as(&store, at, command, Deposit(5)).await.unwrap();
    // Whether it could be decided anew or not, and on whatever stream.
    let fresh = world.store().await;
    for store in [&store, &fresh] {
        let other = run_as(store, at, command, Deposit(6)).await;
        assert!(
            matches!(other, Err(ExecuteError::CommandIdReused(_))),
            "{other:?}"
        );
        let other = run_as(store, at, command, Withdraw(100)).await;
        assert!(
            matches!(other, Err(ExecuteError::CommandIdReused(_))),
            "{other:?}"
        );
        let other = run_as(store, (tenant, id()), command, Open::default()).await;
        assert!(
            matches!(other, Err(ExecuteError::CommandIdReused(_))),
            "{other:?}"
        );
    }
    assert_eq!(world.log().await.len(), 2);
    // Another tenant's command ids are its own.
    let theirs = run_as(
        &store,
        (crate::world::tenant(), stream),
        command,
        Open::default(),
    )
    .await;
    assert!(!theirs.unwrap().replayed);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_command_id_with_an_input_that_cannot_be_settled_is_refused_for_the_id() {
    let world = World::new().await;
    let store = world.store().await;
    let (tenant, command) = (tenant(), id());
    run_as(&store, (tenant, id()), command, Open::default())
        .await
        .unwrap();
    let open = Open {
        tag: Some("both".into()),
        ..Open::default()
    };
    // Two who take the same value: the writer sees it without asking the database.
    let batch = store.batch(tenant, context(command, &open));
    let both = batch.and(id(), open.clone()).and(id(), open);
    let outcome = both.execute().await;
    assert!(
        matches!(outcome, Err(ExecuteError::CommandIdReused(reused)) if reused == command),
        "{outcome:?}"
    );
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn one_command_id_with_many_inputs_at_once_lets_one_input_through() {
    let world = World::new().await;
    let stores = [world.store().await, world.store().await];
    let (tenant, stream) = (tenant(), id());
    run(&stores[0], tenant, stream, Open::default())
        .await
        .unwrap();
    for round in 1..=10 {
        let command = id();
        let mut attempts = JoinSet::new();
        for n in 0..16 {
            let store = stores[n % 2].clone();
            let amount = i64::try_from(n / 4).unwrap() + 1;
            attempts.spawn(async move {
                let outcome = run_as(&store, (tenant, stream), command, Deposit(amount)).await;
                (amount, outcome)
            });
        }
        let outcomes = attempts.join_all().await;
        let (amount, first) = outcomes
            .iter()
            .find_map(|(amount, o)| {
                o.as_ref()
                    .ok()
                    .filter(|r| !r.replayed)
                    .map(|r| (*amount, r))
            })
            .expect("one goes through");
        for (other, outcome) in &outcomes {
            match outcome {
                Ok(again) if again.replayed => {
                    assert_eq!(*other, amount);
                    assert_same(first, again);
                }
                Ok(again) => assert_eq!(again.position, first.position),
                Err(ExecuteError::CommandIdReused(_)) => assert_ne!(*other, amount),
                Err(error) => panic!("{error:?}"),
            }
        }
        assert_eq!(world.log().await.len(), round + 1);
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_repeat_of_what_made_itself_impossible_is_no_refusal() {
    let world = World::new().await;
    let stores = [world.store().await, world.store().await];
    let (tenant, stream) = (tenant(), id());
    let at = (tenant, stream);
    let (opening, emptying, closing) = (id(), id(), id());
    let open = Open {
        email: Some("bob@example.com".into()),
        most: Some(1),
        ..Open::default()
    };
    let first = run_as(&stores[0], at, opening, open.clone()).await.unwrap();
    run(&stores[0], tenant, stream, Deposit(5)).await.unwrap();
    let emptied = run_as(&stores[0], at, emptying, Withdraw(5)).await.unwrap();
    let closed = run_as(&stores[0], at, closing, Close).await.unwrap();
    for store in &stores {
        assert_same(
            &first,
            &run_as(store, at, opening, open.clone()).await.unwrap(),
        );
        assert_same(
            &emptied,
            &run_as(store, at, emptying, Withdraw(5)).await.unwrap(),
        );
        assert_same(&closed, &run_as(store, at, closing, Close).await.unwrap());
    }
    assert_eq!(world.log().await.len(), 4);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_command_that_had_nothing_to_do_has_nothing_to_do_when_repeated() {
    let world = World::new().await;
    let stores = [world.store().await, world.store().await];
    let (tenant, stream, command) = (tenant(), id(), id());
    let at = (tenant, stream);
    let red = Retag(Some("red".into()));
    let open = Open {
        tag: Some("red".into()),
        ..Open::default()
    };
    run(&stores[0], tenant, stream, open).await.unwrap();
    let idle = run_as(&stores[0], at, command, red.clone()).await.unwrap();
    assert_eq!((idle.events.len(), idle.version, idle.position), (0, 1, 1));
    assert!(!idle.replayed);
    run(&stores[0], tenant, stream, Retag(Some("blue".into())))
        .await
        .unwrap();
    for store in &stores {
        let again = run_as(store, at, command, red.clone()).await.unwrap();
        assert_same(&idle, &again);
        let other = run_as(store, at, command, Retag(None)).await;
        assert!(
            matches!(other, Err(ExecuteError::CommandIdReused(_))),
            "{other:?}"
        );
    }
    let loaded = stores[1].load::<Account>(tenant, stream).await.unwrap();
    assert_eq!(loaded.state.tag.as_deref(), Some("blue"));
    assert_gapless(&world.log().await);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn nothing_to_do_is_decided_on_the_current_version() {
    let world = World::new().await;
    let stores = [world.store().await, world.store().await];
    let (tenant, stream) = (tenant(), id());
    run(&stores[0], tenant, stream, Open::default())
        .await
        .unwrap();
    run(&stores[0], tenant, stream, Promote).await.unwrap();
    run(&stores[0], tenant, id(), Open::default())
        .await
        .unwrap();
    for _ in 0..10 {
        // The other node demotes; ours still remembers an owner, but must not say so.
        let other = id();
        run(&stores[1], tenant, other, Open::default())
            .await
            .unwrap();
        run(&stores[1], tenant, other, Promote).await.unwrap();
        run(&stores[1], tenant, stream, crate::account::Demote)
            .await
            .unwrap();
        let promoted = run(&stores[0], tenant, stream, Promote).await.unwrap();
        assert_eq!(promoted.events.len(), 1);
    }
}
