//! A server on a port and a database of its own.

use std::net::{IpAddr, SocketAddr};
use std::num::NonZeroU32;
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::Duration;

use chrono::{DateTime, Utc};
use daybook_api::api::{Api, ApiOptions};
use daybook_api::engine::Settings;
use daybook_api::router::{Served, serve};
use daybook_postgres::testing::shared;
use daybook_projections::engine::{Positions, Projector};
use daybook_store::reader::ReaderState;
use daybook_store::vault::MasterKey;
use daybook_store::{Database, Store, StoreOptions};
use reqwest::header::CONTENT_TYPE;
use serde_json::Value;
use tokio::net::TcpListener;
use tokio::task::JoinSet;
use tokio_util::sync::CancellationToken;

use super::caller::command_id;
use super::clock::{Moved, system};
use super::dns::Dns;
use super::reply::Reply;

/// The public address, which is not the one that is bound: as behind a proxy.
pub(crate) const PUBLIC: &str = "https://api.example.com";
/// An origin that is listed.
pub(crate) const LISTED: &str = "https://app.example.com";

pub(crate) struct World {
    pub(crate) addr: SocketAddr,
    pub(crate) store: Store,
    dns: Arc<Dns>,
    http: reqwest::Client,
    stop: CancellationToken,
    _tasks: JoinSet<()>,
}

impl World {
    pub(crate) async fn new() -> Self {
        Self::by(system).await
    }

    /// One whose clock the test moves.
    pub(crate) async fn at(clock: Moved) -> Self {
        Self::by(clock.read).await
    }

    async fn by(clock: fn() -> DateTime<Utc>) -> Self {
        let store = store(clock).await;
        let (stop, mut tasks) = (CancellationToken::new(), JoinSet::new());
        let projections = daybook_projections::all();
        let positions = Positions::new(&store, &projections);
        let projector = Projector {
            store: store.clone(),
            projections,
            positions: positions.clone(),
            holder: command_id(),
            clock,
        };
        tasks.spawn(projector.run(stop.clone()));
        let dns = Arc::new(Dns::default());
        let options = ApiOptions {
            public_url: PUBLIC.to_owned(),
            development: false,
            origins: vec![LISTED.to_owned()],
            hashes_at_once: 2,
            requests_per_minute: NonZeroU32::new(100_000),
            patience: Duration::from_secs(5),
            exports: std::env::temp_dir(),
            txt: dns.clone(),
            clock,
        };
        let settings = Settings {
            origins: options.origins.clone(),
            ..Settings::default()
        };
        let api = Api::new(store.clone(), positions, options).unwrap();
        let Served { router, rights, .. } = serve(&api, settings, stop.clone());
        tasks.spawn(rights);
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let addr = listener.local_addr().unwrap();
        let service = router.into_make_service_with_connect_info::<SocketAddr>();
        tasks.spawn(async move { axum::serve(listener, service).await.unwrap() });
        at_work(&store).await;
        Self {
            addr,
            store,
            dns,
            http: client(IpAddr::from([127, 0, 0, 1])),
            stop,
            _tasks: tasks,
        }
    }

    /// A POST of JSON.
    pub(crate) fn post(&self, path: &str, body: &Value) -> reqwest::RequestBuilder {
        let request = self.http.post(format!("http://{}{path}", self.addr));
        request
            .header(CONTENT_TYPE, "application/json")
            .body(body.to_string())
    }

    /// The answer to a POST without credentials.
    pub(crate) async fn rest(&self, path: &str, body: &Value) -> Reply {
        Reply::to(self.post(path, body)).await
    }

    /// The same from another address of this machine.
    pub(crate) async fn rest_from(&self, from: [u8; 4], path: &str, body: &Value) -> Reply {
        let request = client(IpAddr::from(from)).post(format!("http://{}{path}", self.addr));
        let request = request.header(CONTENT_TYPE, "application/json");
        Reply::to(request.body(body.to_string())).await
    }

    /// From now on the DNS says so of a name; before, it does not answer.
    pub(crate) fn dns_says(&self, name: &str, records: &[&str]) {
        self.dns.say(name, records);
    }

    /// The mails to an address, newest first: subject and text.
    pub(crate) async fn mails(&self, email: &str) -> Vec<(String, String)> {
        let mails = self.store.outbox().newest(Some(email), 50).await.unwrap();
        let shown = mails.into_iter().map(|kept| kept.mail);
        shown.map(|mail| (mail.subject, mail.text)).collect()
    }

    /// The token in the last mail to an address that has one.
    pub(crate) async fn mailed_token(&self, email: &str) -> String {
        let mails = self.mails(email).await;
        let mut tokens = mails.iter().filter_map(|(_, text)| {
            text.lines()
                .find_map(|line| line.strip_prefix("Token: "))
                .map(str::to_owned)
        });
        tokens.next().unwrap()
    }
}

impl Drop for World {
    fn drop(&mut self) {
        self.stop.cancel();
    }
}

/// Waits for what a test cannot be told of.
pub(crate) async fn until<F: Future<Output = bool>>(what: &str, holds: impl Fn() -> F) {
    let waiting = async {
        while !holds().await {
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
    };
    let waited = tokio::time::timeout(Duration::from_secs(20), waiting).await;
    assert!(waited.is_ok(), "never: {what}");
}

async fn store(clock: fn() -> DateTime<Utc>) -> Store {
    static NEXT: AtomicU32 = AtomicU32::new(1);
    let number = NEXT.fetch_add(1, Ordering::Relaxed);
    let name = format!("contexts_{}_{number}", std::process::id());
    let database = Database::from_url(&shared().url(&name)).unwrap();
    assert!(database.create_where_missing().await.unwrap());
    database.migrate().await.unwrap();
    let options = StoreOptions {
        connections: 10,
        queue: 1_024,
        cached: 1_000,
        clock,
        master: MasterKey::new([7; 32]),
    };
    Store::open(&database, options).await.unwrap()
}

/// Until every read model is followed: mutations wait for them.
async fn at_work(store: &Store) {
    let all = daybook_projections::all().len();
    until("every read model is followed", || async {
        let readers = store.readers().await.unwrap();
        let live = readers.iter().filter(|it| it.state == ReaderState::Live);
        live.filter(|it| it.at_work).count() == all
    })
    .await;
}

fn client(from: IpAddr) -> reqwest::Client {
    let builder = reqwest::Client::builder().local_address(from);
    builder.no_proxy().build().unwrap()
}
