//! What PostgreSQL's own programs need to save a database, and a database to be restored into.

use sqlx::postgres::PgSslMode;
use sqlx::{Connection, Executor};

use super::connect::{Database, DatabaseError};
use super::roles;

impl Database {
    /// How `pg_dump` and `pg_restore` reach it, as variables of their environment: nothing secret is
    /// on their command line.
    pub fn client_environment(&self) -> Vec<(&'static str, String)> {
        let options = self.administrator();
        let host = options.get_socket().map_or_else(
            || options.get_host().to_owned(),
            |socket| socket.display().to_string(),
        );
        let mode = match options.get_ssl_mode() {
            PgSslMode::Disable => "disable",
            PgSslMode::Allow => "allow",
            PgSslMode::Prefer => "prefer",
            PgSslMode::Require => "require",
            PgSslMode::VerifyCa => "verify-ca",
            PgSslMode::VerifyFull => "verify-full",
        };
        vec![
            ("PGHOST", host),
            ("PGPORT", options.get_port().to_string()),
            ("PGUSER", options.get_username().to_owned()),
            ("PGPASSWORD", self.administrator_password().to_owned()),
            ("PGDATABASE", self.name().to_owned()),
            ("PGSSLMODE", mode.to_owned()),
            ("PGAPPNAME", "daybook".to_owned()),
        ]
    }

    /// The database's own name on its server.
    pub fn name(&self) -> &str {
        let options = self.administrator();
        let named = options.get_database();
        named.unwrap_or_else(|| options.get_username())
    }

    /// Whether nothing was ever made in it.
    ///
    /// # Errors
    /// When it is away or too old.
    pub async fn is_empty(&self) -> Result<bool, DatabaseError> {
        let mut admin = self.connect_as_administrator().await?;
        let has_any = sqlx::query_scalar::<_, bool>(
            "select exists (select from pg_namespace where nspname in ('daybook', 'keys')) \
               or exists (select from pg_class c join pg_namespace n on n.oid = c.relnamespace \
                 where n.nspname !~ '^pg_' and n.nspname <> 'information_schema')",
        )
        .fetch_one(&mut admin)
        .await?;
        admin.close().await?;
        Ok(!has_any)
    }

    /// Makes the roles that a backup's objects belong to, and nothing else: roles belong to the
    /// server, and no backup of a database has them.
    ///
    /// # Errors
    /// When the user may not create roles, or something was made in the database meanwhile.
    pub async fn make_roles(&self) -> Result<(), DatabaseError> {
        let mut admin = self.connect_as_administrator().await?;
        roles::ensure(&mut admin, self.administrator_password()).await?;
        // The backup has the schema itself. Refused where it is not empty.
        admin.execute("drop schema daybook").await?;
        admin.close().await?;
        Ok(())
    }
}
