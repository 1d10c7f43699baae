//! From the command line to an exit code.

use std::future::Future;
use std::io::Write;
use std::process::ExitCode;

use clap::Parser;
use daybook_store::vault::{self, MasterKey};
use daybook_store::{Database, Store, StoreOptions};
use tokio::runtime::Runtime;

use super::arguments::{Arguments, Command};
use super::{doctor, migrate, schema, scrub};
use crate::app::must_be_current;
use crate::clock;
use crate::config::Config;
use crate::console::Console;
use crate::database::{Provided, provide};
use crate::failure::Failure;
use crate::react::seal;
use crate::signal::Ending;
use crate::telemetry;

/// What every command is given.
#[derive(Debug)]
pub(super) struct Given {
    pub(super) config: Config,
    pub(super) console: Console,
}

/// Runs the command that this process was started with.
pub fn main() -> ExitCode {
    // Wrong usage ends here, with clap's text and exit code 2; so do --help and --version.
    let arguments = Arguments::parse();
    match dispatch(arguments) {
        Ok(()) => ExitCode::SUCCESS,
        Err(failure) => {
            // Whoever closed stderr does not want to know.
            drop(writeln!(std::io::stderr(), "daybook: {failure}"));
            failure.exit_code()
        }
    }
}

fn dispatch(arguments: Arguments) -> Result<(), Failure> {
    let Arguments { config, command } = arguments;
    // These need no configuration, so that a wrong one does not stop them.
    let command = match command {
        Command::Schema => return schema::run(),
        Command::Audit(audit) => match audit.begin()? {
            Some(audit) => Command::Audit(audit),
            None => return Ok(()),
        },
        command => command,
    };
    let config = Config::load(config.as_deref()).map_err(Failure::surroundings)?;
    telemetry::start_logs(&config.log);
    let runtime = Runtime::new()
        .map_err(|error| Failure::failed(format!("the runtime does not start: {error}")))?;
    let given = Given {
        config,
        console: Console::new(),
    };
    runtime.block_on(async {
        match command {
            Command::Up(up) => up.run(given).await,
            Command::Serve(serve) => serve.run(given).await,
            Command::Work(work) => work.run(given).await,
            Command::Migrate => migrate::run(given).await,
            Command::Schema => schema::run(),
            Command::Import(import) => import.run(given).await,
            Command::Projections(projections) => projections.run(given).await,
            Command::Replay(replay) => replay.run(given).await,
            Command::Doctor => doctor::run(given).await,
            Command::Mail(mail) => mail.run(given).await,
            Command::Scrub => scrub::run(given).await,
            Command::Audit(audit) => audit.run(given).await,
            Command::Keys(keys) => keys.run(given).await,
            Command::Backup(backup) => backup.run(given).await,
            Command::Restore(restore) => restore.run(given).await,
        }
    })
}

impl Given {
    /// Does something with the database, and leaves it however that ends: also by Ctrl-C.
    pub(super) async fn with_database<T, W, F>(&self, work: W) -> Result<T, Failure>
    where
        W: FnOnce(Database) -> F,
        F: Future<Output = Result<T, Failure>>,
    {
        let work = |database, ending: Ending| async move {
            ending.unless_stopped(Box::pin(work(database))).await
        };
        self.with_database_and_ending(work).await
    }

    /// The same for work that heeds by itself what is asked of the process.
    pub(super) async fn with_database_and_ending<T, W, F>(&self, work: W) -> Result<T, Failure>
    where
        W: FnOnce(Database, Ending) -> F,
        F: Future<Output = Result<T, Failure>>,
    {
        let (ending, _obeying) = Ending::by_signals()?;
        let providing = Box::pin(provide(&self.config, &self.console));
        let provided: Provided = ending.unless_stopped(providing).await?;
        let done = Box::pin(work(provided.database().clone(), ending)).await;
        let left = provided.leave().await;
        let done = done?;
        left?;
        Ok(done)
    }

    /// Does something with the log of a migrated database, and closes it however that ends.
    pub(super) async fn with_store<T, W, F>(&self, work: W) -> Result<T, Failure>
    where
        W: FnOnce(Store) -> F,
        F: Future<Output = Result<T, Failure>>,
    {
        let audit = &self.config.audit;
        let open_and_work = |database: Database, ending: Ending| async move {
            let opening =
                async { open(&database, seal::master_key(audit, &database).await?).await };
            let store = ending.unless_stopped(opening).await?;
            let done = match store.check_master_key().await {
                Ok(()) => ending.unless_stopped(Box::pin(work(store.clone()))).await,
                Err(error) => Err(seal::refused(&audit.master_key, error)),
            };
            store.close().await;
            done
        };
        self.with_database_and_ending(open_and_work).await
    }

    /// Does something with a migrated database that opens nothing of what is sealed in it: without
    /// the master key, which need not be on this machine.
    pub(super) async fn with_sealed_store<T, W, F>(&self, work: W) -> Result<T, Failure>
    where
        W: FnOnce(Store) -> F,
        F: Future<Output = Result<T, Failure>>,
    {
        let open_and_work = |database: Database, ending: Ending| async move {
            let none = vault::random().map_err(|error| Failure::failed(error.to_string()))?;
            let opening = open(&database, MasterKey::new(none));
            let store = ending.unless_stopped(opening).await?;
            let done = ending.unless_stopped(Box::pin(work(store.clone()))).await;
            store.close().await;
            done
        };
        self.with_database_and_ending(open_and_work).await
    }
}

async fn open(database: &Database, master: MasterKey) -> Result<Store, Failure> {
    must_be_current(database).await?;
    let options = StoreOptions {
        connections: 4,
        queue: 16,
        cached: 0,
        clock: clock::system,
        master,
    };
    Ok(Store::open(database, options).await?)
}
