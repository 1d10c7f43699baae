//! Is the sealed tree the tree of the log, and does everything in it prove itself?

use daybook_audit::checkpoint::Checkpoint;
use daybook_audit::tile::{Tile, changed};
use daybook_audit::tree::{Frontier, Head, verify_consistency};
use daybook_domain::kernel::TenantId;
use daybook_store::audit::{Included, Step};
use daybook_store::{Database, HistoryFilter};
use sqlx::Row;

use super::sealing::{Sealing, origin, take};
use crate::world::{World, id};

/// The root of a tenant's leaves as the log has them, computed past the seal.
async fn root_of(sealing: &Sealing, tenant: TenantId, size: u64) -> Head {
    let mut tree = Frontier::default();
    let mut admin = sealing.world.administrator().await;
    let rows = sqlx::query(
        "select leaf_hash from daybook.events where tenant_id = $1 and position <= $2 \
         order by position",
    )
    .bind(tenant.0)
    .bind(i64::try_from(size).unwrap())
    .fetch_all(&mut admin)
    .await
    .unwrap();
    for row in &rows {
        let leaf: Vec<u8> = row.get(0);
        tree.append(leaf.try_into().unwrap());
    }
    assert_eq!(tree.size(), size);
    Head {
        size,
        root: tree.root(),
    }
}

/// Every checkpoint's size, from the database.
async fn sizes(sealing: &Sealing, tenant: TenantId) -> Vec<u64> {
    let mut admin = sealing.world.administrator().await;
    let sizes: Vec<i64> = sqlx::query_scalar(
        "select size from daybook.audit_checkpoints where tenant_id = $1 order by size",
    )
    .bind(tenant.0)
    .fetch_all(&mut admin)
    .await
    .unwrap();
    sizes.into_iter().map(i64::unsigned_abs).collect()
}

