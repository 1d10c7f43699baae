//! `/auth/*` over a real router, a real log and a real PostgreSQL.
#![expect(
    clippy::indexing_slicing,
    clippy::unwrap_used,
    reason = "a test stops at the first thing it does not expect"
)]

mod world;

use std::collections::HashSet;

use axum::http::StatusCode;
use futures::future::join_all;
use serde_json::{Value, json};

use world::World;

const PASSWORD: &str = "seven green lanterns";

#[tokio::test(flavor = "multi_thread")]
async fn lets_nobody_in_before_the_address_is_verified_and_then_with_the_password_alone() {
    let world = World::new().await;
    world.sign_up("ada@example.com", PASSWORD).await;
    let login = json!({ "email": "ada@example.com", "password": PASSWORD });
    let (status, body) = world.post("/auth/login", &login).await;
    assert_eq!(
        (status, &body["code"]),
        (StatusCode::FORBIDDEN, &json!("EMAIL_NOT_VERIFIED"))
    );
    let token = world.token_for("ada@example.com").await;
    let (status, _) = world
        .post("/auth/verify-email", &json!({ "token": token }))
        .await;
    assert_eq!(status, StatusCode::NO_CONTENT);
    let (status, body) = world
        .post("/auth/verify-email", &json!({ "token": token }))
        .await;
    assert_eq!(
        (status, &body["code"]),
        (StatusCode::UNPROCESSABLE_ENTITY, &json!("TOKEN_INVALID"))
    );
    let (status, body) = world.post("/auth/login", &login).await;
    assert_eq!(status, StatusCode::OK, "{body}");
    assert_eq!(
        (&body["expiresIn"], &body["tenant"]),
        (&json!(600), &Value::Null)
    );
    let wrong = json!({ "email": "ada@example.com", "password": "seven green lantern" });
    let nobody = json!({ "email": "bob@example.com", "password": "seven green lantern" });
    let (wrong, nobody) = (
        world.post("/auth/login", &wrong).await,
        world.post("/auth/login", &nobody).await,
    );
    assert_eq!(wrong.0, StatusCode::UNAUTHORIZED);
    assert_eq!(without_id(wrong), without_id(nobody));
}

