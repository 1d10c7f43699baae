//! Does the time an answer takes tell whether an account exists?

use std::time::{Duration, Instant};

use serde_json::{Value, json};

use crate::world::{PASSWORD, World};

/// Measurements of each kind, taken in turns so that a busy machine is busy for all.
const ROUNDS: u8 = 11;
/// A machine that does something else meanwhile gets another chance; a leak is there each time.
const CHANCES: usize = 3;

/// The median of the times that each body takes to be answered with that status.
async fn medians(world: &World, path: &str, (bodies, status): (&[Value], u16)) -> Vec<Duration> {
    static NETWORK: std::sync::atomic::AtomicU8 = std::sync::atomic::AtomicU8::new(1);
    // Each round comes from a network of its own: guesses at passwords are counted by network.
    let network = NETWORK.fetch_add(1, std::sync::atomic::Ordering::Relaxed);
    let mut times = vec![Vec::new(); bodies.len()];
    for round in 1..=ROUNDS {
        for (body, times) in bodies.iter().zip(&mut times) {
            let from = [127, network, round, 1];
            let since = Instant::now();
            let reply = world.rest_from(from, path, body).await;
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

/// Fails unless all of them take the same time to be answered, give or take a quarter: a hash that
/// is left out makes a factor of ten.
async fn must_take_the_same_time(world: &World, path: &str, asks: (&[Value], u16)) {
    let mut seen = Vec::new();
    for _ in 0..CHANCES {
        let medians = medians(world, path, asks).await;
        let (shortest, longest) = (medians.iter().min().unwrap(), medians.iter().max().unwrap());
        if *longest * 4 <= *shortest * 5 {
            return;
        }
        seen.push(medians);
    }
    panic!("{path} tells who has an account: {seen:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_sign_in_that_fails_takes_the_same_time_whatever_the_reason() {
    let world = World::new().await;
    world.newcomer("ada@example.com").await;
    let gone = world.newcomer("gone@example.com").await;
    gone.does("userDeactivate", json!({}), "").await;
    let login = |email: &str, password: &str| json!({ "email": email, "password": password });
    let bodies = [
        login("nobody@example.com", "a wrong password"),
        login("ada@example.com", "a wrong password"),
        login("gone@example.com", "a wrong password"),
        login("gone@example.com", PASSWORD),
    ];
    must_take_the_same_time(&world, "/auth/login", (&bodies, 401)).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_forgotten_password_takes_the_same_time_whether_the_address_is_known() {
    let world = World::new().await;
    world.newcomer("ada@example.com").await;
    let body = |email: &str| json!({ "email": email });
    let bodies = [body("nobody@example.com"), body("ada@example.com")];
    for path in ["/auth/reset-password", "/auth/verify-email/resend"] {
        must_take_the_same_time(&world, path, (&bodies, 202)).await;
    }
}
