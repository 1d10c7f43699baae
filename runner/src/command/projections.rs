//! `daybook projections`: read models, how far they are, and where they stopped.

use std::fmt::Write;
use std::time::Instant;

use clap::{Args, Subcommand};
use daybook_projections::engine::{Progress, Rebuild, RebuildError};
use daybook_store::Store;
use daybook_store::reader::ReaderStatus;

use super::run::Given;
use crate::app::process_id;
use crate::clock;
use crate::console::Console;
use crate::failure::Failure;

/// Lists read models with version, position, lag and parked streams; without a subcommand, `list`.
#[derive(Debug, Args)]
pub(super) struct Projections {
    #[command(subcommand)]
    what: Option<What>,
}

#[derive(Debug, Subcommand)]
enum What {
    /// List every generation that is live, being built, or kept to go back to
    List,
    /// List streams that a reader stopped at, with the reason
    Parked,
    /// Build a read model anew beside the live one and switch to it, without downtime
    Rebuild {
        /// The read model, as `list` calls it
        name: String,
    },
    /// Go back to the generation before the live one, caught up first, without downtime
    Rollback {
        /// The read model, as `list` calls it
        name: String,
    },
}

impl Projections {
    pub(super) async fn run(self, given: Given) -> Result<(), Failure> {
        let console = given.console.clone();
        let what = self.what.unwrap_or(What::List);
        let text = given
            .with_store(|store| async move {
                match what {
                    What::List => Ok(list(&store.readers().await?)),
                    What::Parked => parked(&store).await,
                    What::Rebuild { name } => rebuild(&store, &name, &console).await,
                    What::Rollback { name } => roll_back(&store, &name).await,
                }
            })
            .await?;
        given.console.result(text);
        Ok(())
    }
}

fn list(readers: &[ReaderStatus]) -> String {
    if readers.is_empty() {
        return "no read model is registered yet; `daybook up` does that".to_owned();
    }
    let mut text = format!(
        "{:<32} {:>7} {:>10} {:<8} {:>12} {:>10} {:>6} {}",
        "NAME", "VERSION", "GENERATION", "STATE", "POSITION", "LAG", "PARKED", "AT WORK"
    );
    for reader in readers {
        let state = reader.state.name();
        let at_work = if reader.at_work { "yes" } else { "no" };
        let line = write!(
            text,
            "\n{:<32} {:>7} {:>10} {state:<8} {:>12} {:>10} {:>6} {at_work}",
            reader.key.name,
            reader.version,
            reader.key.generation,
            reader.log_position,
            reader.lag,
            reader.parked
        );
        // Writing to text cannot fail.
        debug_assert!(line.is_ok());
    }
    text
}

async fn parked(store: &Store) -> Result<String, Failure> {
    let streams = store.parked_streams().await?;
    if streams.is_empty() {
        return Ok("no stream is parked".to_owned());
    }
    let lines = streams.iter().map(|parked| {
        format!(
            "{} {} generation {}: tenant {} stream {} stopped at position {} ({}): {}",
            parked.parked_at.format("%Y-%m-%d %H:%M:%S"),
            parked.reader,
            parked.generation,
            parked.tenant_id,
            parked.stream_id,
            parked.position,
            parked.event_type,
            parked.reason
        )
    });
    Ok(lines.collect::<Vec<_>>().join("\n"))
}

/// What it takes to rebuild the read model of that name.
fn rebuilding(store: &Store, name: &str) -> Result<Rebuild, Failure> {
    let Some(projection) = daybook_projections::find(name) else {
        let names: Vec<&str> = daybook_projections::all()
            .iter()
            .map(|it| it.name())
            .collect();
        return Err(Failure::surroundings(format!(
            "no read model is called {name}; there are: {}",
            names.join(", ")
        )));
    };
    Ok(Rebuild {
        store: store.clone(),
        projection,
        holder: process_id(),
        clock: clock::system,
    })
}

async fn roll_back(store: &Store, name: &str) -> Result<String, Failure> {
    let rebuild = rebuilding(store, name)?;
    let done = rebuild.roll_back().await;
    let generation = done.map_err(|error| match error {
        RebuildError::Unknown(_)
        | RebuildError::NothingBefore(_)
        | RebuildError::OtherCode { .. } => Failure::surroundings(error),
        RebuildError::Store(error) => error.into(),
    })?;
    Ok(format!(
        "{name} is rolled back: generation {generation} is live again, and as fresh as the one it \
         replaces"
    ))
}

async fn rebuild(store: &Store, name: &str, console: &Console) -> Result<String, Failure> {
    let rebuild = rebuilding(store, name)?;
    let since = Instant::now();
    let tell = |progress| {
        let text = match progress {
            Progress::Reading { events } => format!("building {name}: {events} events read"),
            Progress::Elsewhere { lag } => {
                format!("another process builds {name}: {lag} events to go")
            }
        };
        console.progress("rebuild", since.elapsed().as_secs(), text);
    };
    let done = rebuild.run(tell).await;
    done.map_err(|error| Failure::failed(error.to_string()))?;
    let took = since.elapsed();
    Ok(format!(
        "{name} is rebuilt and live after {}.{:01} s",
        took.as_secs(),
        took.subsec_millis() / 100
    ))
}