#[tokio::test(flavor = "multi_thread")]
async fn gives_twenty_refreshes_at_once_the_same_pair_and_ends_the_family_of_a_spent_token() {
    let world = World::new().await;
    let first = world.signed_in("ada@example.com", PASSWORD).await;
    let refresh = json!({ "refreshToken": first["refreshToken"] });
    let answers = join_all((0..20).map(|_| world.post("/auth/refresh", &refresh))).await;
    let mut pairs = HashSet::new();
    for (status, body) in answers {
        assert_eq!(status, StatusCode::OK, "{body}");
        pairs.insert((
            body["accessToken"].to_string(),
            body["refreshToken"].to_string(),
        ));
    }
    assert_eq!(pairs.len(), 1);
    let (_, second) = pairs.into_iter().next().unwrap();
    let second: Value = serde_json::from_str(&second).unwrap();
    let (status, third) = world
        .post("/auth/refresh", &json!({ "refreshToken": second }))
        .await;
    assert_eq!(status, StatusCode::OK);
    let (status, _) = world.post("/auth/refresh", &refresh).await;
    assert_eq!(status, StatusCode::UNAUTHORIZED);
    let third = json!({ "refreshToken": third["refreshToken"] });
    let (status, _) = world.post("/auth/refresh", &third).await;
    assert_eq!(status, StatusCode::UNAUTHORIZED);
    assert!(
        world
            .subjects("ada@example.com")
            .await
            .contains(&"One of your sign-ins has ended".to_owned())
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn a_new_password_ends_other_sessions_and_a_reset_ends_them_all() {
    let world = World::new().await;
    let here = world.signed_in("ada@example.com", PASSWORD).await;
    let there = world.login("ada@example.com", PASSWORD).await;
    let change = json!({ "currentPassword": PASSWORD, "newPassword": "nine blue umbrellas" });
    let (status, _) = world.post("/auth/update-password", &change).await;
    assert_eq!(status, StatusCode::UNAUTHORIZED);
    let (status, body) = world.post_as(&here, "/auth/update-password", &change).await;
    assert_eq!(status, StatusCode::NO_CONTENT, "{body}");
    let token = |of: &Value| json!({ "refreshToken": of["refreshToken"] });
    assert_eq!(
        world.post("/auth/refresh", &token(&there)).await.0,
        StatusCode::UNAUTHORIZED
    );
    assert_eq!(
        world.post("/auth/refresh", &token(&here)).await.0,
        StatusCode::OK
    );
    let email = json!({ "email": "ada@example.com" });
    assert_eq!(
        world.post("/auth/reset-password", &email).await.0,
        StatusCode::ACCEPTED
    );
    let confirm =
        json!({ "token": world.token_for("ada@example.com").await, "password": "password1" });
    let (status, body) = world.post("/auth/reset-password/confirm", &confirm).await;
    assert_eq!(
        (status, &body["code"]),
        (
            StatusCode::UNPROCESSABLE_ENTITY,
            &json!("PASSWORD_TOO_COMMON")
        )
    );
    let confirm =
        json!({ "token": world.token_for("ada@example.com").await, "password": PASSWORD });
    let (status, _) = world.post("/auth/reset-password/confirm", &confirm).await;
    assert_eq!(status, StatusCode::NO_CONTENT);
    let (status, _) = world.post("/auth/reset-password/confirm", &confirm).await;
    assert_eq!(status, StatusCode::UNPROCESSABLE_ENTITY);
    assert_eq!(
        world.post("/auth/refresh", &token(&here)).await.0,
        StatusCode::UNAUTHORIZED
    );
    assert!(
        world
            .subjects("ada@example.com")
            .await
            .contains(&"Your password was changed".to_owned())
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn slows_down_who_guesses_and_not_the_owner_elsewhere() {
    let world = World::new().await;
    world.signed_in("ada@example.com", PASSWORD).await;
    let wrong = json!({ "email": "ada@example.com", "password": "a wrong guess of it" });
    let mut throttled = 0;
    for _ in 0..50 {
        let (status, _) = world.post_from("10.9.9.9", "/auth/login", &wrong).await;
        throttled += u32::from(status == StatusCode::TOO_MANY_REQUESTS);
    }
    assert!(throttled >= 30, "{throttled}");
    let right = json!({ "email": "ada@example.com", "password": PASSWORD });
    let (status, _) = world.post_from("10.9.9.10", "/auth/login", &right).await;
    assert_eq!(status, StatusCode::OK);
}

#[tokio::test(flavor = "multi_thread")]
async fn refuses_what_is_not_one_small_json_object() {
    let world = World::new().await;
    for (body, status) in [
        (
            r#"{"email":"a@b.c","email":"d@e.f"}"#.to_owned(),
            StatusCode::BAD_REQUEST,
        ),
        (
            r#"{"email":"a@b.c","admin":true}"#.to_owned(),
            StatusCode::BAD_REQUEST,
        ),
        (r#"["a@b.c"]"#.to_owned(), StatusCode::BAD_REQUEST),
        (
            format!(r#"{{"email":"{}"}}"#, "x".repeat(70_000)),
            StatusCode::PAYLOAD_TOO_LARGE,
        ),
    ] {
        let (found, _) = world
            .send("/auth/reset-password", "application/json", body)
            .await;
        assert_eq!(found, status);
    }
    let form = world
        .send("/auth/reset-password", "text/plain", "{}".to_owned())
        .await;
    assert_eq!(form.0, StatusCode::UNSUPPORTED_MEDIA_TYPE);
}

fn without_id((status, mut body): (StatusCode, Value)) -> (StatusCode, Value) {
    body["requestId"] = Value::Null;
    (status, body)
}