async fn everything_holds(sealing: &Sealing, tenant: TenantId) {
    let sealed = sealing.store.sealed(tenant);
    let keys = sealing.keys(tenant).await;
    let sizes = sizes(sealing, tenant).await;
    for size in &sizes {
        let stored = sealed.checkpoint(Some(*size)).await.unwrap().unwrap();
        let note = stored.note.parse().unwrap();
        let checkpoint = Checkpoint::verified(&note, &keys).unwrap();
        assert_eq!(checkpoint.origin, origin(tenant));
        assert_eq!(checkpoint.head(), root_of(sealing, tenant, *size).await);
        for older in sizes.iter().filter(|older| *older <= size) {
            let proof = sealed.consistency(*older, &stored).await.unwrap().unwrap();
            let older = sealed.checkpoint(Some(*older)).await.unwrap().unwrap();
            verify_consistency(&older.head, &stored.head, &proof).unwrap();
        }
    }
    let last = *sizes.last().unwrap();
    for tile in changed(0, last) {
        let hashes = sealed.tile(tile).await.unwrap().unwrap();
        assert_eq!(hashes.len(), tile.bytes(), "{tile}");
    }
    let filter = HistoryFilter::default();
    let limit = i64::try_from(last).unwrap();
    let page = sealing.store.history(tenant, 0, &filter, limit);
    for event in page.await.unwrap().events {
        let Included::Proved(proof) = sealed.inclusion(event.event_id).await.unwrap() else {
            panic!("no proof of {event:?}");
        };
        let leaf = event.leaf_hash.clone().try_into().unwrap();
        proof.verify(&leaf, &origin(tenant), &keys).unwrap();
        assert_eq!(i64::try_from(proof.index).unwrap(), event.position - 1);
        let other = [9; 32];
        assert!(proof.verify(&other, &origin(tenant), &keys).is_err());
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn every_event_is_proved_to_be_in_the_tree_of_its_tenants_log() {
    let mut sealing = Sealing::begin().await;
    let mut businesses = Vec::new();
    for events in [1, 2, 40] {
        businesses.push(sealing.business(events).await);
    }
    assert_eq!(sealing.seal().await, []);
    let large = sealing.business(250).await;
    businesses.push(large);
    for events in [1, 10, 30] {
        for business in &businesses {
            sealing.deposit(*business, events).await;
        }
        assert_eq!(sealing.seal().await, []);
    }
    for (tenant, _) in &businesses {
        everything_holds(&sealing, *tenant).await;
        assert_eq!(sealing.flaw(*tenant).await, None);
    }
    // Past a full tile, and so past a level.
    assert_eq!(sizes(&sealing, large.0).await, [251, 261, 291]);
    // Without news nothing is signed.
    assert_eq!(sealing.seal().await, []);
    assert_eq!(sizes(&sealing, large.0).await, [251, 261, 291]);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn another_process_grows_the_same_tree() {
    let mut sealing = Sealing::begin().await;
    let business = sealing.business(200).await;
    sealing.seal().await;
    for _ in 0..3 {
        sealing = sealing.again().await;
        sealing.deposit(business, 70).await;
        assert_eq!(sealing.seal().await, []);
    }
    everything_holds(&sealing, business.0).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn who_lost_the_lease_signs_nothing() {
    let mut sealing = Sealing::begin().await;
    let business = sealing.business(3).await;
    sealing.seal().await;
    sealing.deposit(business, 1).await;
    // Another process took over, after the first had been silent for too long.
    sealing.silence().await;
    take(&sealing.store).await;
    assert!(matches!(sealing.step().await, Ok(Step::Lost)));
    assert_eq!(sizes(&sealing, business.0).await, [3]);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn who_gets_the_lease_back_grows_what_the_other_sealed_meanwhile() {
    let mut ours = Sealing::begin().await;
    let business = ours.business(3).await;
    assert_eq!(ours.seal().await, []);
    ours.silence().await;
    let world = World {
        database: Database::from_url(&ours.world.url).unwrap(),
        url: ours.world.url.clone(),
    };
    let mut theirs = Sealing::on(world, tempfile::tempdir().unwrap()).await;
    theirs.deposit(business, 2).await;
    assert_eq!(theirs.seal().await, []);
    theirs.leave().await;
    // It was told of the loss by its heartbeat: no step of its own was in vain.
    ours.take_over().await;
    ours.deposit(business, 1).await;
    assert_eq!(ours.seal().await, []);
    everything_holds(&ours, business.0).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_event_is_told_from_one_that_waits_and_one_that_is_not() {
    let mut sealing = Sealing::begin().await;
    let (tenant, account) = sealing.business(2).await;
    let stranger = sealing.business(1).await.0;
    sealing.seal().await;
    sealing.deposit((tenant, account), 1).await;
    let filter = HistoryFilter::default();
    let page = sealing.store.history(tenant, 0, &filter, 10).await.unwrap();
    let sealed = sealing.store.sealed(tenant);
    let [first, _, waiting] = page.events.as_slice() else {
        panic!("three events, not {page:?}");
    };
    assert!(matches!(
        sealed.inclusion(first.event_id).await.unwrap(),
        Included::Proved(_)
    ));
    let waits = sealed.inclusion(waiting.event_id).await.unwrap();
    assert_eq!(waits, Included::NotYet);
    assert_eq!(sealed.inclusion(id()).await.unwrap(), Included::Unknown);
    // The same event, asked for by another tenant.
    let elsewhere = sealing.store.sealed(stranger);
    let theirs = elsewhere.inclusion(first.event_id).await.unwrap();
    assert_eq!(theirs, Included::Unknown);
    let bundle = sealed.entries(Tile::try_new(0, 0, 2).unwrap()).await;
    let bundle = bundle.unwrap().unwrap();
    let length = usize::from(u16::from_be_bytes([bundle[0], bundle[1]]));
    assert_eq!(bundle[2..2 + length], daybook_store::leaf_of(first));
    let too_wide = sealed.entries(Tile::try_new(0, 0, 3).unwrap()).await;
    assert_eq!(too_wide.unwrap(), None);
}

/// Ids tell by their time in which tile to look first. A clock that was wrong must not hide an event.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_event_is_found_however_far_its_tile_seems_to_be() {
    let mut sealing = Sealing::begin().await;
    let (tenant, _) = sealing.business(1_030).await;
    assert_eq!(sealing.seal().await, []);
    sealing
        .attack(
            "update daybook.audit_tiles set greatest_event = 'ffffffff-ffff-7fff-bfff-ffffffffffff' \
             where level = 0 and number = 0",
        )
        .await;
    let filter = HistoryFilter::default();
    let page = sealing.store.history(tenant, 0, &filter, 1_030).await;
    let events = page.unwrap().events;
    let sealed = sealing.store.sealed(tenant);
    for event in [&events[0], &events[200], &events[300], &events[1_029]] {
        let included = sealed.inclusion(event.event_id).await.unwrap();
        assert!(matches!(included, Included::Proved(_)), "{included:?}");
    }
}
