//! How does a test get an API of its own, and read the mails it sends?

use std::net::SocketAddr;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::Duration;

use axum::Router;
use axum::body::{Body, to_bytes};
use axum::extract::ConnectInfo;
use axum::http::{Request, StatusCode};
use chrono::{DateTime, Utc};
use daybook_api::api::{Api, ApiOptions};
use daybook_api::identity::routes;
use daybook_postgres::testing::shared;
use daybook_projections::engine::Positions;
use daybook_store::{Database, Store, StoreOptions};
use serde_json::{Value, json};
use tower::ServiceExt;

#[expect(
    clippy::disallowed_methods,
    reason = "the edge of a test is where its time comes from"
)]
fn now() -> DateTime<Utc> {
    Utc::now()
}

pub(crate) struct World {
    router: Router,
    store: Store,
}

impl World {
    pub(crate) async fn new() -> Self {
        static NEXT: AtomicU32 = AtomicU32::new(1);
        let name = format!("auth_{}", NEXT.fetch_add(1, Ordering::Relaxed));
        let database = Database::from_url(&shared().url(&name)).unwrap();
        database.create_where_missing().await.unwrap();
        database.migrate().await.unwrap();
        let options = StoreOptions {
            connections: 8,
            queue: 1_024,
            cached: 1_000,
            clock: now,
        };
        let store = Store::open(&database, options).await.unwrap();
        let options = ApiOptions {
            public_url: "https://app.example.com".to_owned(),
            development: false,
            origins: Vec::new(),
            hashes_at_once: 4,
            requests_per_minute: std::num::NonZeroU32::new(10_000),
            patience: Duration::from_secs(5),
            txt: std::sync::Arc::new(daybook_api::tenancy::NoTxt),
            clock: now,
        };
        let positions = Positions::new(&store, &[]);
        let api = Api::new(store.clone(), positions, options).unwrap();
        Self {
            router: routes(api),
            store,
        }
    }

    /// Signs up, verifies and signs in.
    pub(crate) async fn signed_in(&self, email: &str, password: &str) -> Value {
        self.sign_up(email, password).await;
        let token = json!({ "token": self.token_for(email).await });
        assert_eq!(
            self.post("/auth/verify-email", &token).await.0,
            StatusCode::NO_CONTENT
        );
        self.login(email, password).await
    }

    pub(crate) async fn sign_up(&self, email: &str, password: &str) {
        let body = json!({ "email": email, "password": password, "name": "Ada" });
        let (status, body) = self.post("/auth/signup", &body).await;
        assert_eq!(status, StatusCode::ACCEPTED, "{body}");
    }

    pub(crate) async fn login(&self, email: &str, password: &str) -> Value {
        let body = json!({ "email": email, "password": password });
        let (status, body) = self.post("/auth/login", &body).await;
        assert_eq!(status, StatusCode::OK, "{body}");
        body
    }

    /// The token in the last mail to an address that has one.
    pub(crate) async fn token_for(&self, email: &str) -> String {
        let mails = self.store.outbox().newest(Some(email), 20).await.unwrap();
        let mut tokens = mails.iter().filter_map(|kept| {
            let mut lines = kept.mail.text.lines();
            lines.find_map(|line| line.strip_prefix("Token: ").map(str::to_owned))
        });
        tokens.next().unwrap()
    }

    pub(crate) async fn subjects(&self, email: &str) -> Vec<String> {
        let mails = self.store.outbox().newest(Some(email), 20).await.unwrap();
        mails.into_iter().map(|kept| kept.mail.subject).collect()
    }

    pub(crate) async fn post(&self, path: &str, body: &Value) -> (StatusCode, Value) {
        self.post_from("127.0.0.1", path, body).await
    }

    pub(crate) async fn post_from(
        &self,
        from: &str,
        path: &str,
        body: &Value,
    ) -> (StatusCode, Value) {
        let mut request = request(path, "application/json", body.to_string());
        let address = SocketAddr::new(from.parse().unwrap(), 1);
        request.extensions_mut().insert(ConnectInfo(address));
        self.run(request).await
    }

    pub(crate) async fn post_as(
        &self,
        who: &Value,
        path: &str,
        body: &Value,
    ) -> (StatusCode, Value) {
        let mut request = request(path, "application/json", body.to_string());
        let bearer = format!("Bearer {}", who["accessToken"].as_str().unwrap());
        request
            .headers_mut()
            .insert("authorization", bearer.parse().unwrap());
        self.run(request).await
    }

    pub(crate) async fn send(&self, path: &str, kind: &str, body: String) -> (StatusCode, Value) {
        self.run(request(path, kind, body)).await
    }

    async fn run(&self, request: Request<Body>) -> (StatusCode, Value) {
        let response = self.router.clone().oneshot(request).await.unwrap();
        let status = response.status();
        assert_eq!(response.headers()["cache-control"], "no-store");
        let bytes = to_bytes(response.into_body(), 1 << 20).await.unwrap();
        (status, serde_json::from_slice(&bytes).unwrap_or_default())
    }
}

fn request(path: &str, kind: &str, body: String) -> Request<Body> {
    let request = Request::post(path).header("content-type", kind);
    request.body(Body::from(body)).unwrap()
}
