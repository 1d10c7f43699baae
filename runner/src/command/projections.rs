//! `daybook projections`: read models, how far they are, and where they stopped.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write;
use std::sync::{Mutex, PoisonError};
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
    /// Build read models anew beside the live ones and switch to them, without downtime
    Rebuild {
        /// The read models, as `list` calls them; several are built at the same time
        #[arg(value_name = "NAME", required_unless_present = "all")]
        names: Vec<String>,
        /// All read models
        #[arg(long, conflicts_with = "names")]
        all: bool,
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
                    What::Rebuild { names, all } => {
                        let names = if all { every_name() } else { names };
                        rebuild(&store, names, &console).await
                    }
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

fn every_name() -> Vec<String> {
    let projections = daybook_projections::all();
    projections.iter().map(|it| it.name().to_owned()).collect()
}

/// What it takes to rebuild the read model of that name.
fn rebuilding(store: &Store, name: &str) -> Result<Rebuild, Failure> {
    let Some(projection) = daybook_projections::find(name) else {
        return Err(Failure::surroundings(format!(
            "no read model is called {name}; there are: {}",
            every_name().join(", ")
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

/// Rebuilds them side by side: while one waits for the disk, another one folds. One that fails stops
/// none of the others.
async fn rebuild(store: &Store, names: Vec<String>, console: &Console) -> Result<String, Failure> {
    let names: BTreeSet<String> = names.into_iter().collect();
    let rebuilds = names.iter().map(|name| rebuilding(store, name));
    let rebuilds = rebuilds.collect::<Result<Vec<_>, Failure>>()?;
    let since = Instant::now();
    let far = Mutex::new(BTreeMap::new());
    let building = rebuilds.iter().map(|rebuild| {
        let (name, far) = (rebuild.projection.name(), &far);
        async move {
            let tell = |progress| {
                let text = how_far(name, progress);
                let mut far = far.lock().unwrap_or_else(PoisonError::into_inner);
                far.insert(name, text);
                let texts: Vec<&str> = far.values().map(String::as_str).collect();
                console.progress("rebuild", since.elapsed().as_secs(), texts.join("; "));
            };
            let done = rebuild.run(tell).await;
            far.lock()
                .unwrap_or_else(PoisonError::into_inner)
                .remove(name);
            let took = since.elapsed();
            done.map_err(|error| format!("{name} is not rebuilt: {error}"))?;
            let (seconds, tenths) = (took.as_secs(), took.subsec_millis() / 100);
            Ok::<_, String>(format!(
                "{name} is rebuilt and live after {seconds}.{tenths} s"
            ))
        }
    });
    let (mut live, mut failed) = (Vec::new(), Vec::new());
    for outcome in futures::future::join_all(building).await {
        match outcome {
            Ok(text) => live.push(text),
            Err(text) => failed.push(text),
        }
    }
    if failed.is_empty() {
        return Ok(live.join("\n"));
    }
    failed.extend(live);
    Err(Failure::failed(failed.join("; ")))
}

fn how_far(name: &str, progress: Progress) -> String {
    match progress {
        Progress::Reading { events } => format!("building {name}: {events} events read"),
        Progress::Elsewhere { lag } => {
            format!("another process builds {name}: {lag} events to go")
        }
    }
}
