//! A Daybook inside of the test's own process, on the shared server.

use std::collections::BTreeMap;
use std::ffi::OsString;
use std::path::PathBuf;
use std::sync::Mutex;
use std::sync::atomic::{AtomicU32, Ordering};

use daybook::app::{App, Duty, Start};
use daybook::console::Console;
use daybook::signal::Ending;
use daybook::{Config, clock, http};
use daybook_postgres::testing;
use daybook_store::Database;

/// A database of its own for one test.
pub(crate) async fn database() -> String {
    static NEXT: AtomicU32 = AtomicU32::new(0);
    let number = NEXT.fetch_add(1, Ordering::Relaxed);
    let url = testing::shared().url(&format!("daybook_{}_{number}", std::process::id()));
    let database = Database::from_url(&url).unwrap();
    assert!(database.create_where_missing().await.unwrap());
    url
}

/// The settings of a test, on that database.
pub(crate) fn config(url: &str, pairs: &[(&str, &str)]) -> Config {
    let mut variables: BTreeMap<String, OsString> = pairs
        .iter()
        .map(|(name, value)| ((*name).to_owned(), OsString::from(*value)))
        .collect();
    variables.insert("DATABASE_URL".to_owned(), url.into());
    variables.insert("DAYBOOK_DATA".to_owned(), data_of(url).into());
    let listen = variables.entry("DAYBOOK_LISTEN".to_owned());
    listen.or_insert_with(|| "127.0.0.1:0".into());
    Config::read(None, variables).unwrap()
}

/// The data directory that goes with a database, among what the build may throw away.
fn data_of(url: &str) -> PathBuf {
    static DIRECTORIES: Mutex<BTreeMap<String, PathBuf>> = Mutex::new(BTreeMap::new());
    let mut directories = DIRECTORIES.lock().unwrap();
    let make = || {
        let made = tempfile::tempdir_in(env!("CARGO_TARGET_TMPDIR"));
        made.unwrap().keep()
    };
    directories
        .entry(url.to_owned())
        .or_insert_with(make)
        .clone()
}

/// Everything in this process.
pub(crate) async fn start(config: Config) -> App {
    start_at(config, clock::system).await
}

/// The same, by another clock.
pub(crate) async fn start_at(config: Config, clock: clock::Clock) -> App {
    let bound = http::bind(&config.listen.addresses).unwrap();
    let start = Start {
        config,
        duty: Duty::Everything,
        clock,
        console: Console::quiet(),
        bound: Some(bound),
    };
    App::start(start).await.unwrap()
}

/// Stops it.
pub(crate) async fn stop(app: App) {
    app.stop(&Ending::default()).await.unwrap();
}
