//! Connections: as the administrator for set-up, as one of the five login roles for work.

use std::net::IpAddr;
use std::str::FromStr;
use std::time::Duration;

use percent_encoding::percent_decode_str;
use sha2::{Digest, Sha256};
use sqlx::postgres::{PgConnectOptions, PgPoolOptions};
use sqlx::{ConnectOptions, Connection, PgConnection, PgPool};
use thiserror::Error;
use tracing::log::LevelFilter;
use url::Url;

use super::roles::Role;

/// The oldest server that has what Daybook uses (`security_invoker` views, builtin fixes).
const OLDEST_SERVER: i32 = 150_000;

/// The database could not be used.
#[derive(Debug, Error)]
pub enum DatabaseError {
    /// The URL does not parse.
    #[error("the database URL is not valid: {0}; expected postgres://user:password@host:port/name")]
    Url(String),
    /// Nobody answers, or the server turns us away.
    #[error("cannot connect to PostgreSQL at {at}: {reason}")]
    Unreachable {
        /// `host:port/database`, without the password.
        at: String,
        /// What the server or the network said.
        reason: String,
    },
    /// An old server.
    #[error("PostgreSQL {found} is too old; Daybook needs version 15 or newer")]
    TooOld {
        /// What the server says it is.
        found: String,
    },
    /// The administrator may not do what setting a database up takes.
    #[error(
        "the database's user may not set it up ({0}); it has to be allowed to create roles \
         (createrole) and to create in the database"
    )]
    Rights(String),
    /// The server turns our login roles away.
    #[error(
        "the server turns Daybook's roles away ({0}); their passwords follow from the one in \
         DATABASE_URL, and that is another one since they were set"
    )]
    Roles(String),
    /// A later version of this program was here.
    #[error(
        "the database was brought to schema {found} by a newer Daybook; this one knows {known}"
    )]
    Newer {
        /// The last migration that was applied.
        found: i64,
        /// The last one that this program has.
        known: i64,
    },
    /// The schema is not one this binary can work with.
    #[error("the database's schema cannot be used: {0}")]
    Schema(String),
    /// A statement failed.
    #[error("the database refused: {0}")]
    Sql(#[from] sqlx::Error),
}

/// A database and the administrator's way into it.
#[derive(Clone)]
pub struct Database {
    options: PgConnectOptions,
    password: String,
    at: String,
}

impl std::fmt::Debug for Database {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Database")
            .field("at", &self.at)
            .finish_non_exhaustive()
    }
}

impl Database {
    /// Reads a `postgres://` URL. Nothing is connected yet.
    ///
    /// # Errors
    /// When it is not such a URL.
    pub fn from_url(text: &str) -> Result<Self, DatabaseError> {
        let url = Url::parse(text).map_err(|e| DatabaseError::Url(e.to_string()))?;
        if !matches!(url.scheme(), "postgres" | "postgresql") {
            return Err(DatabaseError::Url(format!("scheme {:?}", url.scheme())));
        }
        let options =
            PgConnectOptions::from_str(text).map_err(|e| DatabaseError::Url(e.to_string()))?;
        let at = place_of(&url, &options);
        let password = password_of(&options);
        let options = options
            .application_name("daybook")
            .options([("search_path", "daybook")])
            .log_statements(LevelFilter::Trace);
        Ok(Self {
            options,
            password,
            at,
        })
    }

    /// `host:port/database`, for people; also where a parameter `host` names a socket.
    pub fn at(&self) -> &str {
        &self.at
    }

    /// Whether the server runs on this machine, as far as its address tells: it is reached through a
    /// socket's file or the loopback address.
    pub fn is_on_this_machine(&self) -> bool {
        let host = self.options.get_host();
        let loops_back = |address: IpAddr| address.is_loopback();
        self.options.get_socket().is_some()
            || host.starts_with('/')
            || host == "localhost"
            || host.trim_matches(['[', ']']).parse().is_ok_and(loops_back)
    }

    /// The server's version, as it calls itself.
    ///
    /// # Errors
    /// When it is away or older than version 15.
    pub async fn server_version(&self) -> Result<String, DatabaseError> {
        let mut connection = self.connect_as_administrator().await?;
        let version = sqlx::query_scalar("show server_version")
            .fetch_one(&mut connection)
            .await?;
        connection.close().await?;
        Ok(version)
    }

    pub(crate) fn administrator(&self) -> &PgConnectOptions {
        &self.options
    }

    pub(crate) fn unreachable(&self, reason: &impl std::fmt::Display) -> DatabaseError {
        DatabaseError::Unreachable {
            at: self.at.clone(),
            reason: reason.to_string(),
        }
    }

    /// A secret that only who knows the administrator's password can compute: the same on every
    /// node with the same `DATABASE_URL`, another one for each purpose. `None`: the URL has no password.
    pub fn installation_secret(&self, purpose: &str) -> Option<String> {
        if self.password.is_empty() {
            return None;
        }
        let mut hash = Sha256::new();
        for part in ["daybook installation secret v1", purpose, &self.password] {
            hash.update(part);
            hash.update([0]);
        }
        Some(hex::encode(hash.finalize()))
    }

