//! Makes the database itself, on a server that is ours to make databases on.

use sqlx::{ConnectOptions, Connection};

use super::connect::{Database, DatabaseError};

/// The server says that there is no such database.
const UNKNOWN_DATABASE: &str = "3D000";
/// Somebody else made it meanwhile.
const DUPLICATE_DATABASE: &str = "42P04";
/// Likewise, seen at another place.
const DUPLICATE_NAME: &str = "23505";

impl Database {
    /// Creates the database when the server does not have it; `true` when it did.
    ///
    /// # Errors
    /// When the server is away or turns us away, or we may not create databases.
    pub async fn create_where_missing(&self) -> Result<bool, DatabaseError> {
        match self.administrator().connect().await {
            Ok(connection) => {
                connection.close().await?;
                return Ok(false);
            }
            Err(error) if has_code(&error, &[UNKNOWN_DATABASE]) => {}
            Err(error) => return Err(self.unreachable(&error)),
        }
        let server = self.administrator().clone().database("postgres");
        let mut connection = server.connect().await.map_err(|e| self.unreachable(&e))?;
        let name = self.administrator().get_database().unwrap_or("daybook");
        let create = format!("create database \"{}\"", name.replace('"', "\"\""));
        let created = sqlx::raw_sql(&create).execute(&mut connection).await;
        connection.close().await?;
        match created {
            Ok(_) => Ok(true),
            Err(error) if has_code(&error, &[DUPLICATE_DATABASE, DUPLICATE_NAME]) => Ok(false),
            Err(error) => Err(error.into()),
        }
    }
}

fn has_code(error: &sqlx::Error, codes: &[&str]) -> bool {
    let code = error
        .as_database_error()
        .and_then(sqlx::error::DatabaseError::code);
    code.is_some_and(|code| codes.contains(&code.as_ref()))
}
