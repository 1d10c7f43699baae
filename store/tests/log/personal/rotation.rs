//! Can the master key be replaced while everything goes on, and what does the old one open then?

use daybook_store::audit::{Keyring, KeyringError};
use daybook_store::vault::MasterKey;
use daybook_store::{ExecuteError, Store, StoreError, StoreOptions};

use super::attacks::attack;
use super::person::{WORDS, known, meet, say, stored, whole};
use crate::world::{OPTIONS, World, id, run, tenant};

const OLD: [u8; 32] = [7; 32];
const NEW: [u8; 32] = [8; 32];

async fn open(world: &World, master: MasterKey) -> Store {
    let options = StoreOptions { master, ..OPTIONS };
    Store::open(&world.database, options).await.unwrap()
}

fn both() -> MasterKey {
    MasterKey::new(NEW).accepting(OLD)
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn keys_are_put_under_a_new_master_key_and_events_stay_as_they_are() {
    let world = World::new().await;
    let old = open(&world, MasterKey::new(OLD)).await;
    drop(Keyring::open(&old, MasterKey::new(OLD)).await.unwrap());
    let tenant = tenant();
    let person = known(&old, tenant).await;
    let before = world.log().await;
    let store = open(&world, both()).await;
    store.check_master_key().await.unwrap();
    // New people are written under the new one, and who has both reads all.
    run(&store, tenant, id(), say(WORDS)).await.unwrap();
    assert_eq!(stored(&store, tenant, person).await, whole());
    assert_eq!(store.count_subject_keys().await.unwrap().under_others, 2);
    let done = store.rewrap_keys().await.unwrap();
    assert_eq!((done.subject_keys, done.signing_keys), (2, 1));
    assert_eq!(store.count_subject_keys().await.unwrap().under_others, 0);
    let done = store.rewrap_keys().await.unwrap();
    assert_eq!((done.subject_keys, done.signing_keys), (0, 0));
    assert_eq!(world.log().await[..before.len()], before);
    // The new one alone opens everything.
    let new = open(&world, MasterKey::new(NEW)).await;
    new.check_master_key().await.unwrap();
    assert_eq!(stored(&new, tenant, person).await, whole());
    drop(Keyring::open(&new, MasterKey::new(NEW)).await.unwrap());
    // The old one opens nothing, and is not let back in by a process that was not told.
    let late = open(&world, MasterKey::new(OLD)).await;
    let refused = late.check_master_key().await;
    assert!(matches!(refused, Err(KeyringError::WrongMasterKey)));
    for late in [
        late,
        old,
        open(&world, MasterKey::new(OLD).accepting(NEW)).await,
    ] {
        let refused = run(&late, tenant, id(), say(WORDS)).await;
        let unavailable = |error| matches!(error, ExecuteError::Store(StoreError::Unavailable(_)));
        assert!(refused.is_err_and(unavailable));
    }
    assert_eq!(store.count_subject_keys().await.unwrap().under_others, 0);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_interrupted_rotation_goes_on_where_it_ended() {
    let world = World::new().await;
    let old = open(&world, MasterKey::new(OLD)).await;
    let (tenant, person) = (tenant(), id());
    run(&old, tenant, person, meet()).await.unwrap();
    // As many as take several batches.
    let mut admin = world.administrator().await;
    let mut people = tokio::task::JoinSet::new();
    for _ in 0..50 {
        let old = old.clone();
        people.spawn(async move {
            for _ in 0..50 {
                run(&old, tenant, id(), say("word")).await.unwrap();
            }
        });
    }
    people.join_all().await;
    let store = open(&world, both()).await;
    let all = store.count_subject_keys().await.unwrap();
    assert_eq!((all.kept, all.under_others), (2_501, 2_502));
    // Killed within the second batch: the first is done, the second is not, none is half done.
    attack(
        &mut admin,
        "create function keys.stop() returns trigger language plpgsql as $$ begin \
           if (select count(*) from keys.subject_keys where master_id = new.master_id) > 1000 \
           then raise exception 'stopped'; end if; return null; end $$; \
         create trigger stop after update on keys.subject_keys for each row \
           execute function keys.stop(); select 1",
    )
    .await;
    store.rewrap_keys().await.unwrap_err();
    let half = store.count_subject_keys().await.unwrap();
    assert!((1..2_502).contains(&half.under_others), "{half:?}");
    assert_eq!(stored(&store, tenant, person).await.name, meet().name);
    run(&store, tenant, id(), say(WORDS)).await.unwrap();
    attack(
        &mut admin,
        "drop trigger stop on keys.subject_keys; select 1",
    )
    .await;
    let done = store.rewrap_keys().await.unwrap();
    assert_eq!(i64::try_from(done.subject_keys).unwrap(), half.under_others);
    assert_eq!(store.count_subject_keys().await.unwrap().under_others, 0);
    let new = open(&world, MasterKey::new(NEW)).await;
    assert_eq!(stored(&new, tenant, person).await.name, meet().name);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn another_master_key_makes_and_opens_nothing() {
    let world = World::new().await;
    let store = open(&world, MasterKey::new(OLD)).await;
    let tenant = tenant();
    let person = known(&store, tenant).await;
    let wrong = open(&world, MasterKey::new([9; 32])).await;
    let refused = wrong.check_master_key().await;
    assert!(matches!(refused, Err(KeyringError::WrongMasterKey)));
    let refused = run(&wrong, tenant, id(), say(WORDS)).await;
    assert!(matches!(
        refused,
        Err(ExecuteError::Store(StoreError::Unavailable(_)))
    ));
    // Not erased, not damaged: it may be put right.
    let loaded = wrong
        .load_stored_now::<super::person::Person>(tenant, person)
        .await;
    assert!(matches!(loaded, Err(StoreError::Unavailable(_))));
    assert!(matches!(
        wrong.rewrap_keys().await,
        Err(KeyringError::WrongMasterKey)
    ));
    assert_eq!(stored(&store, tenant, person).await, whole());
}
