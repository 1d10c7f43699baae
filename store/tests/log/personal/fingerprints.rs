//! Is a command known again by its input, and does what is kept of it confirm no guess?

use daybook_domain::kernel::TenantId;
use daybook_store::vault::MasterKey;
use daybook_store::{ExecuteError, Receipt, Store, StoreOptions};
use serde::Serialize;
use sha2::{Digest, Sha256};
use sqlx::PgConnection;
use uuid::Uuid;

use super::attacks::attack;
use super::person::{Introduce, NAME, WORDS, Walk, meet, say};
use crate::world::{OPTIONS, World, id, run, run_as, tenant};

/// What is kept of each command, in no order.
async fn kept(admin: &mut PgConnection) -> Vec<Vec<u8>> {
    sqlx::query_scalar("select fingerprint from daybook.commands")
        .fetch_all(admin)
        .await
        .unwrap()
}

/// What a thief would look for: digests of a guessed input, with and without its operation's name.
fn guesses(operation: &str, input: &impl Serialize) -> Vec<Vec<u8>> {
    let input = serde_json::to_vec(input).unwrap();
    let named = [operation.as_bytes(), &[0], &input].concat();
    let digests = [named, input].map(|it| Sha256::digest(it).to_vec());
    digests.into()
}

fn is_reused(outcome: &Result<Receipt, ExecuteError>) -> bool {
    matches!(outcome, Err(ExecuteError::CommandIdReused(_)))
}

