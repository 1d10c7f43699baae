//! `daybook projections`: read models, how far they are, and where they stopped.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Instant;

use clap::{Args, Subcommand};
use daybook_projections::engine::{Progress, Projection, Rebuild, RebuildError, Rollback};
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
        /// The read models, as `list` calls them; several are built from one reading of the log
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

/// The read model of that name.
fn named(name: &str) -> Result<Arc<Projection>, Failure> {
    daybook_projections::find(name).ok_or_else(|| {
        Failure::surroundings(format!(
            "no read model is called {name}; there are: {}",
            every_name().join(", ")
        ))
    })
}

async fn roll_back(store: &Store, name: &str) -> Result<String, Failure> {
    let rollback = Rollback {
        store: store.clone(),
        projection: named(name)?,
        holder: process_id(),
        clock: clock::system,
    };
    let generation = rollback.run().await.map_err(|error| match error {
        RebuildError::Unknown(_)
        | RebuildError::NothingBefore(_)
        | RebuildError::OtherCode { .. }
        | RebuildError::Newer(_)
        | RebuildError::GivenUp(_) => Failure::surroundings(error),
        RebuildError::Store(error) => error.into(),
    })?;
    Ok(format!(
        "{name} is rolled back: generation {generation} is live again, and as fresh as the one it \
         replaces"
    ))
}

/// Rebuilds them together. One that fails stops none of the others.
async fn rebuild(store: &Store, names: Vec<String>, console: &Console) -> Result<String, Failure> {
    let names: BTreeSet<String> = names.into_iter().collect();
    let projections = names.iter().map(|name| named(name));
    let rebuild = Rebuild {
        store: store.clone(),
        projections: projections.collect::<Result<_, Failure>>()?,
        holder: process_id(),
        clock: clock::system,
    };
    let since = Instant::now();
    let (far, took) = (Mutex::default(), Mutex::default());
    let tell = |name, progress| {
        let mut far = locked::<&str, String>(&far);
        match how_far(name, progress) {
            Some(text) => {
                far.insert(name, text);
            }
            None => {
                far.remove(name);
                locked(&took).insert(name, since.elapsed());
            }
        }
        let texts: Vec<&str> = far.values().map(String::as_str).collect();
        console.progress("rebuild", since.elapsed().as_secs(), texts.join("; "));
    };
    let outcomes = rebuild.run(tell).await;
    let took = locked(&took);
    let (mut live, mut failed) = (Vec::new(), Vec::new());
    for (name, outcome) in names.iter().zip(outcomes) {
        let took = took.get(name.as_str()).copied();
        let took = took.unwrap_or_else(|| since.elapsed());
        let (seconds, tenths) = (took.as_secs(), took.subsec_millis() / 100);
        match outcome {
            Ok(()) => live.push(format!(
                "{name} is rebuilt and live after {seconds}.{tenths} s"
            )),
            Err(error) => failed.push(format!("{name} is not rebuilt: {error}")),
        }
    }
    if failed.is_empty() {
        return Ok(live.join("\n"));
    }
    failed.extend(live);
    Err(Failure::failed(failed.join("; ")))
}

/// What is remembered of each read model, by name.
fn locked<K, V>(of: &Mutex<BTreeMap<K, V>>) -> MutexGuard<'_, BTreeMap<K, V>> {
    of.lock().unwrap_or_else(PoisonError::into_inner)
}

/// None: it is at its end.
fn how_far(name: &str, progress: Progress) -> Option<String> {
    match progress {
        Progress::Reading { events } => Some(format!("building {name}: {events} events read")),
        Progress::Elsewhere { lag } => {
            Some(format!("another process builds {name}: {lag} events to go"))
        }
        Progress::Ended => None,
    }
}
