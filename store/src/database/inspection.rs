//! Is the server set up so that what it acknowledged stays, and is the log whole?

use chrono::{DateTime, Utc};
use sqlx::Connection;

use super::connect::{Database, DatabaseError};
use super::roles::Role;

/// The newest events that are counted: enough to see damage, few enough for any size of log.
const COUNTED: i64 = 100_000;

/// How a server is set up.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ServerInspection {
    /// The settings on which durability rests and their values: `fsync`, `full_page_writes`,
    /// `synchronous_commit`. Each ought to be `on`.
    pub durability: Vec<(String, String)>,
    /// Connections that it accepts.
    pub max_connections: i64,
    /// What time it is there.
    pub clock: DateTime<Utc>,
    /// Bytes of the database.
    pub size: i64,
}

/// What the log says of itself.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct LogInspection {
    /// The position its head names.
    pub head: i64,
    /// The position of its last event; 0 when it is empty.
    pub last: i64,
    /// How many of the newest positions were counted.
    pub counted: i64,
    /// How many events are there.
    pub found: i64,
}

impl LogInspection {
    /// Whether the head is where the events end, and none of the newest is missing.
    pub fn is_whole(&self) -> bool {
        self.head == self.last && self.counted == self.found
    }
}

impl Database {
    /// Whether the database keeps keys under a master key, so that a new one would be of no use.
    ///
    /// # Errors
    /// When the database is away.
    pub async fn keeps_keys(&self) -> Result<bool, DatabaseError> {
        let mut admin = self.connect_as_administrator().await?;
        for table in ["keys.signing_keys", "keys.masters"] {
            let is_there: bool = sqlx::query_scalar("select to_regclass($1) is not null")
                .bind(table)
                .fetch_one(&mut admin)
                .await?;
            if !is_there {
                continue;
            }
            let has: bool = sqlx::query_scalar(&format!("select exists (select from {table})"))
                .fetch_one(&mut admin)
                .await?;
            if has {
                return Ok(true);
            }
        }
        Ok(false)
    }

    /// Asks the server how it is set up.
    ///
    /// # Errors
    /// When it is away or too old.
    pub async fn inspect_server(&self) -> Result<ServerInspection, DatabaseError> {
        let mut admin = self.connect_as_administrator().await?;
        let durability = sqlx::query_as(
            "select name, setting from pg_settings \
             where name in ('fsync', 'full_page_writes', 'synchronous_commit') order by name",
        )
        .fetch_all(&mut admin)
        .await?;
        let (max_connections, clock, size) = sqlx::query_as(
            "select current_setting('max_connections')::bigint, clock_timestamp(), \
               pg_database_size(current_database())",
        )
        .fetch_one(&mut admin)
        .await?;
        admin.close().await?;
        Ok(ServerInspection {
            durability,
            max_connections,
            clock,
            size,
        })
    }

    /// Looks at the head of the log and counts its newest events.
    ///
    /// # Errors
    /// When the database is away or not migrated.
    pub async fn inspect_log(&self) -> Result<LogInspection, DatabaseError> {
        self.count_newest(COUNTED).await
    }

    /// Looks at the head of the log and counts all its events, which takes a while.
    ///
    /// # Errors
    /// When the database is away or not migrated.
    pub async fn inspect_whole_log(&self) -> Result<LogInspection, DatabaseError> {
        self.count_newest(i64::MAX).await
    }

    async fn count_newest(&self, most: i64) -> Result<LogInspection, DatabaseError> {
        let mut log = self.connect_as(Role::Log).await?;
        // One statement, one snapshot: whoever appends meanwhile is not seen by half.
        let (head, last, found) = sqlx::query_as(
            "select h.log_position, \
               coalesce((select max(e.log_position) from daybook.events e), 0), \
               (select count(*) from daybook.events e where e.log_position > h.log_position - $1) \
             from daybook.log_head h",
        )
        .bind(most)
        .fetch_one(&mut log)
        .await?;
        log.close().await?;
        Ok(LogInspection {
            head,
            last,
            counted: head.min(most),
            found,
        })
    }
}