async fn again(store: &Store, tenant: TenantId, stream: Uuid, command: Uuid, words: &str) -> bool {
    let outcome = run_as(store, (tenant, stream), command, say(words)).await;
    if is_reused(&outcome) {
        return false;
    }
    assert!(outcome.unwrap().replayed);
    true
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_guess_of_an_input_is_not_confirmed_by_what_is_kept() {
    let world = World::new().await;
    let store = world.store().await;
    let (tenant, person) = (tenant(), id());
    run(&store, tenant, person, meet()).await.unwrap();
    run(&store, tenant, person, Walk { steps: 3 })
        .await
        .unwrap();
    let mut admin = world.administrator().await;
    let kept = kept(&mut admin).await;
    assert_eq!(kept.len(), 2);
    assert!(kept.iter().all(|it| it.len() == 25), "{kept:?}");
    let mut all = guesses("test", &meet());
    all.extend(guesses("test", &Walk { steps: 3 }));
    for guess in all {
        for kept in &kept {
            let has = |needle: &[u8]| kept.windows(needle.len()).any(|it| it == needle);
            assert!(!has(&guess[..8]) && !has(&guess[24..]));
        }
    }
    // The same input of another tenant, or about somebody else, is kept as something else.
    let other = self::tenant();
    run(&store, other, id(), Walk { steps: 3 }).await.unwrap();
    run(&store, tenant, id(), say(WORDS)).await.unwrap();
    run(&store, tenant, id(), say(WORDS)).await.unwrap();
    let mut all = self::kept(&mut admin).await;
    all.sort();
    all.dedup();
    assert_eq!(all.len(), 5);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_repeat_is_known_after_a_restart_and_under_another_master_key() {
    let world = World::new().await;
    let store = world.store().await;
    let (tenant, person, command, idle) = (tenant(), id(), id(), id());
    run(&store, tenant, person, meet()).await.unwrap();
    run_as(&store, (tenant, person), command, say(WORDS))
        .await
        .unwrap();
    run_as(&store, (tenant, person), idle, Walk { steps: 1 })
        .await
        .unwrap();
    let new = MasterKey::new([8; 32]);
    let open = async |master: MasterKey| {
        let options = StoreOptions { master, ..OPTIONS };
        Store::open(&world.database, options).await.unwrap()
    };
    let both = open(new.clone().accepting([7; 32])).await;
    both.rewrap_keys().await.unwrap();
    for store in [store, world.store().await, both, open(new).await] {
        if store.check_master_key().await.is_err() {
            // One that was started with the old key alone knows no keys.
            continue;
        }
        assert!(again(&store, tenant, person, command, WORDS).await);
        assert!(!again(&store, tenant, person, command, "other words").await);
        let walk = run_as(&store, (tenant, person), idle, Walk { steps: 1 }).await;
        assert!(walk.unwrap().replayed);
        assert!(is_reused(
            &run_as(&store, (tenant, person), idle, Walk { steps: 2 }).await
        ));
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_erasure_takes_the_way_to_compare_and_leaves_one_effect() {
    let world = World::new().await;
    let store = world.store().await;
    let (tenant, person, friend) = (tenant(), id(), id());
    let (command, both, theirs) = (id(), id(), id());
    run(&store, tenant, friend, meet_as("friend"))
        .await
        .unwrap();
    run_as(&store, (tenant, person), command, say(WORDS))
        .await
        .unwrap();
    run_as(&store, (tenant, friend), theirs, say(WORDS))
        .await
        .unwrap();
    let introduce = Introduce {
        words: Some(WORDS.to_owned()),
        friend,
        friend_name: NAME.to_owned(),
    };
    run_as(&store, (tenant, person), both, introduce.clone())
        .await
        .unwrap();
    store.erase_subject(tenant, person).await.unwrap();
    let before = world.log().await.len();
    for store in [store, world.store().await] {
        assert!(again(&store, tenant, person, command, WORDS).await);
        assert!(again(&store, tenant, person, command, "nobody knows").await);
        let other = Introduce {
            words: None,
            ..introduce.clone()
        };
        let outcome = run_as(&store, (tenant, person), both, other).await;
        assert!(outcome.unwrap().replayed);
        // Whoever is there is compared with as before.
        assert!(again(&store, tenant, friend, theirs, WORDS).await);
        assert!(!again(&store, tenant, friend, theirs, "other words").await);
    }
    assert_eq!(world.log().await.len(), before);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_tenant_without_its_own_key_goes_on_and_knows_commands_by_their_ids() {
    let world = World::new().await;
    let store = world.store().await;
    let (tenant, stream, command, later) = (tenant(), id(), id(), id());
    run_as(&store, (tenant, stream), command, Walk { steps: 1 })
        .await
        .unwrap();
    store.erase_subject(tenant, tenant.0).await.unwrap();
    for store in [&store, &world.store().await] {
        let other = run_as(store, (tenant, stream), command, Walk { steps: 2 }).await;
        assert!(other.unwrap().replayed);
    }
    run_as(&store, (tenant, stream), later, Walk { steps: 3 })
        .await
        .unwrap();
    let other = run_as(&store, (tenant, stream), later, Walk { steps: 4 }).await;
    assert!(other.unwrap().replayed);
    let mut admin = world.administrator().await;
    assert!(kept(&mut admin).await.contains(&Vec::new()));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn commands_from_before_are_known_as_far_as_can_be() {
    let world = World::new().await;
    let store = world.store().await;
    let (tenant, person, command) = (tenant(), id(), id());
    run_as(&store, (tenant, person), command, say(WORDS))
        .await
        .unwrap();
    let mut admin = world.administrator().await;
    // As the migration left it, and as a program from before writes it.
    let bare = hex::encode(&guesses("test", &say(WORDS))[0]);
    for (form, is_compared) in [(String::new(), false), (bare, true)] {
        let change = format!(
            "update daybook.commands set fingerprint = '\\x{form}' \
             where command_id = '{command}' returning 1"
        );
        attack(&mut admin, &change).await;
        for store in [&store, &world.store().await] {
            assert!(again(store, tenant, person, command, WORDS).await);
            let other = again(store, tenant, person, command, "other words").await;
            assert_eq!(other, !is_compared);
        }
    }
}

fn meet_as(name: &str) -> super::person::Meet {
    super::person::Meet {
        name: name.to_owned(),
        ..super::person::Meet::default()
    }
}
