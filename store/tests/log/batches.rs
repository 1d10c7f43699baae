//! Do several streams go through together or not at all?

use std::sync::Arc;

use daybook_domain::kernel::{self, Aggregate, Command, Decision};
use daybook_store::{ExecuteError, HistoryFilter};
use serde::{Deserialize, Serialize};
use thiserror::Error;
use tokio::task::JoinSet;

use crate::account::{Account, Deposit, Open, Retag, TAG, Withdraw};
use crate::world::{World, assert_gapless, context, id, refused, run, tenant};

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn commands_on_several_streams_go_through_as_one() {
    let world = World::new().await;
    let store = world.store().await;
    let (tenant, from, to) = (tenant(), id(), id());
    run(&store, tenant, from, Open::default()).await.unwrap();
    run(&store, tenant, from, Deposit(10)).await.unwrap();
    let move_in = |amount| {
        store
            .batch(tenant, context(id(), &amount))
            .and(from, Withdraw(amount))
            .and(to, Deposit(amount))
    };
    assert_eq!(refused(move_in(4).execute().await).code, "NOT_OPEN");
    let receipt = store
        .batch(tenant, context(id(), &4))
        .and(from, Withdraw(4))
        .and_new(to, Open::default())
        .execute()
        .await
        .unwrap();
    assert_eq!(
        (receipt.position, receipt.version, receipt.events.len()),
        (4, 3, 2)
    );
    assert_eq!(refused(move_in(7).execute().await).code, "INSUFFICIENT");
    move_in(6).execute().await.unwrap();
    let log = world.log().await;
    assert_gapless(&log);
    assert_eq!(log.len(), 6);
    assert_eq!(log[4].command_id, log[5].command_id);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn money_is_neither_made_nor_lost_by_transfers_at_once() {
    let world = World::new().await;
    let stores = [world.store().await, world.store().await];
    let tenant = tenant();
    let accounts: Vec<_> = (0..4).map(|_| id()).collect();
    for account in &accounts {
        run(&stores[0], tenant, *account, Open::default())
            .await
            .unwrap();
        run(&stores[0], tenant, *account, Deposit(20))
            .await
            .unwrap();
    }
    let mut transfers = JoinSet::new();
    for n in 0..40 {
        let store = stores[n % 2].clone();
        let (from, to) = (accounts[n % 4], accounts[(n + 1 + n / 4 % 3) % 4]);
        transfers.spawn(async move {
            store
                .batch(tenant, context(id(), &n))
                .and(from, Withdraw(7))
                .and(to, Deposit(7))
                .execute()
                .await
        });
    }
    let mut went = 0;
    for outcome in transfers.join_all().await {
        match outcome {
            Ok(receipt) => {
                assert_eq!(receipt.events.len(), 2);
                went += 1;
            }
            Err(ExecuteError::Conflict { .. } | ExecuteError::Refused(_)) => {}
            Err(error) => panic!("{error:?}"),
        }
    }
    assert!(went > 0);
    let fresh = world.store().await;
    let mut sum = 0;
    for account in accounts {
        let loaded = fresh.load::<Account>(tenant, account).await.unwrap();
        assert!(loaded.state.balance >= 0);
        sum += loaded.state.balance;
    }
    assert_eq!(sum, 80);
    let log = world.log().await;
    assert_gapless(&log);
    assert_eq!(log.len(), 8 + 2 * went);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_claim_that_fails_leaves_nothing_of_the_batch() {
    let world = World::new().await;
    let store = world.store().await;
    let (tenant, first, second) = (tenant(), id(), id());
    let tagged = |tag: &str| Open {
        tag: Some(tag.into()),
        ..Open::default()
    };
    run(&store, tenant, id(), tagged("held")).await.unwrap();
    let batch = store
        .batch(tenant, context(id(), &1))
        .and_new(first, tagged("free"))
        .and_new(second, tagged("held"));
    assert_eq!(refused(batch.execute().await).code, "TAKEN");
    assert_eq!(store.claim(tenant, TAG, "free").await.unwrap(), None);
    // One stream of a batch may take what another of it gives back.
    run(&store, tenant, first, tagged("a")).await.unwrap();
    run(&store, tenant, second, tagged("b")).await.unwrap();
    store
        .batch(tenant, context(id(), &2))
        .and(first, Retag(None))
        .and(second, Retag(Some("a".into())))
        .execute()
        .await
        .unwrap();
    assert_eq!(store.claim(tenant, TAG, "a").await.unwrap(), Some(second));
    assert_eq!(world.log().await.len(), 5);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_stream_twice_in_a_batch_and_an_empty_batch_are_bugs_that_are_told() {
    let world = World::new().await;
    let store = world.store().await;
    let (tenant, stream) = (tenant(), id());
    run(&store, tenant, stream, Open::default()).await.unwrap();
    let twice = store
        .batch(tenant, context(id(), &1))
        .and(stream, Deposit(1))
        .and(stream, Deposit(2));
    let error = twice.execute().await.unwrap_err();
    assert!(error.to_string().contains("a stream of its own"), "{error}");
    let none = store.batch(tenant, context(id(), &2)).execute().await;
    assert!(none.is_err());
    assert_eq!(world.log().await.len(), 1);
}

/// An aggregate of another type.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
struct Lamp {
    lit: bool,
}
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
enum LampEvent {
    #[serde(rename = "test.lamp.lit")]
    Lit(Nothing),
}
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
struct Nothing {}
#[derive(Debug, Clone, PartialEq, Error)]
#[error("the lamp does not mind")]
struct NoRefusal;
#[derive(Debug)]
struct Light;

impl kernel::Event for LampEvent {}
impl kernel::Refusal for NoRefusal {
    fn code(&self) -> &'static str {
        "NEVER"
    }
}
impl Aggregate for Lamp {
    const NAME: &'static str = "test.lamp";
    type Event = LampEvent;
    type Refusal = NoRefusal;
    fn evolve(&mut self, LampEvent::Lit(_): LampEvent) {
        self.lit = true;
    }
}
impl Command for Light {
    type Aggregate = Lamp;
    fn decide(&self, _: &Lamp) -> Decision<Lamp> {
        Ok(vec![LampEvent::Lit(Nothing {})])
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_id_of_another_aggregate_or_tenant_is_unknown() {
    let world = World::new().await;
    let store = world.store().await;
    let (ours, theirs, account, lamp) = (tenant(), tenant(), id(), id());
    run(&store, ours, account, Open::default()).await.unwrap();
    store
        .execute(ours, lamp, Light, context(id(), &1))
        .await
        .unwrap();
    let fresh = world.store().await;
    for store in [&store, &fresh] {
        let unknown = store.load::<Account>(ours, id()).await.unwrap();
        assert_eq!((unknown.version, &*unknown.state), (0, &Account::default()));
        for (tenant, stream) in [(ours, lamp), (theirs, account), (theirs, lamp)] {
            let loaded = store.load::<Account>(tenant, stream).await.unwrap();
            assert_eq!(loaded.version, unknown.version);
            assert_eq!(loaded.state, unknown.state);
            assert_eq!(
                refused(run(store, tenant, stream, Deposit(1)).await).code,
                "NOT_OPEN"
            );
        }
        let lamp = store.load::<Lamp>(ours, account).await.unwrap();
        assert_eq!((lamp.version, lamp.state), (0, Arc::new(Lamp::default())));
        let filter = HistoryFilter {
            stream_id: Some(account),
            ..HistoryFilter::default()
        };
        let page = store.history(theirs, 0, &filter, 10).await.unwrap();
        assert_eq!(page.events, []);
    }
    // A stream cannot change its aggregate, and another tenant's id is free.
    assert!(
        store
            .execute(ours, account, Light, context(id(), &2))
            .await
            .is_err()
    );
    run(&store, theirs, account, Open::default()).await.unwrap();
    let own = store.load::<Account>(ours, account).await.unwrap();
    assert_eq!(own.version, 1);
}
