//! What is left on the disk of rows that are gone, and how does it go, too?
//!
//! A deleted or changed row stays in its table's file until something else is written there, and
//! in the write-ahead log until that is removed. Rewriting the tables and forcing a checkpoint
//! takes both away. The log itself is left out: nothing in it is ever changed or deleted.

use std::time::Duration;

use sqlx::{Connection, Executor, PgConnection};

use super::connect::{Database, DatabaseError};
use super::roles::OWNER;

/// Tables that only grow: rewriting them would take long, and nothing goes away in them.
const ONLY_GROW: &[&str] = &["events", "commands", "audit_tiles", "audit_checkpoints"];
/// How long a table's lock is waited for: who works with it goes first.
const PATIENCE: Duration = Duration::from_secs(10);

/// What was scrubbed.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Scrubbed {
    /// Tables that were rewritten.
    pub rewritten: Vec<String>,
    /// Tables that somebody worked with all the time.
    pub busy: Vec<String>,
    /// Whether the server's log of writes was cut off behind it; who is no superuser may not.
    pub is_log_cut: bool,
}

impl Database {
    /// Rewrites every table but the log, so that nothing is left in their files of rows that are
    /// gone, and has the server begin a new file of its write-ahead log and let go of the old ones.
    /// Each table is locked for as long as its own rewriting takes. Safe to repeat.
    ///
    /// # Errors
    /// When the database is away or too old.
    pub async fn scrub(&self) -> Result<Scrubbed, DatabaseError> {
        let mut admin = self.connect_as_administrator().await?;
        let tables: Vec<String> = sqlx::query_scalar(
            "select format('%I.%I', schemaname, tablename) from pg_tables \
             where schemaname in ('daybook', 'keys') and tablename <> all ($1) order by 1",
        )
        .bind(ONLY_GROW)
        .fetch_all(&mut admin)
        .await?;
        let wait = format!("set lock_timeout = {}", PATIENCE.as_millis());
        admin.execute(wait.as_str()).await?;
        let is_superuser = is_superuser(&mut admin).await?;
        if !is_superuser {
            // Vacuum is for owners.
            admin.execute(format!("set role {OWNER}").as_str()).await?;
        }
        let mut scrubbed = Scrubbed::default();
        for table in tables {
            // What the statistics hold of the values is taken anew as well.
            let rewrite = format!("vacuum (full, analyze) {table}");
            match admin.execute(rewrite.as_str()).await {
                Ok(_) => scrubbed.rewritten.push(table),
                Err(error) if is_locked(&error) => scrubbed.busy.push(table),
                Err(error) => return Err(error.into()),
            }
        }
        if is_superuser {
            // Twice: the first one may still need what was written before it.
            for statement in ["checkpoint", "select pg_switch_wal()", "checkpoint"] {
                admin.execute(statement).await?;
            }
            scrubbed.is_log_cut = true;
        }
        admin.close().await?;
        Ok(scrubbed)
    }
}

async fn is_superuser(admin: &mut PgConnection) -> Result<bool, sqlx::Error> {
    sqlx::query_scalar("select rolsuper from pg_roles where rolname = current_user")
        .fetch_one(admin)
        .await
}

/// Somebody else held the lock for too long.
fn is_locked(error: &sqlx::Error) -> bool {
    let code = error.as_database_error().and_then(|error| error.code());
    code.as_deref() == Some("55P03")
}
