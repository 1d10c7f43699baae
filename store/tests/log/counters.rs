//! Do counters stay within their limits, whoever moves them?

use tokio::task::JoinSet;

use crate::account::{ACCOUNTS, Close, Demote, OWNERS, Open, Promote, TALLY, Tally, TallyUp};
use crate::world::{World, assert_gapless, id, refused, run, tenant};

fn tally(delta: i64, min: Option<i64>, max: Option<i64>) -> Tally {
    Tally { delta, min, max }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_hundred_at_once_with_one_place_left_let_one_through() {
    let world = World::new().await;
    let stores = [world.store().await, world.store().await];
    let tenant = tenant();
    let open = |most| Open {
        most: Some(most),
        ..Open::default()
    };
    let mut held = Vec::new();
    for _ in 0..4 {
        let account = id();
        run(&stores[0], tenant, account, open(5)).await.unwrap();
        held.push(account);
    }
    for round in 0..3 {
        let mut creators = JoinSet::new();
        for n in 0..100 {
            let store = stores[n % 2].clone();
            creators.spawn(async move { run(&store, tenant, id(), open(5)).await });
        }
        let outcomes = creators.join_all().await;
        assert_eq!(
            outcomes.iter().filter(|o| o.is_ok()).count(),
            1,
            "round {round}"
        );
        for outcome in outcomes.into_iter().filter(Result::is_err) {
            let refusal = refused(outcome);
            assert_eq!(refusal.code, "LIMITED");
            assert_eq!(refusal.message, "test.accounts is at its limit, 5");
        }
        assert_eq!(stores[1].counter(tenant, ACCOUNTS).await.unwrap(), 5);
        run(&stores[1], tenant, held.pop().unwrap(), Close)
            .await
            .unwrap();
    }
    assert_gapless(&world.log().await);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_last_owner_stays_when_all_leave_at_once() {
    let world = World::new().await;
    let stores = [world.store().await, world.store().await];
    for _ in 0..5 {
        let tenant = tenant();
        let mut owners = Vec::new();
        for _ in 0..6 {
            let owner = id();
            run(&stores[0], tenant, owner, Open::default())
                .await
                .unwrap();
            run(&stores[0], tenant, owner, Promote).await.unwrap();
            owners.push(owner);
        }
        let mut leaving = JoinSet::new();
        for (n, owner) in owners.into_iter().enumerate() {
            let store = stores[n % 2].clone();
            leaving.spawn(async move { run(&store, tenant, owner, Demote).await });
        }
        let outcomes = leaving.join_all().await;
        assert_eq!(outcomes.iter().filter(|o| o.is_err()).count(), 1);
        for outcome in outcomes.into_iter().filter(Result::is_err) {
            assert_eq!(refused(outcome).code, "LIMITED");
        }
        assert_eq!(stores[0].counter(tenant, OWNERS).await.unwrap(), 1);
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn moves_of_mixed_signs_are_each_held_to_their_own_limits() {
    let world = World::new().await;
    let store = world.store().await;
    let (tenant, stream) = (tenant(), id());
    let moves = async |moves: &[Tally]| run(&store, tenant, id(), TallyUp(moves.to_vec())).await;
    run(&store, tenant, stream, Open::default()).await.unwrap();
    moves(&[tally(5, None, None)]).await.unwrap();
    // 5 → 8 → 4: the peak counts, not the end.
    let peak = moves(&[tally(3, None, Some(7)), tally(-4, None, None)]).await;
    assert_eq!(refused(peak).message, "test.tally is at its limit, 5");
    moves(&[tally(3, None, Some(8)), tally(-4, None, None)])
        .await
        .unwrap();
    // 4 → 1 → 6: so does the trough.
    let trough = moves(&[tally(-3, Some(2), None), tally(5, None, None)]).await;
    assert_eq!(refused(trough).message, "test.tally is at its limit, 4");
    moves(&[tally(-3, Some(1), None), tally(5, None, Some(6))])
        .await
        .unwrap();
    assert_eq!(store.counter(tenant, TALLY).await.unwrap(), 6);
    // A lower limit on the way up and an upper one on the way down.
    assert_eq!(
        refused(moves(&[tally(1, Some(8), None)]).await).code,
        "LIMITED"
    );
    assert_eq!(
        refused(moves(&[tally(-1, None, Some(4))]).await).code,
        "LIMITED"
    );
    moves(&[tally(2, Some(8), Some(8))]).await.unwrap();
    assert_eq!(store.counter(tenant, TALLY).await.unwrap(), 8);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_same_in_one_batch_of_many() {
    let world = World::new().await;
    let stores = [world.store().await, world.store().await];
    let tenant = tenant();
    run(
        &stores[0],
        tenant,
        id(),
        TallyUp(vec![tally(10, None, None)]),
    )
    .await
    .unwrap();
    let mut movers = JoinSet::new();
    for n in 0..120 {
        let store = stores[n % 2].clone();
        let step = match n % 3 {
            0 => tally(-4, Some(0), None),
            1 => tally(3, None, Some(12)),
            _ => tally(1, Some(0), Some(12)),
        };
        movers.spawn(async move {
            let delta = step.delta;
            (delta, run(&store, tenant, id(), TallyUp(vec![step])).await)
        });
    }
    let mut sum = 10;
    for (delta, outcome) in movers.join_all().await {
        match outcome {
            Ok(_) => sum += delta,
            refusal => assert_eq!(refused(refusal).code, "LIMITED"),
        }
    }
    assert_eq!(stores[0].counter(tenant, TALLY).await.unwrap(), sum);
    // In the order of the log no event left the limits it was decided with.
    let mut value = 0;
    for row in world.log().await {
        let step: Tally = serde_json::from_slice(&row.payload).unwrap();
        value += step.delta;
        assert!(
            step.min.is_none_or(|min| value >= min),
            "{step:?} at {value}"
        );
        assert!(
            step.max.is_none_or(|max| value <= max),
            "{step:?} at {value}"
        );
    }
    assert_eq!(value, sum);
}
