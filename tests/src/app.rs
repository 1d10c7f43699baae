//! A Daybook inside of the test's own process.

use std::collections::BTreeMap;
use std::ffi::OsString;
use std::path::Path;
use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use daybook::app::{App, Duty, Start};
use daybook::console::Console;
use daybook::signal::Ending;
use daybook::{Config, http};
use daybook_postgres::testing;
use daybook_projections::engine::Positions;
use daybook_store::{Database, Store};
use tempfile::TempDir;
use tokio::sync::OnceCell;

use crate::client::Client;
use crate::clock::MovableClock;

/// How an app is to be started.
#[derive(Debug)]
pub struct Setup {
    /// Which part of the work it does.
    pub duty: Duty,
    /// Its database; none makes a new one.
    pub database: Option<String>,
    /// Where its files are; none makes a new directory.
    pub data: Option<Arc<TempDir>>,
    /// Settings, as in the environment.
    pub variables: Vec<(&'static str, String)>,
}

/// A running app.
#[derive(Debug)]
pub struct TestApp {
    // Shared between tests, which it is not made for; nobody waits for the lock.
    app: Mutex<App>,
    store: Store,
    /// Where it is reached, without a slash at the end.
    pub base: String,
    /// Where its log is.
    pub database: String,
    /// Where its files are.
    pub data: Arc<TempDir>,
    /// Its clock.
    pub clock: MovableClock,
}

/// A database of its own, empty, on the server that all tests of this process share.
pub async fn database() -> String {
    static NEXT: AtomicU32 = AtomicU32::new(0);
    let number = NEXT.fetch_add(1, Ordering::Relaxed);
    let url = testing::shared().socket_url(&format!("system_{}_{number}", std::process::id()));
    let database = Database::from_url(&url).unwrap();
    assert!(database.create_where_missing().await.unwrap());
    url
}

/// The app that tests share which do not care what else happens in it.
pub async fn shared() -> &'static TestApp {
    static SHARED: OnceCell<TestApp> = OnceCell::const_new();
    SHARED.get_or_init(TestApp::start).await
}

impl Default for Setup {
    /// Everything, on a new database, with room for a test's requests.
    fn default() -> Self {
        Self {
            duty: Duty::Everything,
            database: None,
            data: None,
            variables: vec![("DAYBOOK_LIMIT_REQUESTS_PER_MINUTE", "1000000".to_owned())],
        }
    }
}

impl Setup {
    /// One that answers on a database whose log nobody reads: no read model moves, nothing is sealed.
    pub async fn answering_alone() -> Self {
        let url = database().await;
        Database::from_url(&url).unwrap().migrate().await.unwrap();
        Self {
            duty: Duty::Api,
            database: Some(url),
            ..Self::default()
        }
    }

    /// With another setting.
    #[must_use]
    pub fn with(mut self, variable: &'static str, value: &str) -> Self {
        self.variables.retain(|(name, _)| *name != variable);
        self.variables.push((variable, value.to_owned()));
        self
    }

    /// Starts it.
    pub async fn start(self) -> TestApp {
        let database = match self.database {
            Some(url) => url,
            None => database().await,
        };
        let clock = MovableClock::take();
        let data = self.data;
        let data = data.unwrap_or_else(|| Arc::new(tempfile::tempdir().unwrap()));
        let config = config(&database, data.path(), &self.variables);
        let start = Start {
            bound: Some(http::bind(&config.listen.addresses).unwrap()),
            config,
            duty: self.duty,
            clock: clock.function(),
            console: Console::quiet(),
        };
        let app = App::start(start).await.unwrap();
        let base = app.url().unwrap().as_str().trim_end_matches('/').to_owned();
        TestApp {
            store: app.store().clone(),
            app: Mutex::new(app),
            base,
            database,
            data,
            clock,
        }
    }
}

impl TestApp {
    /// Everything, on a new database.
    pub async fn start() -> Self {
        Setup::default().start().await
    }

    /// Another node on the same database.
    pub async fn join(&self, duty: Duty) -> Self {
        let setup = Setup {
            duty,
            database: Some(self.database.clone()),
            data: Some(self.data.clone()),
            ..Setup::default()
        };
        setup.start().await
    }

    /// Its log.
    pub fn store(&self) -> &Store {
        &self.store
    }

    /// Waits until the read models have read everything, however much that is.
    pub async fn caught_up(&self) {
        let projections = daybook_projections::all();
        let positions = Positions::new(&self.store, &projections);
        let names: Vec<&str> = projections.iter().map(|it| it.name()).collect();
        let head = self.store.tail().head();
        let limit = Duration::from_secs(3_600);
        positions.wait(&names, head, limit).await.unwrap();
    }

    /// A client with this access token or API key.
    pub fn client(&self, secret: &str) -> Client {
        Client::new(&self.base, Some(secret))
    }

    /// A client without credentials.
    pub fn stranger(&self) -> Client {
        Client::new(&self.base, None)
    }

    /// Stops it, in an orderly way.
    pub async fn stop(self) {
        let app = self.app.into_inner().unwrap();
        app.stop(&Ending::default()).await.unwrap();
    }
}

fn config(database: &str, data: &Path, variables: &[(&'static str, String)]) -> Config {
    let mut all: BTreeMap<String, OsString> = BTreeMap::new();
    all.insert("DATABASE_URL".to_owned(), database.into());
    all.insert("DAYBOOK_DATA".to_owned(), data.into());
    all.insert("DAYBOOK_LISTEN".to_owned(), "127.0.0.1:0".into());
    let given = variables.iter();
    all.extend(given.map(|(name, value)| ((*name).to_owned(), OsString::from(value))));
    Config::read(None, all).unwrap()
}
