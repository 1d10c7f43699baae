//! How many connections does a process use, and for what?
//!
//! Each role has a pool of its own, so that a statement never runs with rights it was not meant to
//! have. Requests and readers share a role and no pool: neither takes the other's connections away,
//! however many requests wait.

use std::time::Duration;

use sqlx::PgPool;
use tokio::time::{sleep, timeout};

use crate::database::{Database, Role};

/// How long a connection that is on its way back may take.
const PATIENCE: Duration = Duration::from_secs(5);
/// Between two looks whether they are all back.
const LOOK: Duration = Duration::from_millis(2);
/// Connections of those who follow the log and build read models: a few of them work at a time.
const BACKGROUND: u32 = 10;
const LOG: u32 = 6;
const DISPATCH: u32 = 4;
const SEAL: u32 = 3;
const KEYS: u32 = 4;

/// Connections a process may have besides those for requests: the other pools, the writer, the listener.
pub const CONNECTIONS_BESIDE_REQUESTS: u32 = BACKGROUND + LOG + DISPATCH + SEAL + KEYS + 2;

/// The pools of a process but that of the keys. Connections are made as they are needed.
#[derive(Debug)]
pub(crate) struct Pools {
    /// For requests.
    pub(crate) app: PgPool,
    /// The same rights, for whatever nobody waits for.
    pub(crate) background: PgPool,
    pub(crate) log: PgPool,
    pub(crate) dispatch: PgPool,
    pub(crate) seal: PgPool,
}

impl Pools {
    /// With so many connections for requests at most.
    pub(crate) fn new(database: &Database, requests: u32) -> Self {
        Self {
            app: database.pool(Role::App, requests),
            background: database.pool(Role::App, BACKGROUND),
            log: database.pool(Role::Log, LOG),
            dispatch: database.pool(Role::Dispatch, DISPATCH),
            seal: database.pool(Role::Seal, SEAL),
        }
    }

    /// The one of the keys, which is theirs alone.
    pub(crate) fn of_keys(database: &Database) -> PgPool {
        database.pool(Role::Keys, KEYS)
    }

    /// Waits for what is under way and closes the connections.
    pub(crate) async fn close(&self) {
        let all = [
            &self.app,
            &self.background,
            &self.log,
            &self.dispatch,
            &self.seal,
        ];
        for pool in all {
            close(pool).await;
        }
    }
}

/// Closes a pool and waits until no connection of it is open. sqlx waits for none of those that are
/// on their way back while it closes others that are idle, and leaves them open.
pub(crate) async fn close(pool: &PgPool) {
    let all = async {
        pool.close().await;
        while pool.size() > 0 {
            sleep(LOOK).await;
            pool.close().await;
        }
    };
    if timeout(PATIENCE, all).await.is_err() {
        let open = pool.size();
        tracing::warn!(
            open,
            "connections to the database did not come back in time"
        );
    }
}
