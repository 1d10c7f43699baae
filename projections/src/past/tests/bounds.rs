//! A tenant looks from few moments at a time, and whoever dies leaves nothing behind.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::sync::atomic::AtomicU64;
use std::time::Duration;

use daybook_domain::invoicing::invoice::fixtures::Dice;
use daybook_store::AsOf;
use daybook_store::reader::{ReaderKey, VantageLimits, Wanted};
use tokio::task::JoinSet;
use tokio_util::sync::CancellationToken;

use super::business::{Business, PATIENCE, READ_MODELS, pasts, scratch_rows};
use crate::crm::CLIENTS;
use crate::engine::{Positions, Projector, Scratch};
use crate::past::PastError;
use crate::testing::{World, id, now};

async fn grown(world: &World, steps: usize) -> Business {
    let (mut business, mut dice) = (Business::new(), Dice(0xb0b));
    for _ in 0..steps {
        business.go_on(world, &mut dice).await;
    }
    business
}

async fn at(world: &World, business: &Business, position: i64) -> AsOf {
    let found = world.store.moment_of(business.tenant, position).await;
    found.unwrap().expect("the position is there")
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn fifty_moments_at_once_are_refused_and_others_are_served() {
    let world = World::new().await;
    let busy = grown(&world, 60).await;
    let other = grown(&world, 5).await;
    world.post(&crate::all()).await;
    let pasts = pasts(&world);
    let mut looking = JoinSet::new();
    for position in 1..=50 {
        let moment = at(&world, &busy, position).await;
        let (pasts, tenant) = (pasts.clone(), busy.tenant);
        looking.spawn(async move {
            let stood = pasts.stand((tenant, moment), READ_MODELS, PATIENCE).await;
            stood.map(drop)
        });
    }
    let moment = other.head(&world).await;
    let served = pasts.stand((other.tenant, moment), READ_MODELS, PATIENCE);
    drop(served.await.unwrap());
    let (mut stood, mut refused) = (0, 0);
    while let Some(done) = looking.join_next().await {
        match done.unwrap() {
            Ok(()) => stood += 1,
            Err(PastError::TooMany) => refused += 1,
            Err(error) => panic!("{error}"),
        }
    }
    assert_eq!(stood + refused, 50);
    assert!(
        stood >= 4 && refused >= 1,
        "{stood} stood, {refused} refused"
    );
    let kept: i64 = sqlx::query_scalar("select count(*) from vantages where tenant_id = $1")
        .bind(busy.tenant.0)
        .fetch_one(&mut world.administrator().await)
        .await
        .unwrap();
    assert!(kept <= 12, "{kept} vantages");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_vantage_is_used_again_and_never_taken_from_under_its_readers() {
    let world = World::new().await;
    let mut business = grown(&world, 30).await;
    let pasts = pasts(&world);
    let whence = (business.tenant, business.head(&world).await);
    let mut first = pasts.stand(whence, READ_MODELS, PATIENCE).await.unwrap();
    let before = business.lists(&mut first).await;
    let again = pasts.stand(whence, READ_MODELS, PATIENCE).await.unwrap();
    assert_eq!(first.seen(CLIENTS), again.seen(CLIENTS));
    drop(again);
    business.go_on(&world, &mut Dice(1)).await;
    // Whoever takes it away waits until nobody reads from it.
    let mut forgetting = JoinSet::new();
    let (forgetful, tenant) = (pasts.clone(), business.tenant);
    forgetting.spawn(async move { forgetful.forget(tenant).await.unwrap() });
    let early = tokio::time::timeout(Duration::from_millis(300), forgetting.join_next()).await;
    assert!(early.is_err(), "it was taken from under a reader");
    assert_eq!(business.lists(&mut first).await, before);
    first.commit().await.unwrap();
    forgetting.join_next().await.unwrap().unwrap();
    assert_eq!(scratch_rows(&world).await, BTreeMap::new());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn before_everything_there_is_nothing_and_nothing_is_built() {
    let world = World::new().await;
    let business = grown(&world, 10).await;
    let pasts = pasts(&world);
    let whence = (business.tenant, AsOf::BEGINNING);
    let mut tx = pasts
        .stand(whence, READ_MODELS, Duration::ZERO)
        .await
        .unwrap();
    let nobody = Business::new();
    assert_eq!(business.lists(&mut tx).await, nobody.lists(&mut tx).await);
    drop(tx);
    let mut tx = world.tx(business.tenant).await;
    tx.look_from(AsOf::BEGINNING);
    assert_eq!(business.things(&mut tx).await, nobody.things(&mut tx).await);
    assert_eq!(scratch_rows(&world).await, BTreeMap::new());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn impatience_is_told_and_the_build_goes_on() {
    let world = World::new().await;
    let business = grown(&world, 40).await;
    let pasts = pasts(&world);
    let whence = (business.tenant, business.head(&world).await);
    let early = pasts.stand(whence, READ_MODELS, Duration::ZERO).await;
    assert!(
        matches!(early, Err(PastError::Preparing { .. })),
        "{early:?}"
    );
    drop(pasts.stand(whence, READ_MODELS, PATIENCE).await.unwrap());
}

/// A process that projects, and sweeps.
fn projecting(world: &World) -> (JoinSet<()>, CancellationToken) {
    let projector = Projector {
        store: world.store.clone(),
        projections: crate::all(),
        positions: Positions::new(&world.store, &crate::all()),
        holder: id(),
        clock: now,
    };
    let stop = CancellationToken::new();
    let mut running = JoinSet::new();
    running.spawn(projector.run(stop.clone()));
    (running, stop)
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_a_killed_builder_left_is_swept_and_it_cannot_write_any_more() {
    let world = World::new().await;
    let business = grown(&world, 40).await;
    let moment = business.head(&world).await;
    let code = "somebody's";
    let wanted = Wanted {
        tenant: business.tenant,
        position: moment.position,
        log_position: moment.log_position,
        code,
    };
    let limits = VantageLimits {
        most: 1,
        rest: Duration::ZERO,
    };
    let vantage = world.store.open_vantage(&wanted, limits).await;
    let vantage = vantage.unwrap().unwrap();
    world
        .store
        .begin_scratch(&vantage, &[(CLIENTS, 1)])
        .await
        .unwrap();
    let killed = Scratch {
        store: world.store.clone(),
        projection: crate::find(CLIENTS).unwrap(),
        holder: id(),
        clock: now,
        vantage,
        schema: None,
        read: Arc::new(AtomicU64::new(0)),
    };
    assert!(killed.build().await.unwrap());
    assert!(!scratch_rows(&world).await.is_empty());
    // As if it had been killed before its last commit, a minute ago.
    let mut admin = world.administrator().await;
    sqlx::query(
        "update readers set log_position = 0, holder = $1, \
           heartbeat_at = now() - interval '1 minute' where generation < 0",
    )
    .bind(id())
    .execute(&mut admin)
    .await
    .unwrap();
    let key = ReaderKey {
        name: CLIENTS.to_owned(),
        generation: vantage.generation,
    };
    let (mut running, stop) = projecting(&world);
    let swept = async {
        while !scratch_rows(&world).await.is_empty() {
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
    };
    tokio::time::timeout(PATIENCE, swept).await.unwrap();
    assert_eq!(world.store.take_lease(&key, id()).await.unwrap(), None);
    assert!(!killed.build().await.unwrap());
    assert_eq!(scratch_rows(&world).await, BTreeMap::new());
    stop.cancel();
    running.join_next().await.unwrap().unwrap();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_vantage_that_nobody_used_for_minutes_goes_and_others_stay() {
    let world = World::new().await;
    let business = grown(&world, 30).await;
    let pasts = pasts(&world);
    let (idle, used) = (at(&world, &business, 9).await, business.head(&world).await);
    for moment in [idle, used] {
        let whence = (business.tenant, moment);
        drop(pasts.stand(whence, READ_MODELS, PATIENCE).await.unwrap());
    }
    let both = scratch_rows(&world).await;
    let mut admin = world.administrator().await;
    sqlx::query("update vantages set used_at = now() - interval '6 minutes' where position = $1")
        .bind(idle.position)
        .execute(&mut admin)
        .await
        .unwrap();
    let (mut running, stop) = projecting(&world);
    let swept = async {
        loop {
            let left: Vec<i64> = sqlx::query_scalar("select position from vantages")
                .fetch_all(&mut admin)
                .await
                .unwrap();
            if left == [used.position] {
                return;
            }
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
    };
    tokio::time::timeout(PATIENCE, swept).await.unwrap();
    let left = scratch_rows(&world).await;
    assert!(
        left["crm_clients"] < both["crm_clients"],
        "{left:?} of {both:?}"
    );
    let whence = (business.tenant, used);
    drop(pasts.stand(whence, READ_MODELS, PATIENCE).await.unwrap());
    assert_eq!(scratch_rows(&world).await, left, "it was still there");
    stop.cancel();
    running.join_next().await.unwrap().unwrap();
}
