//! Is a password that was kept long ago as well kept as those of today?

use argon2::password_hash::PasswordHasher;
use argon2::{Algorithm, Argon2, Params, Version};
use daybook_domain::identity::user::UserEvent;
use daybook_domain::kernel::{TenantId, UserId};
use serde_json::json;

use crate::world::{PASSWORD, World};

/// With what a hash made now begins: OWASP's second choice.
const TODAYS: &str = "$argon2id$v=19$m=19456,t=2,p=1$";

/// The password as it would have been kept under other parameters.
fn hashed(algorithm: Algorithm, (memory_kib, passes): (u32, u32)) -> String {
    let params = Params::new(memory_kib, passes, 1, None).unwrap();
    let argon2 = Argon2::new(algorithm, Version::V0x13, params);
    let hash = argon2.hash_password(PASSWORD.as_bytes()).unwrap();
    hash.to_string()
}

/// The hashes by which the account's password was ever replaced at a sign-in, oldest first.
async fn upgrades(world: &World, user_id: UserId) -> Vec<String> {
    let events = world
        .store
        .stream_until(TenantId::PLATFORM, user_id.0, i64::MAX);
    let events = events.await.unwrap();
    let hash = |event: &UserEvent| match event {
        UserEvent::PasswordHashUpgraded(upgraded) => {
            Some(upgraded.password_hash.as_phc().to_owned())
        }
        _ => None,
    };
    let decoded = events.iter().map(|event| event.decode().unwrap());
    decoded.filter_map(|event| hash(&event)).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn an_old_hash_is_replaced_by_one_of_today_at_the_next_sign_in() {
    let world = World::new().await;
    let old = [
        ("weak@example.com", Algorithm::Argon2id, (8, 1)),
        ("strong@example.com", Algorithm::Argon2id, (47_104, 1)),
        ("other@example.com", Algorithm::Argon2i, (4_096, 3)),
    ];
    for (email, algorithm, params) in old {
        let user_id = world.old_account(email, &hashed(algorithm, params)).await;
        // Who does not know it changes nothing.
        let wrong = json!({ "email": email, "password": "seven red lanterns" });
        assert_eq!(world.rest("/auth/login", &wrong).await.status, 401);
        assert_eq!(upgrades(&world, user_id).await, Vec::<String>::new());
        let before = world.sign_in(email, None).await;
        let kept = upgrades(&world, user_id).await;
        assert_eq!(kept.len(), 1, "{email}");
        assert!(kept[0].starts_with(TODAYS), "{email}: {kept:?}");
        // It is the same password, it is kept well now, and no session ended.
        world.sign_in(email, None).await;
        assert_eq!(upgrades(&world, user_id).await, kept);
        assert!(before.is_let_in().await);
        assert_eq!(world.rest("/auth/login", &wrong).await.status, 401);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn sign_ins_at_once_replace_an_old_hash_once() {
    let world = World::new().await;
    let email = "ada@example.com";
    let user_id = world
        .old_account(email, &hashed(Algorithm::Argon2id, (8, 1)))
        .await;
    let all = (0..4).map(|_| world.sign_in(email, None));
    for person in futures::future::join_all(all).await {
        assert!(person.is_let_in().await);
    }
    assert_eq!(upgrades(&world, user_id).await.len(), 1);
}
