//! Brings a database's schema to the version of this binary, as the owner role.

use sqlx::migrate::Migrator;
use sqlx::{Connection, Executor, PgConnection};

use super::connect::{Database, DatabaseError};
use super::roles;

static MIGRATOR: Migrator = sqlx::migrate!("../migrations");

/// Where applied migrations are listed.
pub const SCHEMA_VERSION_TABLE: &str = "daybook._sqlx_migrations";

/// One step of the schema.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Migration {
    /// Its number, a UTC time as `YYYYMMDDHHMMSS`.
    pub version: i64,
    /// What it is about.
    pub description: String,
}

impl Database {
    /// Creates roles and schema where missing and applies what is new; returns what was applied.
    ///
    /// # Errors
    /// When the server is too old, the user may not create roles, an applied migration differs
    /// from ours, or the schema is newer than this binary.
    pub async fn migrate(&self) -> Result<Vec<Migration>, DatabaseError> {
        let admin = self.connect_as_administrator().await?;
        self.bring_up(admin).await.map_err(|error| match error {
            DatabaseError::Sql(error) if is_not_allowed(&error) => {
                DatabaseError::Rights(error.to_string())
            }
            other => other,
        })
    }

    async fn bring_up(&self, mut admin: PgConnection) -> Result<Vec<Migration>, DatabaseError> {
        if let Some(done) = self.up_to_date(&mut admin).await? {
            return Ok(done);
        }
        let before = applied(&mut admin).await?;
        let (found, known) = (before.last(), MIGRATOR.iter().map(|m| m.version).max());
        if let (Some(&found), Some(known)) = (found, known)
            && found > known
        {
            return Err(DatabaseError::Newer { found, known });
        }
        roles::ensure(&mut admin, self.administrator_password()).await?;
        admin
            .execute(format!("set role {}", roles::OWNER).as_str())
            .await?;
        admin.execute("set search_path = daybook").await?;
        MIGRATOR
            .run(&mut admin)
            .await
            .map_err(|e| DatabaseError::Schema(e.to_string()))?;
        admin.close().await?;
        let new = MIGRATOR.iter().filter(|m| !before.contains(&m.version));
        Ok(new.map(|m| describe(m.version, &m.description)).collect())
    }

    /// The migrations of this binary that the database lacks; empty when it is up to date.
    ///
    /// # Errors
    /// When the database is away.
    pub async fn pending(&self) -> Result<Vec<Migration>, DatabaseError> {
        let mut admin = self.connect_as_administrator().await?;
        let before = applied(&mut admin).await?;
        let missing = MIGRATOR.iter().filter(|m| !before.contains(&m.version));
        Ok(missing
            .map(|m| describe(m.version, &m.description))
            .collect())
    }

    /// Makes sure that the server lets our login roles in: roles live outside of the database, and their
    /// passwords follow from the administrator's.
    ///
    /// # Errors
    /// [`DatabaseError::Roles`] when it does not; when it is away.
    pub async fn must_let_roles_in(&self) -> Result<(), DatabaseError> {
        let connection = self.connect_as(roles::Role::App).await?;
        Ok(connection.close().await?)
    }

    /// Nothing to do, so that a second start costs one query: every migration is applied with our
    /// digest, and the login roles accept our passwords (checked when their pools connect).
    async fn up_to_date(
        &self,
        admin: &mut PgConnection,
    ) -> Result<Option<Vec<Migration>>, DatabaseError> {
        if !schema_exists(admin).await? {
            return Ok(None);
        }
        let rows: Vec<(i64, Vec<u8>)> = sqlx::query_as(
            "select version, checksum from daybook._sqlx_migrations where success order by version",
        )
        .fetch_all(&mut *admin)
        .await?;
        let ours = MIGRATOR.iter().map(|m| (m.version, m.checksum.to_vec()));
        if !ours.eq(rows) || self.must_let_roles_in().await.is_err() {
            return Ok(None);
        }
        Ok(Some(Vec::new()))
    }
}

/// SQLSTATE 42501, `insufficient_privilege`.
fn is_not_allowed(error: &sqlx::Error) -> bool {
    let code = error.as_database_error().and_then(|it| it.code());
    code.as_deref() == Some("42501")
}

fn describe(version: i64, description: &str) -> Migration {
    Migration {
        version,
        description: description.to_owned(),
    }
}

async fn schema_exists(connection: &mut PgConnection) -> Result<bool, sqlx::Error> {
    sqlx::query_scalar("select to_regclass('daybook._sqlx_migrations') is not null")
        .fetch_one(connection)
        .await
}

async fn applied(connection: &mut PgConnection) -> Result<Vec<i64>, sqlx::Error> {
    if !schema_exists(connection).await? {
        return Ok(Vec::new());
    }
    sqlx::query_scalar(
        "select version from daybook._sqlx_migrations where success order by version",
    )
    .fetch_all(connection)
    .await
}
