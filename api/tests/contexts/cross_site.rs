//! Whose pages may use a visitor's cookies?

use serde_json::{Value, json};

use crate::world::{PASSWORD, Reply, Socket, World};

/// Pages of others, as browsers tell of them.
const STRANGERS: [&[(&str, &str)]; 6] = [
    &[
        ("origin", "https://evil.example"),
        ("sec-fetch-site", "cross-site"),
    ],
    &[("origin", "https://evil.example")],
    &[
        ("origin", "https://evil.example.com"),
        ("sec-fetch-site", "same-site"),
    ],
    &[("origin", "null")],
    &[("origin", "https://api.example.com.evil.example")],
    &[],
];

/// Pages of ours.
const OURS: [&[(&str, &str)]; 3] = [
    &[("sec-fetch-site", "same-origin")],
    &[("origin", "https://api.example.com")],
    &[
        ("origin", "https://app.example.com"),
        ("sec-fetch-site", "cross-site"),
    ],
];

fn with(
    request: reqwest::RequestBuilder,
    headers: &[(&'static str, &str)],
) -> reqwest::RequestBuilder {
    headers.iter().fold(request, |request, (name, value)| {
        request.header(*name, *value)
    })
}

/// A visitor whose browser holds cookies.
async fn cookies(world: &World, email: &str) -> String {
    world.newcomer(email).await;
    let body = json!({ "email": email, "password": PASSWORD, "cookies": true });
    let request = world.post("/auth/login", &body);
    let reply = Reply::to(request.header("sec-fetch-site", "same-origin")).await;
    assert_eq!(reply.status, 200, "{}", reply.body);
    assert_eq!(reply.body["accessToken"], Value::Null);
    reply.cookies()
}

#[tokio::test(flavor = "multi_thread")]
async fn graphql_takes_cookies_from_pages_of_ours_alone_and_tokens_from_anywhere() {
    let world = World::new().await;
    let cookies = cookies(&world, "ada@example.com").await;
    let bearer = world.sign_in("ada@example.com", None).await.token.clone();
    let ask = json!({ "query": "{ me { user { email } } }" });
    for page in STRANGERS {
        let request = with(world.post("/graphql", &ask), page);
        let by_cookie = request.try_clone().unwrap().header("cookie", &cookies);
        let reply = Reply::to(by_cookie).await;
        let code = &reply.body["errors"][0]["extensions"]["code"];
        assert_eq!((reply.status, code), (403, &json!("FORBIDDEN")), "{page:?}");
        let by_both = request.header("cookie", &cookies).bearer_auth(&bearer);
        assert_eq!(Reply::to(by_both).await.status, 200, "{page:?}");
    }
    for page in OURS {
        let request = with(world.post("/graphql", &ask), page).header("cookie", &cookies);
        let reply = Reply::to(request).await;
        let email = &reply.body["data"]["me"]["user"]["email"];
        assert_eq!(email, "ada@example.com", "{page:?}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_form_of_another_page_is_no_request() {
    let world = World::new().await;
    let cookies = cookies(&world, "ada@example.com").await;
    for kind in [
        "text/plain",
        "application/x-www-form-urlencoded",
        "multipart/form-data; boundary=x",
    ] {
        let url = format!("http://{}/graphql", world.addr);
        let request = reqwest::Client::new().post(url);
        let request = request
            .header("content-type", kind)
            .header("cookie", &cookies);
        let body = r#"{"query":"mutation { __typename }"}"#;
        assert_eq!(Reply::to(request.body(body)).await.status, 415, "{kind}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn sockets_take_cookies_from_pages_of_ours_alone() {
    let world = World::new().await;
    let cookies = cookies(&world, "ada@example.com").await;
    let token = world.sign_in("ada@example.com", None).await.token.clone();
    for page in STRANGERS {
        let headers = [page, &[("cookie", cookies.as_str())]].concat();
        let refused = match Socket::open(&world, &headers).await {
            Ok(mut socket) => socket.init(json!({})).await.unwrap_err(),
            Err(status) => status,
        };
        // Pages get no socket at all; a program gets one, on which its cookies do not count.
        assert_eq!(
            refused,
            if page.is_empty() { 4403 } else { 403 },
            "{page:?}"
        );
    }
    for page in OURS {
        let headers = [page, &[("cookie", cookies.as_str())]].concat();
        let mut socket = Socket::open(&world, &headers).await.unwrap();
        assert_eq!(socket.init(json!({})).await, Ok(()), "{page:?}");
    }
    let mut program = Socket::open(&world, &[("cookie", &cookies)]).await.unwrap();
    assert_eq!(program.init(json!({ "token": token })).await, Ok(()));
}

#[tokio::test(flavor = "multi_thread")]
async fn rest_takes_cookies_from_pages_of_ours_alone() {
    let world = World::new().await;
    let cookies = cookies(&world, "ada@example.com").await;
    let nothing = json!({});
    let post = |path: &str, page: &[(&'static str, &str)]| {
        let request = with(world.post(path, &nothing), page);
        Reply::to(request.header("cookie", &cookies))
    };
    for page in STRANGERS {
        for path in ["/auth/refresh", "/auth/logout", "/auth/switch-tenant"] {
            let reply = post(path, page).await;
            assert_eq!(reply.problem(), (403, "CROSS_SITE"), "{path} {page:?}");
        }
        let login = json!({ "email": "ada@example.com", "password": PASSWORD, "cookies": true });
        let reply = Reply::to(with(world.post("/auth/login", &login), page)).await;
        assert_eq!(reply.problem(), (403, "CROSS_SITE"), "{page:?}");
    }
    // Nothing of that ended the session.
    for page in OURS {
        assert_eq!(post("/auth/refresh", page).await.status, 200, "{page:?}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn another_page_ends_the_session_whose_token_it_holds_and_not_the_visitors() {
    let world = World::new().await;
    let cookies = cookies(&world, "ada@example.com").await;
    let other = world.sign_in("ada@example.com", None).await;
    let request = world.post("/auth/logout", &json!({ "refreshToken": other.refresh }));
    let request = with(request, STRANGERS[0]).header("cookie", &cookies);
    assert_eq!(Reply::to(request).await.status, 204);
    assert!(!other.is_let_in().await);
    let refresh = with(world.post("/auth/refresh", &json!({})), OURS[0]);
    assert_eq!(
        Reply::to(refresh.header("cookie", &cookies)).await.status,
        200
    );
    let logout = with(world.post("/auth/logout", &json!({})), OURS[0]);
    let reply = Reply::to(logout.header("cookie", &cookies)).await;
    assert_eq!(reply.status, 204);
    assert!(
        reply.cookies().contains("__Host-daybook_access=;"),
        "{:?}",
        reply.headers
    );
}
