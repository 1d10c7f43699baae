//! A database to work with, whoever looks after its server.

use daybook_postgres::{Cluster, Options, Surroundings};
use daybook_store::Database;
use secrecy::ExposeSecret;
use tokio::task;
use tokio_util::sync::CancellationToken;

use super::keeper::Keeper;
use crate::config::Config;
use crate::console::Console;
use crate::failure::Failure;

/// The database on a private server.
const NAME: &str = "daybook";

/// A database, and the private server under it if there is one.
#[derive(Debug)]
pub struct Provided {
    database: Database,
    keeper: Option<Keeper>,
}

/// Finds the database that the configuration names, or a private one: attached to where it runs,
/// else started, fetched and made as far as needed.
///
/// # Errors
/// When there is none to be had; the text says what to do.
pub async fn provide(config: &Config, console: &Console) -> Result<Provided, Failure> {
    if let Some(url) = &config.database.url {
        let database = Database::from_url(url.expose_secret())?;
        let step = format!("connecting to PostgreSQL at {}", database.at());
        let version = console.during(&step, database.server_version()).await?;
        console.step(format!("using PostgreSQL {version} at {}", database.at()));
        return Ok(Provided {
            database,
            keeper: None,
        });
    }
    let (options, report) = (postgres_options(config), console.clone());
    let start = move || Cluster::attach_or_start(options, &|step| report.step(step));
    let cluster = task::spawn_blocking(start).await;
    let cluster = cluster.map_err(|error| Failure::failed(error.to_string()))??;
    let database = Database::from_url(&cluster.socket_url(NAME))?;
    // Held from here on: whatever fails, the server is left as it should be.
    let provided = Provided {
        database,
        keeper: Some(Keeper::start(cluster)?),
    };
    let made = provided.database.create_where_missing();
    match console.during("making the database", made).await {
        Ok(true) => console.step(format!("made the database {NAME}")),
        Ok(false) => {}
        Err(error) => {
            provided.leave().await?;
            return Err(error.into());
        }
    }
    Ok(provided)
}

/// How the private server is found and made.
pub(crate) fn postgres_options(config: &Config) -> Options {
    let database = &config.database;
    let mut surroundings = Surroundings::of_this_machine(database.path.clone());
    surroundings.binaries.clone_from(&database.binaries);
    if !database.fetch {
        surroundings.clients.clear();
    }
    Options::new(config.data.postgres(), surroundings)
}

impl Provided {
    /// The database.
    pub fn database(&self) -> &Database {
        &self.database
    }

    /// Whether its server is a private one.
    pub fn is_private(&self) -> bool {
        self.keeper.is_some()
    }

    /// Cancelled when a private server had to move to another port, so that this process cannot go
    /// on.
    pub fn moved(&self) -> CancellationToken {
        let keeper = self.keeper.as_ref();
        keeper.map(Keeper::moved).unwrap_or_default()
    }

    /// Stops using it. A private server is stopped unless others use it.
    ///
    /// # Errors
    /// When it does not stop.
    pub async fn leave(self) -> Result<(), Failure> {
        let Some(keeper) = self.keeper else {
            return Ok(());
        };
        let left = task::spawn_blocking(|| keeper.leave()).await;
        left.map_err(|error| Failure::failed(error.to_string()))?
            .map(drop)
    }
}
