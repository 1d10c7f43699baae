//! Do signing keys rotate with overlap, and are they worth nothing without the master key?

use std::sync::LazyLock;
use std::time::Duration;

use daybook_audit::note::Note;
use daybook_domain::kernel::TenantId;
use daybook_store::Origin;
use daybook_store::audit::{Keyring, KeyringError};
use daybook_store::vault::MasterKey;

use super::sealing::{Sealing, master};

/// It is not said who has a key made.
static NOBODY: LazyLock<Origin> = LazyLock::new(Origin::default);

async fn signers(sealing: &Sealing, tenant: TenantId) -> usize {
    let sealed = sealing.store.sealed(tenant);
    let last = sealed.checkpoint(None).await.unwrap().unwrap();
    let note: Note = last.note.parse().unwrap();
    let keys = sealing.keys(tenant).await;
    let (_, by) = note.verify(&keys).unwrap();
    by.len()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn old_and_new_sign_until_the_overlap_ends_and_all_are_served_for_ever() {
    let mut sealing = Sealing::begin().await;
    let business = sealing.business(2).await;
    sealing.seal().await;
    assert_eq!(signers(&sealing, business.0).await, 1);
    let first = sealing.keys(business.0).await;
    let (master, overlap) = (master(), Duration::from_secs(3_600));
    let rotated = sealing.store.rotate_signing_key(&master, overlap, &NOBODY);
    rotated.await.unwrap();
    sealing.deposit(business, 1).await;
    sealing.seal().await;
    assert_eq!(signers(&sealing, business.0).await, 2);
    let last = sealing.store.sealed(business.0).checkpoint(None).await;
    let note: Note = last.unwrap().unwrap().note.parse().unwrap();
    // Who only knows the first key still verifies.
    assert!(note.verify(&first).is_ok());
    let ended = "update daybook.audit_keys set signs_until = now() - interval '1 second' \
                 where signs_until is not null";
    sealing.attack(ended).await;
    sealing.deposit(business, 1).await;
    assert_eq!(sealing.seal().await, []);
    assert_eq!(signers(&sealing, business.0).await, 1);
    assert_eq!(sealing.keys(business.0).await.len(), 2);
    assert_eq!(sealing.store.signing_keys().await.unwrap().len(), 2);
    assert_eq!(sealing.flaw(business.0).await, None);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_overlap_is_for_every_key_and_gives_none_more_days() {
    let mut sealing = Sealing::begin().await;
    let business = sealing.business(2).await;
    let (master, hour) = (master(), Duration::from_secs(3_600));
    for (overlap, signing) in [(hour, 2), (hour * 24, 3), (Duration::ZERO, 1)] {
        let rotated = sealing.store.rotate_signing_key(&master, overlap, &NOBODY);
        rotated.await.unwrap();
        sealing.deposit(business, 1).await;
        assert_eq!(sealing.seal().await, []);
        assert_eq!(signers(&sealing, business.0).await, signing, "{overlap:?}");
        let first = sealing.store.signing_keys().await.unwrap().remove(0);
        let days = first.signs_until.unwrap() - first.created_at;
        assert!(days < chrono::TimeDelta::hours(2), "{days}");
    }
    assert_eq!(sealing.keys(business.0).await.len(), 4);
    assert_eq!(sealing.flaw(business.0).await, None);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn another_master_key_opens_nothing_and_makes_nothing() {
    let sealing = Sealing::begin().await;
    let wrong = || MasterKey::new([8; 32]);
    let opened = Keyring::open(&sealing.store, wrong()).await;
    assert!(matches!(opened, Err(KeyringError::WrongMasterKey)));
    let overlap = Duration::from_secs(1);
    let rotated = sealing
        .store
        .rotate_signing_key(&wrong(), overlap, &NOBODY)
        .await;
    assert!(matches!(rotated, Err(KeyringError::WrongMasterKey)));
    assert_eq!(sealing.store.signing_keys().await.unwrap().len(), 1);
    assert!(sealing.world.database.keeps_keys().await.unwrap());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn lost_private_halves_are_not_replaced_silently() {
    let sealing = Sealing::begin().await;
    sealing.attack("delete from keys.signing_keys").await;
    let opened = Keyring::open(&sealing.store, master()).await;
    assert!(matches!(opened, Err(KeyringError::Lost)));
    assert_eq!(sealing.store.signing_keys().await.unwrap().len(), 1);
    // Said openly, there is a new one, and the lost one signs no more.
    let (our_master, overlap) = (master(), Duration::from_secs(60));
    let rotated = sealing
        .store
        .rotate_signing_key(&our_master, overlap, &NOBODY);
    rotated.await.unwrap();
    assert!(Keyring::open(&sealing.store, master()).await.is_ok());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn no_private_half_is_in_the_database_as_it_is() {
    let sealing = Sealing::begin().await;
    let mut admin = sealing.world.administrator().await;
    let sealed: Vec<u8> = sqlx::query_scalar("select sealed from keys.signing_keys")
        .fetch_one(&mut admin)
        .await
        .unwrap();
    // A version, a nonce of 24 bytes, 32 bytes and a tag of 16.
    assert_eq!(sealed.len(), 1 + 24 + 32 + 16);
    let opened = master().open(b"something else", &sealed);
    assert!(opened.is_err());
}
