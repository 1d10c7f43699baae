//! Does the time an answer takes tell whether an account exists?

use std::time::{Duration, Instant};

use daybook_api::access::PasswordHasher;
use serde_json::{Value, json};

use crate::world::{PASSWORD, World};

/// To what answers are drawn out: `BEAT` of `api/src/access/pace.rs`.
const BEAT: Duration = Duration::from_millis(300);
/// By how much an answer may come after its beat, and answers of two kinds apart. What is not drawn
/// out comes well before the first beat: a hash takes a fifth of it, all else a hundredth.
const LATE: Duration = Duration::from_millis(60);
/// Measurements of each kind, taken in turns so that a busy machine is busy for all.
const ROUNDS: usize = 7;
/// A machine that does something else meanwhile gets another chance; a leak is there each time.
const CHANCES: usize = 4;

/// What is asked in a round.
type Ask = fn(usize) -> Value;

/// Accounts, a fresh one for every measurement: to one address only so many mails go, and what is
/// not mailed takes no time.
async fn accounts(world: &World) {
    let hasher = PasswordHasher::new(1).unwrap();
    let hash = hasher.hash(PASSWORD).await.unwrap();
    for number in 0..ROUNDS * CHANCES {
        let (known, fresh) = (known(number), fresh(number));
        world.old_account(&known, hash.as_phc()).await;
        world.unverified_account(&fresh, hash.as_phc()).await;
    }
}

/// An address that has an account.
fn known(number: usize) -> String {
    format!("known{number}@example.com")
}

/// One that has an account and is not verified.
fn fresh(number: usize) -> String {
    format!("fresh{number}@example.com")
}

/// One that has none.
fn nobody(number: usize) -> String {
    format!("nobody{number}@example.com")
}

/// The median of the times that each kind takes to be answered with that status.
async fn medians(
    world: &World,
    path: &str,
    (asks, status): (&[Ask], u16),
    chance: usize,
) -> Vec<Duration> {
    static NETWORK: std::sync::atomic::AtomicU8 = std::sync::atomic::AtomicU8::new(1);
    // Each round comes from a network of its own: guesses at passwords are counted by network.
    let network = NETWORK.fetch_add(1, std::sync::atomic::Ordering::Relaxed);
    let mut times = vec![Vec::new(); asks.len()];
    for round in 0..ROUNDS {
        for (ask, times) in asks.iter().zip(&mut times) {
            let from = [127, network, u8::try_from(round).unwrap(), 1];
            let body = ask(chance * ROUNDS + round);
            let since = Instant::now();
            let reply = world.rest_from(from, path, &body).await;
            times.push(since.elapsed());
            assert_eq!(reply.status, status, "{}", reply.body);
        }
    }
    let median = |mut times: Vec<Duration>| {
        times.sort_unstable();
        times[times.len() / 2]
    };
    times.into_iter().map(median).collect()
}

/// Whether an answer was drawn out: it comes right after a beat.
fn is_on_a_beat(time: Duration) -> bool {
    time >= BEAT && time.as_millis() % BEAT.as_millis() < LATE.as_millis()
}

/// Fails unless all kinds are answered on the same beat.
async fn must_take_the_same_time(world: &World, path: &str, asks: (&[Ask], u16)) {
    let mut seen = Vec::new();
    for chance in 0..CHANCES {
        let medians = medians(world, path, asks, chance).await;
        let (shortest, longest) = (medians.iter().min().unwrap(), medians.iter().max().unwrap());
        let are_on_a_beat = medians.iter().all(|time| is_on_a_beat(*time));
        if are_on_a_beat && longest.abs_diff(*shortest) < LATE {
            return;
        }
        seen.push(medians);
    }
    panic!("{path} tells who has an account: {seen:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_sign_in_that_fails_takes_the_same_time_whatever_the_reason() {
    let world = World::new().await;
    accounts(&world).await;
    let gone = world.newcomer("gone@example.com").await;
    gone.does("userDeactivate", json!({}), "").await;
    let asks: [Ask; 4] = [
        |it| json!({ "email": nobody(it), "password": "a wrong password" }),
        |it| json!({ "email": known(it), "password": "a wrong password" }),
        |_| json!({ "email": "gone@example.com", "password": "a wrong password" }),
        |_| json!({ "email": "gone@example.com", "password": PASSWORD }),
    ];
    must_take_the_same_time(&world, "/auth/login", (&asks, 401)).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_forgotten_password_takes_the_same_time_whether_the_address_is_known() {
    let world = World::new().await;
    accounts(&world).await;
    let asks: [Ask; 3] = [
        |it| json!({ "email": nobody(it) }),
        |it| json!({ "email": known(it) }),
        |it| json!({ "email": fresh(it) }),
    ];
    for path in ["/auth/reset-password", "/auth/verify-email/resend"] {
        must_take_the_same_time(&world, path, (&asks, 202)).await;
    }
    // What takes its time was done.
    assert_eq!(world.mails(&known(0)).await.len(), 1);
    assert_eq!(world.mails(&fresh(0)).await.len(), 2);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_sign_up_takes_the_same_time_whether_the_address_has_an_account() {
    let world = World::new().await;
    accounts(&world).await;
    let asks: [Ask; 3] = [
        |it| json!({ "email": nobody(it), "password": PASSWORD, "name": "Ada" }),
        |it| json!({ "email": known(it), "password": PASSWORD, "name": "Ada" }),
        |it| json!({ "email": fresh(it), "password": PASSWORD, "name": "Ada" }),
    ];
    must_take_the_same_time(&world, "/auth/signup", (&asks, 202)).await;
    for email in [nobody(0), known(0), fresh(0)] {
        assert_eq!(world.mails(&email).await.len(), 1, "{email}");
    }
}
