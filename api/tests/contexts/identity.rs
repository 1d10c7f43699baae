//! Signing up, signing in and everything around passwords.

use std::collections::HashSet;
use std::time::Duration;

use chrono::TimeDelta;
use futures::future::join_all;
use serde_json::{Value, json};

use crate::world::{PASSWORD, Person, Reply, World, moved};

const ADA: &str = "ada@example.com";
const NEW: &str = "nine blue umbrellas";

fn credentials(email: &str, password: &str) -> Value {
    json!({ "email": email, "password": password })
}

impl Person<'_> {
    pub(crate) async fn refreshes(&self) -> Reply {
        self.world
            .rest("/auth/refresh", &json!({ "refreshToken": self.refresh }))
            .await
    }

    pub(crate) async fn posts(&self, path: &str, body: &Value) -> Reply {
        Reply::to(self.world.post(path, body).bearer_auth(&self.token)).await
    }
}

impl World {
    async fn subjects(&self, email: &str) -> Vec<String> {
        let mails = self.mails(email).await;
        mails.into_iter().map(|(subject, _)| subject).collect()
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn lets_nobody_in_before_the_address_is_verified_and_then_with_the_password_alone() {
    let world = World::new().await;
    world.sign_up(ADA).await;
    let login = credentials(ADA, PASSWORD);
    let reply = world.rest("/auth/login", &login).await;
    assert_eq!(reply.problem(), (403, "EMAIL_NOT_VERIFIED"));
    let token = json!({ "token": world.mailed_token(ADA).await });
    assert_eq!(world.rest("/auth/verify-email", &token).await.status, 204);
    let again = world.rest("/auth/verify-email", &token).await;
    assert_eq!(again.problem(), (422, "TOKEN_INVALID"));
    let reply = world.rest("/auth/login", &login).await;
    assert_eq!(reply.status, 200, "{}", reply.body);
    let (seconds, tenant) = (&reply.body["expiresIn"], &reply.body["tenant"]);
    assert_eq!((seconds, tenant), (&json!(600), &Value::Null));
    for wrong in [
        "seven green lantern",
        "seven green lanterns ",
        "Seven green lanterns",
    ] {
        let known = world.rest("/auth/login", &credentials(ADA, wrong)).await;
        let unknown = credentials("bob@example.com", wrong);
        let unknown = world.rest("/auth/login", &unknown).await;
        assert_eq!(known.problem(), (401, "INVALID_CREDENTIALS"));
        assert_eq!(known.anonymous(), unknown.anonymous());
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn answers_a_sign_up_and_a_forgotten_password_alike_whether_the_address_is_known() {
    let world = World::new().await;
    world.newcomer(ADA).await;
    let sign_up = |email: &str| json!({ "email": email, "password": PASSWORD, "name": "Ada" });
    let reset = |email: &str| json!({ "email": email });
    for path in [
        "/auth/signup",
        "/auth/reset-password",
        "/auth/verify-email/resend",
    ] {
        let body = |email: &str| match path {
            "/auth/signup" => sign_up(email),
            _ => reset(email),
        };
        let known = world.rest(path, &body(ADA)).await;
        let stranger = format!("stranger@{}.example", path.len());
        let unknown = world.rest(path, &body(&stranger)).await;
        let names = |reply: &Reply| {
            let names = reply.headers.keys().map(ToString::to_string);
            names.collect::<HashSet<_>>()
        };
        assert_eq!(names(&known), names(&unknown), "{path}");
        assert_eq!(known.status, 202);
        assert_eq!(known.anonymous(), unknown.anonymous(), "{path}");
    }
    // A mail tells the difference, to whoever reads mail there.
    let subjects = world.subjects(ADA).await;
    let told = ["Reset your password", "You have an account already"];
    assert!(
        told.iter()
            .all(|told| subjects.iter().any(|subject| subject == told)),
        "{subjects:?}"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn who_signs_up_with_a_known_address_again_and_again_keeps_no_reset_away() {
    let world = World::new().await;
    world.newcomer(ADA).await;
    let sign_up = json!({ "email": ADA, "password": PASSWORD, "name": "Ada" });
    for _ in 0..8 {
        assert_eq!(world.rest("/auth/signup", &sign_up).await.status, 202);
    }
    let reset = json!({ "email": ADA });
    assert_eq!(world.rest("/auth/reset-password", &reset).await.status, 202);
    let subjects = world.subjects(ADA).await;
    let count = |wanted: &str| subjects.iter().filter(|it| *it == wanted).count();
    assert_eq!(count("You have an account already"), 5);
    assert_eq!(count("Reset your password"), 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn takes_no_password_that_is_tried_first_and_none_too_short_or_too_long() {
    let world = World::new().await;
    for (password, code) in [
        ("lantern", "PASSWORD_TOO_SHORT"),
        ("password1", "PASSWORD_TOO_COMMON"),
        ("qwertyuiop", "PASSWORD_TOO_COMMON"),
        ("Lovelace-2026", "PASSWORD_TOO_COMMON"),
        (&"x".repeat(1_025), "PASSWORD_TOO_LONG"),
    ] {
        let body = json!({ "email": ADA, "password": password, "name": "Ada Lovelace" });
        let reply = world.rest("/auth/signup", &body).await;
        assert_eq!(reply.problem(), (422, code), "{password:.20}");
        assert_eq!(reply.body["field"], "password");
    }
    assert!(world.mails(ADA).await.is_empty());
    let long = "lantern umbrella ".repeat(7);
    let body = json!({ "email": ADA, "password": long, "name": "Ada" });
    assert_eq!(world.rest("/auth/signup", &body).await.status, 202);
    world.verify(ADA).await;
    let but_one = &long[..long.len() - 1];
    let reply = world.rest("/auth/login", &credentials(ADA, but_one)).await;
    assert_eq!(reply.status, 401);
    world.sign_in_with(credentials(ADA, &long)).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn gives_twenty_refreshes_at_once_the_same_pair_and_ends_the_family_of_a_spent_token() {
    let world = World::new().await;
    let first = world.newcomer(ADA).await;
    let answers = join_all((0..20).map(|_| first.refreshes())).await;
    let mut pairs = HashSet::new();
    for reply in &answers {
        assert_eq!(reply.status, 200, "{}", reply.body);
        let pair = ["accessToken", "refreshToken"].map(|name| reply.body[name].to_string());
        pairs.insert(pair);
    }
    assert_eq!(pairs.len(), 1);
    let second = world.person(&json!(ADA), answers[0].body.clone());
    assert!(second.is_let_in().await);
    let third = second.refreshes().await;
    assert_eq!(third.status, 200);
    let third = world.person(&json!(ADA), third.body);
    assert_eq!(first.refreshes().await.status, 401);
    assert_eq!(third.refreshes().await.status, 401);
    assert!(!third.is_let_in().await);
    let subjects = world.subjects(ADA).await;
    assert!(subjects.contains(&"One of your sign-ins has ended".to_owned()));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_late_repeat_of_a_refresh_is_a_theft_and_a_prompt_one_is_not() {
    let clock = moved::<0>();
    let world = World::at(clock).await;
    let ada = world.newcomer(ADA).await;
    let second = ada.refreshes().await;
    clock.on(TimeDelta::seconds(9));
    let repeat = ada.refreshes().await;
    assert_eq!(repeat.status, 200);
    assert_eq!(repeat.body["refreshToken"], second.body["refreshToken"]);
    clock.on(TimeDelta::seconds(2));
    assert_eq!(ada.refreshes().await.status, 401);
    let second = world.person(&json!(ADA), second.body);
    assert_eq!(second.refreshes().await.status, 401);
}

#[tokio::test(flavor = "multi_thread")]
async fn an_access_token_ends_after_ten_minutes_and_an_unused_session_after_a_day() {
    let clock = moved::<1>();
    let world = World::at(clock).await;
    let ada = world.newcomer(ADA).await;
    clock.on(TimeDelta::seconds(590));
    assert!(ada.is_let_in().await);
    clock.on(TimeDelta::seconds(10));
    assert!(!ada.is_let_in().await);
    let ada = world.person(&json!(ADA), ada.refreshes().await.body);
    assert!(ada.is_let_in().await);
    clock.on(TimeDelta::hours(24));
    assert_eq!(ada.refreshes().await.status, 401);
}

#[tokio::test(flavor = "multi_thread")]
async fn signing_out_ends_the_session_at_once_and_says_nothing_about_a_token_that_is_none() {
    let world = World::new().await;
    let (here, there) = (world.newcomer(ADA).await, world.sign_in(ADA, None).await);
    assert!(here.is_let_in().await && there.is_let_in().await);
    assert_eq!(here.posts("/auth/logout", &json!({})).await.status, 204);
    assert!(!here.is_let_in().await);
    assert_eq!(here.refreshes().await.status, 401);
    assert!(there.is_let_in().await);
    let body = json!({ "refreshToken": there.refresh });
    assert_eq!(world.rest("/auth/logout", &body).await.status, 204);
    assert!(!there.is_let_in().await);
    for token in ["", "x", &here.refresh, &"0".repeat(97)] {
        let reply = world
            .rest("/auth/logout", &json!({ "refreshToken": token }))
            .await;
        assert_eq!((reply.status, reply.body), (204, Value::Null), "{token}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_new_password_needs_the_old_one_and_ends_the_other_sessions() {
    let world = World::new().await;
    let (here, there) = (world.newcomer(ADA).await, world.sign_in(ADA, None).await);
    let change = |current: &str| json!({ "currentPassword": current, "newPassword": NEW });
    let path = "/auth/update-password";
    assert_eq!(world.rest(path, &change(PASSWORD)).await.status, 401);
    let reply = here.posts(path, &change("seven green lantern")).await;
    assert_eq!(reply.problem(), (422, "CURRENT_PASSWORD_WRONG"));
    assert_eq!(here.posts(path, &change(PASSWORD)).await.status, 204);
    assert!(here.is_let_in().await && !there.is_let_in().await);
    assert_eq!(there.refreshes().await.status, 401);
    assert_eq!(here.refreshes().await.status, 200);
    let reply = world.rest("/auth/login", &credentials(ADA, PASSWORD)).await;
    assert_eq!(reply.status, 401);
    world.sign_in_with(credentials(ADA, NEW)).await;
    let subjects = world.subjects(ADA).await;
    assert!(subjects.contains(&"Your password was changed".to_owned()));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_reset_works_once_and_by_the_last_mail_and_ends_every_session() {
    let world = World::new().await;
    let ada = world.newcomer(ADA).await;
    let confirm = async |token: &str, password: &str| {
        let body = json!({ "token": token, "password": password });
        world.rest("/auth/reset-password/confirm", &body).await
    };
    let mut tokens = Vec::new();
    for _ in 0..2 {
        let email = json!({ "email": ADA });
        assert_eq!(world.rest("/auth/reset-password", &email).await.status, 202);
        tokens.push(world.mailed_token(ADA).await);
    }
    assert_eq!(
        confirm(&tokens[0], NEW).await.problem(),
        (422, "TOKEN_INVALID")
    );
    // A password that is not taken does not spend the token.
    let reply = confirm(&tokens[1], "password1").await;
    assert_eq!(reply.problem(), (422, "PASSWORD_TOO_COMMON"));
    assert!(ada.is_let_in().await);
    assert_eq!(confirm(&tokens[1], NEW).await.status, 204);
    assert_eq!(
        confirm(&tokens[1], PASSWORD).await.problem(),
        (422, "TOKEN_INVALID")
    );
    assert!(!ada.is_let_in().await);
    assert_eq!(ada.refreshes().await.status, 401);
    world.sign_in_with(credentials(ADA, NEW)).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_reset_ends_with_its_time_and_with_a_change_of_the_password() {
    let clock = moved::<2>();
    let world = World::at(clock).await;
    let ada = world.newcomer(ADA).await;
    let asked = async || {
        world
            .rest("/auth/reset-password", &json!({ "email": ADA }))
            .await;
        json!({ "token": world.mailed_token(ADA).await, "password": NEW })
    };
    let late = asked().await;
    clock.on(TimeDelta::hours(1));
    let reply = world.rest("/auth/reset-password/confirm", &late).await;
    assert_eq!(reply.status, 422, "{}", reply.body);
    let ada = world.person(&json!(ADA), ada.refreshes().await.body);
    let void = asked().await;
    let change = json!({ "currentPassword": PASSWORD, "newPassword": "three silver spoons" });
    assert_eq!(
        ada.posts("/auth/update-password", &change).await.status,
        204
    );
    let reply = world.rest("/auth/reset-password/confirm", &void).await;
    assert_eq!(reply.problem(), (422, "TOKEN_INVALID"));
}

#[tokio::test(flavor = "multi_thread")]
async fn people_see_and_end_their_own_sessions_and_no_others() {
    let world = World::new().await;
    let (here, there) = (world.newcomer(ADA).await, world.sign_in(ADA, None).await);
    let bob = world.newcomer("bob@example.com").await;
    let list = "{ me { sessions { id isCurrent } } }";
    let mine = here.sees(list).await;
    let mine = mine["me"]["sessions"].as_array().unwrap();
    assert_eq!(mine.len(), 2);
    let other = mine.iter().find(|it| it["isCurrent"] == false).unwrap();
    let input = json!({ "sessionId": other["id"] });
    assert_eq!(
        bob.is_refused("sessionRevoke", input.clone()).await,
        "SESSION_NOT_FOUND"
    );
    assert!(there.is_let_in().await);
    let ended = here.does("sessionRevoke", input, "ended").await;
    assert_eq!(ended["ended"], 1);
    assert!(!there.is_let_in().await && here.is_let_in().await);
    let left = here.sees(list).await;
    assert_eq!(left["me"]["sessions"].as_array().unwrap().len(), 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn slows_down_who_guesses_and_not_the_owner_elsewhere() {
    let world = World::new().await;
    world.newcomer(ADA).await;
    let wrong = credentials(ADA, "a wrong guess of it");
    let mut throttled = 0;
    for _ in 0..50 {
        let reply = world.rest_from([127, 9, 9, 9], "/auth/login", &wrong).await;
        if reply.status == 429 {
            assert!(reply.headers.contains_key("retry-after"));
            throttled += 1;
        }
    }
    assert!(throttled >= 30, "{throttled}");
    let right = credentials(ADA, PASSWORD);
    let reply = world
        .rest_from([127, 9, 9, 10], "/auth/login", &right)
        .await;
    assert_eq!(reply.status, 200);
}

#[tokio::test(flavor = "multi_thread")]
async fn two_hundred_wrong_passwords_at_once_hold_up_nobody_else() {
    let world = World::new().await;
    let ada = world.newcomer(ADA).await;
    let guesses = (0..200).map(|guess: u8| {
        let body = credentials(&format!("{guess}@example.com"), "a wrong guess of it");
        let (world, from) = (&world, [127, 1, guess, 1]);
        async move { world.rest_from(from, "/auth/login", &body).await.status }
    });
    let asking = async {
        let begun = std::time::Instant::now();
        for _ in 0..20 {
            assert!(ada.is_let_in().await);
        }
        begun.elapsed()
    };
    let (statuses, asked) = tokio::join!(join_all(guesses), asking);
    assert!(
        statuses
            .iter()
            .all(|status| [401, 429, 503].contains(status))
    );
    assert!(statuses.contains(&401));
    assert!(asked < Duration::from_secs(10), "{asked:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn refuses_what_is_not_one_small_json_object() {
    let world = World::new().await;
    let send = async |kind: &'static str, body: String| {
        let request = reqwest::Client::new().post(format!("http://{}/auth/signup", world.addr));
        Reply::to(request.header("content-type", kind).body(body))
            .await
            .status
    };
    let json = "application/json";
    for (body, status) in [
        (r#"{"email":"a@b.c","email":"d@e.f"}"#.to_owned(), 400),
        (r#"{"email":"a@b.c","admin":true}"#.to_owned(), 400),
        (r#"["a@b.c"]"#.to_owned(), 400),
        (format!(r#"{{"email":"{}"}}"#, "x".repeat(70_000)), 413),
    ] {
        assert_eq!(send(json, body).await, status);
    }
    assert_eq!(send("text/plain", "{}".to_owned()).await, 415);
}
