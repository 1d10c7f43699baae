//! `daybook serve`: answers clients; and what `up`, `serve` and `work` have in common.

use std::time::Instant;

use clap::Args;

use super::run::Given;
use crate::app::{App, Duty, Start};
use crate::clock;
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
}

/// Starts, says so, waits for a signal and stops.
pub(super) async fn stay(given: Given, staying: Staying) -> Result<(), Failure> {
    let ending = Ending::default();
    let signals = Signals::listen()
        .map_err(|error| Failure::failed(format!("signals cannot be listened to: {error}")))?;
    let mut obeying = tokio::task::JoinSet::new();
    obeying.spawn(signals.obey(ending.clone()));
    let console = given.console.clone();
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
    announce(&console, &app, staying.since);
    let broken = tokio::select! {
        () = ending.stop.cancelled() => None,
        failure = app.broken() => Some(failure),
    };
    console.step("stopping; once more to stop at once");
    app.stop(&ending).await?;
    console.step("stopped");
    broken.map_or(Ok(()), Err)
}

fn announce(console: &Console, app: &App, since: Instant) {
    if let Some(url) = app.url() {
        let url = url.as_str().trim_end_matches('/');
        console.result(format!("  GraphQL  {url}/graphql"));
        console.result(format!("  REST     {url}/auth"));
        console.result(format!("  Health   {url}/health/ready"));
        console.result(format!("  Metrics  {url}/metrics"));
    }
    let elapsed = since.elapsed();
    console.result(format!(
        "ready in {}.{:02} s",
        elapsed.as_secs(),
        elapsed.subsec_millis() / 10
    ));
    tracing::info!("ready");
}
