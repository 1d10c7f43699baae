//! How does somebody end all of their sessions but the one they are in?

use serde_json::{Value, json};

use crate::world::{Caller, Person, Socket, World, command_id};

const ADA: &str = "ada@example.com";
const REVOKE_OTHERS: &str = "sessionsRevokeOthers";

/// What somebody's list of sessions says: of each whether it is the one that asks.
async fn sessions(who: &Caller<'_>) -> Vec<Value> {
    let seen = who.sees("{ me { sessions { isCurrent } } }").await;
    seen["me"]["sessions"].as_array().unwrap().clone()
}

async fn refreshes(who: &Person<'_>) -> u16 {
    let body = json!({ "refreshToken": who.refresh });
    who.world.rest("/auth/refresh", &body).await.status
}

#[tokio::test(flavor = "multi_thread")]
async fn all_of_ones_sessions_end_but_the_one_that_asks_and_nobody_elses() {
    let world = World::new().await;
    let bob = world.newcomer("bob@example.com").await;
    let there = world.newcomer(ADA).await;
    there.founds("acme").await;
    // In a tenant or in none: they are all the same person's.
    let (here, elsewhere) = (
        world.sign_in(ADA, Some("acme")).await,
        world.sign_in(ADA, Some("acme")).await,
    );
    let mut socket = Socket::open(&world, &[]).await.unwrap();
    let init = json!({ "token": elsewhere.token });
    socket.init(init).await.unwrap();
    assert_eq!(sessions(&here).await.len(), 3);
    let ended = here.does(REVOKE_OTHERS, json!({}), "ended").await;
    assert_eq!(ended["ended"], 2);
    for other in [&there, &elsewhere] {
        assert!(!other.is_let_in().await);
        assert_eq!(refreshes(other).await, 401);
    }
    let closed = loop {
        if let Err(code) = socket.receive().await {
            break code;
        }
    };
    assert_eq!(closed, 4403);
    assert_eq!(sessions(&here).await, [json!({ "isCurrent": true })]);
    assert!(bob.is_let_in().await);
    assert_eq!(refreshes(&here).await, 200);
    assert!(here.is_let_in().await);
    // Who was put out signs in again.
    assert!(world.sign_in(ADA, None).await.is_let_in().await);
}

#[tokio::test(flavor = "multi_thread")]
async fn where_there_is_no_other_session_nothing_has_to_be_done() {
    let world = World::new().await;
    let here = world.newcomer(ADA).await;
    let command = json!({ "commandId": command_id() });
    let done = here.does(REVOKE_OTHERS, command.clone(), "ended").await;
    assert_eq!(done["ended"], 0);
    assert!(here.is_let_in().await);
    // Nor has it later, when there is one.
    let later = world.sign_in(ADA, None).await;
    let repeat = here.does(REVOKE_OTHERS, command.clone(), "ended").await;
    assert_eq!(repeat["ended"], 0);
    assert_eq!(repeat["commit"]["replayed"], true);
    assert_eq!(repeat["commit"]["version"], done["commit"]["version"]);
    assert!(later.is_let_in().await);
    let mut profile = command;
    profile["name"] = json!("Ada");
    let reused = here.fails("userUpdateProfile", profile).await;
    assert_eq!(reused, "IDEMPOTENCY_KEY_REUSED");
}

#[tokio::test(flavor = "multi_thread")]
async fn only_a_person_ends_sessions() {
    let world = World::new().await;
    let owner = world.owner("acme").await;
    let scopes = json!({ "name": "till", "scopes": ["TENANT_READ", "PROFILE_MANAGE"] });
    let made = owner.does("apiKeyCreate", scopes, "key").await;
    let key = world.with_token(made["key"].as_str().unwrap());
    assert_eq!(key.fails(REVOKE_OTHERS, json!({})).await, "FORBIDDEN");
    let nobody = world.with_token("");
    assert_eq!(
        nobody.fails(REVOKE_OTHERS, json!({})).await,
        "UNAUTHENTICATED"
    );
    assert_eq!(sessions(&owner).await.len(), 2);
    // A key is no session: it stays.
    owner.does(REVOKE_OTHERS, json!({}), "").await;
    assert!(key.is_let_in().await);
}

#[tokio::test(flavor = "multi_thread")]
async fn the_same_command_ends_no_session_that_began_after_it() {
    let world = World::new().await;
    let (here, there) = (world.newcomer(ADA).await, world.sign_in(ADA, None).await);
    let command = json!({ "commandId": command_id() });
    let done = here.does(REVOKE_OTHERS, command.clone(), "ended").await;
    assert!(!there.is_let_in().await);
    let later = world.sign_in(ADA, None).await;
    let repeat = here.does(REVOKE_OTHERS, command.clone(), "ended").await;
    assert_eq!((&done["ended"], &repeat["ended"]), (&json!(1), &json!(1)));
    assert_eq!(
        (&done["commit"]["replayed"], &repeat["commit"]["replayed"]),
        (&json!(false), &json!(true))
    );
    assert!(later.is_let_in().await);
    // What another person calls a command is their own affair.
    let (bob, lost) = (
        world.newcomer("bob@example.com").await,
        world.sign_in("bob@example.com", None).await,
    );
    let done = bob.does(REVOKE_OTHERS, command, "ended").await;
    assert_eq!(done["commit"]["replayed"], false);
    assert!(!lost.is_let_in().await && later.is_let_in().await);
}
