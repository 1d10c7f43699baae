//! The role split: an owner that only migrations use, and five login roles that own nothing.
//!
//! Roles belong to the whole server, so several databases on it share them. Their passwords are
//! derived from the administrator's, so that every node with the same `DATABASE_URL` knows them
//! and none is kept anywhere. Where that URL has none, the roles have none either, and get in only
//! where the server asks nobody for one: everybody could compute what is derived from nothing.

use std::time::Duration;

use sha2::{Digest, Sha256};
use sqlx::{Connection, Executor, PgConnection};

use super::connect::DatabaseError;

/// A role our processes log in as.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Role {
    /// Tenant transactions.
    App,
    /// The append writer and the tailer: the log tables of all tenants, nothing else.
    Log,
    /// Claims work across tenants: queues and directories, nothing else.
    Dispatch,
    /// Seals the log: reads it, writes trees and checkpoints, reads signing keys, nothing else.
    Seal,
    /// Makes, reads and destroys keys of data subjects, and deletes what is of no use without them.
    Keys,
}

impl Role {
    pub(crate) const ALL: [Self; 5] =
        [Self::App, Self::Log, Self::Dispatch, Self::Seal, Self::Keys];

    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::App => "daybook_app",
            Self::Log => "daybook_log",
            Self::Dispatch => "daybook_dispatch",
            Self::Seal => "daybook_seal",
            Self::Keys => "daybook_keys",
        }
    }

    /// The role of that name.
    pub(crate) fn named(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|role| role.name() == name)
    }

    /// The role's password: 256 bits that only who knows the administrator's can compute. `None`: the
    /// administrator has none.
    pub(crate) fn password(self, administrator: &str) -> Option<String> {
        if administrator.is_empty() {
            return None;
        }
        let mut hash = Sha256::new();
        hash.update(b"daybook role password v1\0");
        hash.update(self.name());
        hash.update(b"\0");
        hash.update(administrator);
        Some(hex::encode(hash.finalize()))
    }
}

/// The role that owns all objects. Nobody can log in as it.
pub(crate) const OWNER: &str = "daybook_owner";

/// How often a race with the set-up of another database of the same server is tried again.
const RACES: u32 = 50;

/// Creates the roles and the schema where they are missing. Safe to repeat and to race.
pub(crate) async fn ensure(
    admin: &mut PgConnection,
    administrator_password: &str,
) -> Result<(), DatabaseError> {
    for _ in 0..RACES {
        match ensure_once(admin, administrator_password).await {
            Err(DatabaseError::Sql(error)) if is_race(&error) => {
                tokio::time::sleep(Duration::from_millis(20)).await;
            }
            done => return done,
        }
    }
    ensure_once(admin, administrator_password).await
}

/// Roles are shared by all databases of a server, an advisory lock is not: who sets up another
/// database at the same moment may create or alter the same role.
fn is_race(error: &sqlx::Error) -> bool {
    error.as_database_error().is_some_and(|error| {
        let code = error.code();
        matches!(code.as_deref(), Some("23505" | "42710"))
            || error.message().contains("tuple concurrently")
    })
}

async fn ensure_once(
    admin: &mut PgConnection,
    administrator_password: &str,
) -> Result<(), DatabaseError> {
    let mut tx = admin.begin().await?;
    // One at a time in this database.
    tx.execute("select pg_advisory_xact_lock(7305)").await?;
    if !role_exists(&mut tx, OWNER).await? {
        let create = format!("create role {OWNER} nologin nobypassrls noinherit");
        tx.execute(create.as_str()).await?;
    }
    for role in Role::ALL {
        let verb = if role_exists(&mut tx, role.name()).await? {
            "alter"
        } else {
            "create"
        };
        let password = role.password(administrator_password);
        let password = password.map_or("null".to_owned(), |it| format!("'{it}'"));
        let attributes = "login nosuperuser nocreatedb nocreaterole nobypassrls noinherit";
        let statement = format!(
            "{verb} role {} {attributes} password {password}",
            role.name()
        );
        tx.execute(statement.as_str()).await?;
    }
    let database: String = sqlx::query_scalar("select quote_ident(current_database())")
        .fetch_one(&mut *tx)
        .await?;
    // An administrator who is no superuser may only act as roles it is a member of.
    tx.execute(format!("grant {OWNER} to current_user").as_str())
        .await?;
    tx.execute(format!("grant create on database {database} to {OWNER}").as_str())
        .await?;
    tx.execute(format!("create schema if not exists daybook authorization {OWNER}").as_str())
        .await?;
    for role in Role::ALL {
        let role = role.name();
        tx.execute(format!("grant usage on schema daybook to {role}").as_str())
            .await?;
        tx.execute(format!("grant connect on database {database} to {role}").as_str())
            .await?;
    }
    tx.commit().await?;
    Ok(())
}

async fn role_exists(connection: &mut PgConnection, name: &str) -> Result<bool, sqlx::Error> {
    sqlx::query_scalar("select exists (select from pg_roles where rolname = $1)")
        .bind(name)
        .fetch_one(connection)
        .await
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nobody_can_compute_a_password_that_is_derived_from_nothing() {
        assert!(Role::ALL.iter().all(|role| role.password("").is_none()));
        let derived = Role::ALL.map(|role| role.password("secret").unwrap());
        assert!(derived.iter().all(|it| it.len() == 64));
        assert!(derived.windows(2).all(|pair| pair[0] != pair[1]));
    }
}
