//! What is left on the disk of rows that are gone, and how does it go, too?
//!
//! A deleted or changed row stays in its table's file until something else is written there, and
//! in the write-ahead log until that is removed. Rewriting the tables and forcing a checkpoint
//! takes both away. Who looks at the database as it was before keeps the rows of then: they are
//! waited for, and named if they stay. The log itself is left out: nothing in it is ever changed or
//! deleted.

use std::time::{Duration, Instant};

use chrono::{DateTime, Utc};
use sqlx::{Connection, Executor, PgConnection};

use super::connect::{Database, DatabaseError};
use super::roles::OWNER;

/// Tables that only grow: rewriting them would take long, and nothing goes away in them.
const ONLY_GROW: &[&str] = &["events", "commands", "audit_tiles", "audit_checkpoints"];
/// Where the planner keeps the commonest values of each column; nobody but a superuser rewrites it.
const STATISTICS: &str = "pg_catalog.pg_statistic";
/// How long each table is tried for, and those are waited for who look at how it was.
const PATIENCE: Duration = Duration::from_secs(10);
/// Between two looks at who looks, and two tries of a table.
const PAUSE: Duration = Duration::from_millis(200);
/// How long a table's lock is waited for in one try: everybody who comes later waits behind us.
const PATIENCE_IN_LINE: Duration = Duration::from_millis(250);

/// Which tables are scrubbed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Extent {
    /// All of them, for as long as it takes.
    Everything,
    /// Those of at most so many bytes with their indexes: they are locked briefly.
    UpTo(i64),
}

/// What was scrubbed.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Scrubbed {
    /// Tables that were rewritten.
    pub rewritten: Vec<String>,
    /// Tables that somebody worked with all the time.
    pub busy: Vec<String>,
    /// Tables that are larger than what was asked for.
    pub large: Vec<String>,
    /// Who went on seeing rows that are gone, so that those may still be there: a session and since
    /// when.
    pub onlookers: Vec<String>,
    /// Whether the server's log of writes was cut off behind it, and the planner's statistics made
    /// anew; who is no superuser may not.
    pub is_log_cut: bool,
}

impl Scrubbed {
    /// Whether nothing is left that could have been taken away.
    pub fn is_whole(&self) -> bool {
        self.large.is_empty() && !self.was_hindered()
    }

    /// Whether somebody stood in the way, so that it is worth another try.
    pub fn was_hindered(&self) -> bool {
        !self.busy.is_empty() || !self.onlookers.is_empty()
    }
}

impl Database {
    /// How many people were erased and forgotten everywhere, of all tenants.
    ///
    /// # Errors
    /// When the database is away or too old.
    pub async fn erased_people(&self) -> Result<i64, DatabaseError> {
        let mut admin = self.connect_as_administrator().await?;
        let people = sqlx::query_scalar(
            "select count(distinct (tenant_id, id)) from daybook.privacy_data_subjects \
             where status = 'erased'",
        )
        .fetch_one(&mut admin)
        .await?;
        admin.close().await?;
        Ok(people)
    }

    /// Rewrites every table but the log, so that nothing is left in their files of rows that are
    /// gone, and has the server begin a new file of its write-ahead log and let go of the old ones.
    /// Each table is locked for as long as its own rewriting takes; `told` is called with its name
    /// before. Safe to interrupt and to repeat.
    ///
    /// # Errors
    /// When the database is away or too old.
    pub async fn scrub(
        &self,
        extent: Extent,
        told: impl Fn(&str),
    ) -> Result<Scrubbed, DatabaseError> {
        let mut admin = self.connect_as_administrator().await?;
        let (mut tables, large) = tables(&mut admin, extent).await?;
        let is_superuser = is_superuser(&mut admin).await?;
        let mut scrubbed = Scrubbed {
            large,
            onlookers: wait_for_onlookers(&mut admin).await?,
            is_log_cut: is_superuser,
            ..Scrubbed::default()
        };
        let wait = format!("set lock_timeout = {}", PATIENCE_IN_LINE.as_millis());
        admin.execute(wait.as_str()).await?;
        if is_superuser {
            // Last: each rewriting before leaves another row of the values that were.
            tables.push(STATISTICS.to_owned());
        } else {
            // Vacuum is for owners.
            admin.execute(format!("set role {OWNER}").as_str()).await?;
        }
        for table in tables {
            told(&table);
            if is_superuser {
                forget_statistics(&mut admin, &table).await?;
            }
            if rewrite(&mut admin, &table).await? {
                scrubbed.rewritten.push(table);
            } else {
                scrubbed.busy.push(table);
            }
        }
        if is_superuser {
            // Twice: the first one may still need what was written before it.
            for statement in ["checkpoint", "select pg_switch_wal()", "checkpoint"] {
                admin.execute(statement).await?;
            }
        }
        admin.close().await?;
        Ok(scrubbed)
    }
}