    pub(crate) fn administrator_password(&self) -> &str {
        &self.password
    }

    pub(crate) async fn connect_as_administrator(&self) -> Result<PgConnection, DatabaseError> {
        // Migrations and the rewriting of tables take the time they take, and what they find there
        // already is no news.
        let options = self
            .options
            .clone()
            .options([("client_min_messages", "warning")])
            .log_slow_statements(LevelFilter::Off, Duration::ZERO);
        let mut connection = self.connect(&options).await?;
        let (number, name): (i32, String) = sqlx::query_as(
            "select current_setting('server_version_num')::int, current_setting('server_version')",
        )
        .fetch_one(&mut connection)
        .await?;
        if number < OLDEST_SERVER {
            return Err(DatabaseError::TooOld { found: name });
        }
        Ok(connection)
    }

    pub(crate) async fn connect_as(&self, role: Role) -> Result<PgConnection, DatabaseError> {
        self.connect(&self.options_of(role)).await
    }

    /// A pool under one of the login roles; connections are made as they are needed.
    pub(crate) fn pool(&self, role: Role, most: u32) -> PgPool {
        pooled(self.options_of(role), most)
    }

    fn options_of(&self, role: Role) -> PgConnectOptions {
        let options = self.options.clone().username(role.name());
        match role.password(&self.password) {
            Some(password) => options.password(&password),
            None => options,
        }
    }

    async fn connect(&self, options: &PgConnectOptions) -> Result<PgConnection, DatabaseError> {
        match tokio::time::timeout(Duration::from_secs(10), options.connect()).await {
            Ok(Ok(connection)) => Ok(connection),
            Ok(Err(error)) if self.password.is_empty() && is_turned_away(&error) => {
                let who = options.get_username();
                let reason = "it lacks a password, from which Daybook's roles get theirs";
                let reason = format!("{reason}, and the server turns {who} away ({error})");
                Err(DatabaseError::Url(reason))
            }
            Ok(Err(error))
                if is_turned_away(&error) && Role::named(options.get_username()).is_some() =>
            {
                Err(DatabaseError::Roles(error.to_string()))
            }
            Ok(Err(error)) => Err(self.unreachable(&error)),
            Err(_) => Err(self.unreachable(&"no answer within 10 seconds")),
        }
    }
}

/// Where it is, as it is dialled: what the URL leaves out is taken from `PGHOST`, `PGPORT` and `PGDATABASE`.
/// A socket has the name of the host beside it.
fn place_of(url: &Url, options: &PgConnectOptions) -> String {
    let host = match options.get_socket() {
        Some(_) => url.host_str().unwrap_or("localhost"),
        None => options.get_host(),
    };
    let database = options.get_database().unwrap_or(options.get_username());
    format!("{host}:{}/{database}", options.get_port())
}

/// The administrator's password, wherever the driver has it from: the URL, `PGPASSWORD` or `.pgpass`.
fn password_of(options: &PgConnectOptions) -> String {
    let found = options.to_url_lossy();
    let password = percent_decode_str(found.password().unwrap_or_default());
    password.decode_utf8_lossy().into_owned()
}

/// Whether the server did not believe us who we are: SQLSTATE class 28.
fn is_turned_away(error: &sqlx::Error) -> bool {
    let code = error.as_database_error().and_then(|it| it.code());
    code.is_some_and(|code| code.starts_with("28"))
}

fn pooled(options: PgConnectOptions, most: u32) -> PgPool {
    PgPoolOptions::new()
        .max_connections(most)
        .min_connections(0)
        .acquire_timeout(Duration::from_secs(5))
        .idle_timeout(Duration::from_mins(5))
        .test_before_acquire(false)
        .connect_lazy_with(options)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn is_named_as_people_name_it() {
        for (url, at) in [
            ("postgres://localhost/books", "localhost:5432/books"),
            (
                "postgres://u:p@10.0.0.1:6000/my%5Fbooks?x",
                "10.0.0.1:6000/my_books",
            ),
            (
                "postgres://u:p@name:6000/books?host=/tmp&port=7000",
                "name:7000/books",
            ),
            (
                "postgres://u@10.0.0.1/a?host=10.0.0.2&dbname=b",
                "10.0.0.2:5432/b",
            ),
        ] {
            assert_eq!(Database::from_url(url).unwrap().at(), at);
        }
    }

    #[test]
    fn knows_the_password_that_the_driver_sends() {
        for (url, password) in [
            ("postgres://u:p%40ss%2Fword@h/d", "p@ss/word"),
            ("postgres://u@h/d?password=p%40ss", "p@ss"),
        ] {
            assert_eq!(Database::from_url(url).unwrap().password, password);
        }
    }
}
