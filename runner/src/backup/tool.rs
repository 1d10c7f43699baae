//! How are PostgreSQL's own programs run?

use std::fs::File;
use std::io::{self, Read};
use std::os::fd::OwnedFd;
use std::path::PathBuf;
use std::process::Stdio;

use daybook_store::Database;
use tokio::process::{Child, Command};
use tokio::task::spawn_blocking;

use crate::config::Config;
use crate::console::Console;
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
    /// Finds it, as the server is found; fetches it where it may and none is there.
    ///
    /// # Errors
    /// When it is not there: the text says what to install.
    pub(super) async fn find(
        config: &Config,
        (database, console): (&Database, &Console),
        name: &'static str,
    ) -> Result<Self, Failure> {
        let version = database.server_version().await?;
        let major = version
            .split('.')
            .next()
            .and_then(|major| major.parse().ok());
        let (options, report) = (postgres_options(config), console.clone());
        let find = move || {
            daybook_postgres::tool(
                &options.surroundings,
                &options.cache,
                (name, major.unwrap_or(0)),
                &|step| report.step(step),
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

    /// Runs it to its end, and hands over what it prints while it does; what was made of that.
    ///
    /// # Errors
    /// When it does not go through; with what it said.
    pub(super) async fn pour_out<T: Send + 'static>(
        &self,
        arguments: &[&str],
        take: impl FnOnce(File) -> io::Result<T> + Send + 'static,
    ) -> Result<io::Result<T>, Failure> {
        let mut child = self.spawn(arguments, (Stdio::null(), Stdio::piped()))?;
        let stdout = child.stdout.take().map(|it| it.into_owned_fd());
        let taking = self.beside(stdout, take)?;
        let ended = self.ended(child).await;
        let taken = taking
            .await
            .map_err(|error| Failure::failed(error.to_string()))?;
        // Who could not write broke the pipe: that is what there is to tell.
        match taken {
            Ok(taken) => ended.map(|()| Ok(taken)),
            Err(error) => Ok(Err(error)),
        }
    }

    /// Runs it to its end on what is to be read.
    ///
    /// # Errors
    /// When it does not go through; with what it said.
    pub(super) async fn pour_in(
        &self,
        arguments: &[&str],
        mut from: impl Read + Send + 'static,
    ) -> Result<(), Failure> {
        let mut child = self.spawn(arguments, (Stdio::piped(), Stdio::null()))?;
        let stdin = child.stdin.take().map(|it| it.into_owned_fd());
        let pouring = self.beside(stdin, move |mut to| io::copy(&mut from, &mut to))?;
        self.ended(child).await?;
        let poured = pouring
            .await
            .map_err(|error| Failure::failed(error.to_string()))?;
        match poured {
            // It had read all that it needed.
            Err(error) if error.kind() != io::ErrorKind::BrokenPipe => {
                Err(self.failed(error.to_string()))
            }
            Ok(_) | Err(_) => Ok(()),
        }
    }

    fn spawn(&self, arguments: &[&str], (stdin, stdout): (Stdio, Stdio)) -> Result<Child, Failure> {
        let mut command = Command::new(&self.program);
        command
            .args(arguments)
            .envs(self.environment.iter().map(|(name, value)| (name, value)))
            .env("LC_ALL", "C")
            .stdin(stdin)
            .stdout(stdout)
            .stderr(Stdio::piped())
            .kill_on_drop(true);
        command
            .spawn()
            .map_err(|error| self.failed(error.to_string()))
    }

    /// Works on an end of a pipe, on a thread that may wait.
    fn beside<T: Send + 'static>(
        &self,
        pipe: Option<io::Result<OwnedFd>>,
        work: impl FnOnce(File) -> io::Result<T> + Send + 'static,
    ) -> Result<tokio::task::JoinHandle<io::Result<T>>, Failure> {
        let pipe = pipe.unwrap_or_else(|| Err(io::Error::from(io::ErrorKind::NotFound)));
        let pipe = pipe.map_err(|error| self.failed(error.to_string()))?;
        Ok(spawn_blocking(move || work(File::from(pipe))))
    }

    async fn ended(&self, child: Child) -> Result<(), Failure> {
        let output = child.wait_with_output().await;
        let output = output.map_err(|error| self.failed(error.to_string()))?;
        if output.status.success() {
            return Ok(());
        }
        let said = String::from_utf8_lossy(&output.stderr);
        let lines: Vec<&str> = said
            .lines()
            .filter(|line| !line.trim().is_empty())
            .collect();
        let last = lines.iter().rev().take(3).rev().copied();
        Err(self.failed(last.collect::<Vec<_>>().join("; ")))
    }

    fn failed(&self, text: String) -> Failure {
        Failure::failed(format!("{}: {text}", self.name))
    }
}
