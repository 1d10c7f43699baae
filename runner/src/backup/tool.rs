//! How are PostgreSQL's own programs run?

use std::path::{Path, PathBuf};
use std::process::Stdio;

use daybook_store::Database;
use tokio::process::Command;

use crate::config::Config;
use crate::database::postgres_options;
use crate::failure::Failure;

/// `pg_dump` or `pg_restore`, of a version that fits the server.
#[derive(Debug)]
pub(super) struct Tool {
    name: &'static str,
    program: PathBuf,
    environment: Vec<(&'static str, String)>,
}

impl Tool {
    /// Finds it, as the server is found.
    ///
    /// # Errors
    /// When it is not there: the text says what to install.
    pub(super) async fn find(
        config: &Config,
        database: &Database,
        name: &'static str,
    ) -> Result<Self, Failure> {
        let version = database.server_version().await?;
        let major = version
            .split('.')
            .next()
            .and_then(|major| major.parse().ok());
        let options = postgres_options(config);
        let find = move || {
            daybook_postgres::tool(
                &options.surroundings,
                &options.cache,
                (name, major.unwrap_or(0)),
            )
        };
        let found = tokio::task::spawn_blocking(find).await;
        let found = found.map_err(|error| Failure::failed(error.to_string()))?;
        Ok(Self {
            name,
            program: found?,
            environment: database.client_environment(),
        })
    }

    /// Runs it to its end.
    ///
    /// # Errors
    /// When it does not go through; with what it said.
    pub(super) async fn run(&self, arguments: &[&str], file: &Path) -> Result<(), Failure> {
        let mut command = Command::new(&self.program);
        command
            .args(arguments)
            .arg(file)
            .envs(self.environment.iter().map(|(name, value)| (name, value)))
            .env("LC_ALL", "C")
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(Stdio::piped())
            .kill_on_drop(true);
        let failed = |text: String| Failure::failed(format!("{}: {text}", self.name));
        let output = command.output().await;
        let output = output.map_err(|error| failed(error.to_string()))?;
        if output.status.success() {
            return Ok(());
        }
        let said = String::from_utf8_lossy(&output.stderr);
        let lines: Vec<&str> = said
            .lines()
            .filter(|line| !line.trim().is_empty())
            .collect();
        let last = lines.iter().rev().take(3).rev().copied();
        Err(failed(last.collect::<Vec<_>>().join("; ")))
    }
}
