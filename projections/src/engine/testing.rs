//! How does a test post without a projector?

use std::sync::Arc;

use daybook_store::Store;
use daybook_store::reader::{Lease, ReaderState};
use uuid::Uuid;

use super::batch::Desk;
use super::live::{Follower, Reached};
use super::projection::Projection;
use crate::testing::now;

/// Takes the lease of the live generation.
pub(crate) async fn lease(store: &Store, projection: &Projection, holder: Uuid) -> Lease {
    let (name, version) = (projection.name(), projection.version());
    store.register_reader(name, version).await.unwrap();
    let readers = store.readers().await.unwrap();
    let live = |it: &&daybook_store::reader::ReaderStatus| {
        it.key.name == name && it.state == ReaderState::Live
    };
    let key = readers.iter().find(live).unwrap().key.clone();
    store.take_lease(&key, holder).await.unwrap().unwrap()
}

/// What posting under a lease takes.
pub(super) fn desk(store: &Store, projection: &Arc<Projection>, lease: Lease) -> Desk {
    Desk {
        store: store.clone(),
        projection: Arc::clone(projection),
        lease,
        clock: now,
        schema: None,
        moved: Arc::default(),
    }
}

/// Posts everything there is, and gives the lease back.
pub(crate) async fn catch_up(store: &Store, projection: &Arc<Projection>, holder: Uuid) {
    let lease = lease(store, projection, holder).await;
    let desk = desk(store, projection, lease.clone());
    let mut follower = Follower::start(desk, None).await.unwrap();
    assert_eq!(follower.catch_up().await.unwrap(), Reached::Head);
    store.release_lease(&lease).await.unwrap();
}