/// The tables that are rewritten, and those that are too large for it, by name.
async fn tables(
    admin: &mut PgConnection,
    extent: Extent,
) -> Result<(Vec<String>, Vec<String>), sqlx::Error> {
    let up_to = match extent {
        Extent::Everything => i64::MAX,
        Extent::UpTo(bytes) => bytes,
    };
    let tables: Vec<(String, bool)> = sqlx::query_as(
        "select format('%I.%I', schemaname, tablename), \
           pg_total_relation_size(format('%I.%I', schemaname, tablename)) > $2 \
         from pg_tables \
         where schemaname in ('daybook', 'keys') and tablename <> all ($1) order by 1",
    )
    .bind(ONLY_GROW)
    .bind(up_to)
    .fetch_all(&mut *admin)
    .await?;
    let (large, tables): (Vec<_>, Vec<_>) = tables.into_iter().partition(|(_, is_large)| *is_large);
    let names = |of: Vec<(String, bool)>| of.into_iter().map(|(name, _)| name).collect();
    Ok((names(tables), names(large)))
}

/// `false`: somebody worked with the table at every try.
async fn rewrite(admin: &mut PgConnection, table: &str) -> Result<bool, sqlx::Error> {
    let rewrite = format!("vacuum (full, analyze) {table}");
    let trying = Instant::now();
    loop {
        match admin.execute(rewrite.as_str()).await {
            Ok(_) => return Ok(true),
            Err(error) if !is_locked(&error) => return Err(error),
            Err(_) if trying.elapsed() > PATIENCE => return Ok(false),
            Err(_) => tokio::time::sleep(PAUSE).await,
        }
    }
}

/// Waits until nobody sees what was there before now any more; who still does.
async fn wait_for_onlookers(admin: &mut PgConnection) -> Result<Vec<String>, sqlx::Error> {
    // A session with a snapshot, a transaction that was left prepared, a replica that reports back.
    const LOOK: &str = "select coalesce(nullif(application_name, ''), 'a session') \
          || ', process ' || pid || ', since ' || date_trunc('seconds', xact_start) \
        from pg_stat_activity where datname = current_database() and pid <> pg_backend_pid() \
          and (backend_xmin is not null or backend_xid is not null) and xact_start < $1 \
      union all select 'the prepared transaction ' || gid from pg_prepared_xacts \
        where database = current_database() and prepared < $1 \
      union all select 'the replication slot ' || slot_name from pg_replication_slots \
        where xmin is not null or catalog_xmin is not null";
    let began: DateTime<Utc> = sqlx::query_scalar("select clock_timestamp()")
        .fetch_one(&mut *admin)
        .await?;
    let mut pauses = PATIENCE.as_millis() / PAUSE.as_millis();
    loop {
        let onlookers: Vec<String> = sqlx::query_scalar(LOOK)
            .bind(began)
            .fetch_all(&mut *admin)
            .await?;
        if onlookers.is_empty() || pauses == 0 {
            return Ok(onlookers);
        }
        pauses -= 1;
        tokio::time::sleep(PAUSE).await;
    }
}

/// Takes away what the planner knows of a table's values. It is taken anew with the rewriting, but not
/// where no row is left: then the old would stay.
async fn forget_statistics(admin: &mut PgConnection, table: &str) -> Result<(), sqlx::Error> {
    sqlx::query(
        "delete from pg_catalog.pg_statistic where starelid = $1::regclass \
           or starelid in (select indexrelid from pg_index where indrelid = $1::regclass)",
    )
    .bind(table)
    .execute(admin)
    .await?;
    Ok(())
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
