//! `daybook serve`: answers clients; and what `up`, `serve` and `work` have in common.

use std::fs::{OpenOptions, Permissions};
use std::io::{self, Write};
use std::os::unix::fs::{OpenOptionsExt, PermissionsExt};
use std::path::Path;
use std::time::Instant;

use clap::Args;

use super::run::Given;
use crate::app::{App, Duty, Start};
use crate::clock;
use crate::config::Environment;
use crate::console::Console;
use crate::failure::Failure;
use crate::http::{Bound, bind};
use crate::signal::{Ending, Signals};

/// Answers clients on the addresses of `DAYBOOK_LISTEN`. The database must be migrated, and some
/// `daybook work` or `daybook up` must read the log.
#[derive(Debug, Args)]
pub(super) struct Serve {}

impl Serve {
    pub(super) async fn run(self, given: Given) -> Result<(), Failure> {
        let since = Instant::now();
        let bound = bind(&given.config.listen.addresses)?;
        stay(
            given,
            Staying {
                duty: Duty::Api,
                bound: Some(bound),
                since,
                demo: false,
            },
        )
        .await
    }
}

/// A process that stays until it is told to stop.
#[derive(Debug)]
pub(super) struct Staying {
    pub(super) duty: Duty,
    pub(super) bound: Option<Bound>,
    pub(super) since: Instant,
    /// Whether the demo is founded before the process calls itself ready.
    pub(super) demo: bool,
}

/// Starts, says so, waits for a signal and stops.
pub(super) async fn stay(given: Given, staying: Staying) -> Result<(), Failure> {
    let ending = Ending::default();
    let signals = Signals::listen()
        .map_err(|error| Failure::failed(format!("signals cannot be listened to: {error}")))?;
    let mut obeying = tokio::task::JoinSet::new();
    obeying.spawn(signals.obey(ending.clone()));
    let console = given.console.clone();
    let demo_file = staying
        .demo
        .then(|| given.config.data.directory.join("demo.json"));
    let has_graphiql = given.config.environment == Environment::Development;
    let start = App::start(Start {
        config: given.config,
        duty: staying.duty,
        clock: clock::system,
        console: given.console,
        bound: staying.bound,
    });
    let app = tokio::select! {
        app = start => app?,
        // What was begun is undone by its own ends.
        () = ending.stop.cancelled() => {
            console.step("stopping before everything was started");
            return Ok(());
        }
    };
    if let Some(file) = demo_file
        && let Err(failure) = found_demo(&console, &app, &file).await
    {
        app.stop(&ending).await?;
        return Err(failure);
    }
    announce(&console, &app, has_graphiql);
    let elapsed = staying.since.elapsed();
    console.result(format!(
        "ready in {}.{:02} s",
        elapsed.as_secs(),
        elapsed.subsec_millis() / 10
    ));
    tracing::info!("ready");
    let broken = tokio::select! {
        () = ending.stop.cancelled() => None,
        failure = app.broken() => Some(failure),
    };
    console.step("stopping; once more to stop at once");
    app.stop(&ending).await?;
    console.step("stopped");
    broken.map_or(Ok(()), Err)
}

/// Founds the demo and writes how to get in.
async fn found_demo(console: &Console, app: &App, file: &Path) -> Result<(), Failure> {
    let step = "founding the demo's businesses";
    console.step(step);
    let base = app
        .url()
        .map(|url| url.as_str().trim_end_matches('/').to_owned());
    let base = base.unwrap_or_default();
    let secret = app.database().installation_secret("demo");
    let at = clock::system();
    let founding = crate::demo::found(app.store().clone(), (&base, &secret), at);
    let demo = console.during(step, founding).await;
    let demo = demo.map_err(|error| Failure::failed(format!("{error:#}")))?;
    let written = serde_json::to_vec_pretty(&demo)
        .map_err(io::Error::from)
        .and_then(|json| write_for_us_alone(file, &json));
    written.map_err(|error| {
        Failure::surroundings(format!("{} cannot be written: {error}", file.display()))
    })?;
    console.result(format!("  Demo     {}", file.display()));
    Ok(())
}

/// Passwords are in it.
fn write_for_us_alone(file: &Path, bytes: &[u8]) -> io::Result<()> {
    let mut options = OpenOptions::new();
    let mut file = options
        .write(true)
        .create(true)
        .truncate(true)
        .mode(0o600)
        .open(file)?;
    // The mode counts for new files alone.
    file.set_permissions(Permissions::from_mode(0o600))?;
    file.write_all(bytes)
}

/// Tells where everything is.
fn announce(console: &Console, app: &App, has_graphiql: bool) {
    if let Some(url) = app.url() {
        let url = url.as_str().trim_end_matches('/');
        console.result(format!("  GraphQL  {url}/graphql"));
        if has_graphiql {
            console.result(format!("  GraphiQL {url}/graphiql"));
        }
        console.result(format!("  REST     {url}/auth"));
        console.result(format!("  Health   {url}/health/ready"));
        console.result(format!("  Metrics  {url}/metrics"));
    }
}
