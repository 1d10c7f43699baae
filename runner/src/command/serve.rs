//! `daybook serve`: answers clients; and what `up`, `serve` and `work` have in common.

use std::fs;
use std::io;
use std::path::Path;
use std::time::Instant;

use clap::Args;
use daybook_store::vault::random;

use super::run::Given;
use crate::app::{App, Duty, Start};
use crate::clock;
use crate::config::Environment;
use crate::console::Console;
use crate::failure::Failure;
use crate::http::{Bound, bind};
use crate::private_file;
use crate::signal::Ending;

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
    let (ending, _obeying) = Ending::by_signals()?;
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
    if let Some(file) = demo_file {
        let founding = found_demo(&console, &app, &file);
        if let Err(failure) = ending.unless_stopped(founding).await {
            // What was founded stays; the next start founds the rest.
            let interrupted = failure.is_interruption();
            if interrupted {
                console.step("stopping before the demo was founded");
            }
            app.stop(&ending).await?;
            return if interrupted { Ok(()) } else { Err(failure) };
        }
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
    let secret = kept_secret(&file.with_extension("secret"), secret)?;
    let at = clock::system();
    let founding = crate::demo::found(app.store().clone(), (&base, &secret), at);
    let demo = console.during(step, founding).await;
    let demo = demo.map_err(|error| Failure::failed(format!("{error:#}")))?;
    let written = serde_json::to_vec_pretty(&demo)
        .map_err(io::Error::from)
        .and_then(|json| private_file::replace(file, &json));
    written.map_err(|error| {
        Failure::surroundings(format!("{} cannot be written: {error}", file.display()))
    })?;
    console.result(format!("  Demo     {}", file.display()));
    Ok(())
}

/// The secret in that file. Where there is none yet, it is what follows from the database's password, so
/// that it is the same on every node and after the data directory is gone, or drawn where there is none.
/// Kept, it outlives another password.
fn kept_secret(file: &Path, derived: Option<String>) -> Result<String, Failure> {
    let failed = |error: io::Error| {
        Failure::surroundings(format!("{} cannot be used: {error}", file.display()))
    };
    match fs::read_to_string(file) {
        Ok(secret) if secret.trim().is_empty() => {
            return Err(failed(io::Error::other("it is empty; remove it")));
        }
        Ok(secret) => return Ok(secret.trim().to_owned()),
        Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(failed(error)),
        Err(_) => {}
    }
    let secret = match derived {
        Some(secret) => secret,
        None => {
            let drawn = random::<32>().map_err(|error| Failure::failed(error.to_string()))?;
            hex::encode(drawn)
        }
    };
    private_file::create(file, &secret).map_err(failed)?;
    Ok(secret)
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_secret_is_made_once_and_for_us_alone() {
        let place = tempfile::tempdir().unwrap();
        let file = place.path().join("demo.secret");
        let secret = kept_secret(&file, None).unwrap();
        assert_eq!(secret.len(), 64);
        assert_eq!(kept_secret(&file, None).unwrap(), secret);
        // Another password later on does not change whom the demo has.
        assert_eq!(
            kept_secret(&file, Some("derived".to_owned())).unwrap(),
            secret
        );
        let other = place.path().join("other");
        assert_ne!(kept_secret(&other, None).unwrap(), secret);
        let third = place.path().join("third");
        assert_eq!(
            kept_secret(&third, Some("derived".to_owned())).unwrap(),
            "derived"
        );
        assert_eq!(kept_secret(&third, None).unwrap(), "derived");
        fs::write(&third, "\n").unwrap();
        let refused = kept_secret(&third, None).unwrap_err().to_string();
        assert!(refused.ends_with("it is empty; remove it"), "{refused}");
    }
}
