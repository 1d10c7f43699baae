//! When is a command tried again, and when is it given up?

use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use daybook_store::{ExecuteError, StoreError};
use tokio_util::sync::CancellationToken;

const FIRST_PAUSE: Duration = Duration::from_millis(50);
const LONGEST_PAUSE: Duration = Duration::from_secs(3);
/// What else can be done about a document that cannot be changed any more.
const IMPORTED_OTHERWISE: &str = "it was imported before with another content and stays as it is; \
                                  import what is missing under another number";
/// Races with others that may be lost in a row.
const MOST_CONFLICTS: u32 = 10;

/// Why a command did not go through.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Failed {
    /// It never will.
    Refused { reason: String },
    /// The database stayed away.
    Away { waited: Duration, reason: String },
    /// Somebody asked to stop while it was away.
    Stopped,
}

/// How long to try.
#[derive(Debug)]
pub(super) struct Trial {
    pub(super) patience: Duration,
    pub(super) stop: CancellationToken,
    /// Commands that wait for the database right now.
    pub(super) waiting: AtomicUsize,
}

/// What an error means for the command.
enum Meaning {
    Never(Failed),
    Conflict(String),
    Later(String),
}

impl Trial {
    /// Tries until it goes through, is refused, or the database is away for longer than bearable.
    pub(super) async fn run<T, F>(&self, mut attempt: impl FnMut() -> F) -> Result<T, Failed>
    where
        F: Future<Output = Result<T, ExecuteError>>,
    {
        let mut pause = FIRST_PAUSE;
        let mut away_since = None;
        let mut conflicts = 0;
        loop {
            let error = match attempt().await {
                Ok(done) => return Ok(done),
                Err(error) => error,
            };
            match meaning(error) {
                Meaning::Never(failed) => return Err(failed),
                Meaning::Conflict(reason) => {
                    conflicts += 1;
                    if conflicts >= MOST_CONFLICTS {
                        return Err(Failed::Refused { reason });
                    }
                }
                Meaning::Later(reason) => {
                    let waited = away_since.get_or_insert_with(Instant::now).elapsed();
                    if waited + pause > self.patience {
                        return Err(Failed::Away { waited, reason });
                    }
                }
            }
            self.pause(pause).await?;
            pause = (pause * 2).min(LONGEST_PAUSE);
        }
    }

    async fn pause(&self, pause: Duration) -> Result<(), Failed> {
        self.waiting.fetch_add(1, Ordering::Relaxed);
        let slept = self
            .stop
            .run_until_cancelled(tokio::time::sleep(pause))
            .await;
        self.waiting.fetch_sub(1, Ordering::Relaxed);
        slept.ok_or(Failed::Stopped)
    }
}

fn meaning(error: ExecuteError) -> Meaning {
    let never = |reason| Meaning::Never(Failed::Refused { reason });
    match error {
        ExecuteError::Refused(refused) => never(refused.message),
        ExecuteError::CommandIdReused(_) => never(IMPORTED_OTHERWISE.to_owned()),
        ExecuteError::Conflict { .. } => Meaning::Conflict(error.to_string()),
        ExecuteError::Overloaded | ExecuteError::Store(StoreError::Unavailable(_)) => {
            Meaning::Later(error.to_string())
        }
        ExecuteError::Store(StoreError::Unreadable(_) | StoreError::Broken(_)) => {
            tracing::error!(%error, "a command of an import cannot be executed");
            never(error.to_string())
        }
    }
}

#[cfg(test)]
mod tests {
    use std::cell::Cell;

    use daybook_store::Refused;
    use uuid::Uuid;

    use super::*;

    fn trial(patience: Duration) -> Trial {
        Trial {
            patience,
            stop: CancellationToken::new(),
            waiting: AtomicUsize::new(0),
        }
    }

    fn away() -> ExecuteError {
        StoreError::Unavailable("gone".to_owned()).into()
    }

    fn conflict() -> ExecuteError {
        ExecuteError::Conflict {
            stream_id: Uuid::nil(),
            current: 1,
        }
    }

    /// Fails that many times before it goes through; the outcome and the number of attempts.
    async fn after(
        trial: &Trial,
        failures: u32,
        error: fn() -> ExecuteError,
    ) -> (Result<(), Failed>, u32) {
        let attempts = Cell::new(0);
        let outcome = trial.run(|| {
            attempts.set(attempts.get() + 1);
            let goes_through = attempts.get() > failures;
            std::future::ready(if goes_through { Ok(()) } else { Err(error()) })
        });
        (outcome.await, attempts.get())
    }

    #[tokio::test]
    async fn tries_again_what_may_go_through_later() {
        let trial = trial(Duration::from_mins(1));
        assert_eq!(after(&trial, 2, away).await, (Ok(()), 3));
        assert_eq!(after(&trial, 2, conflict).await, (Ok(()), 3));
        assert_eq!(
            after(&trial, 1, || ExecuteError::Overloaded).await,
            (Ok(()), 2)
        );
        assert_eq!(trial.waiting.load(Ordering::Relaxed), 0);
    }

    #[tokio::test]
    async fn gives_up_when_the_database_stays_away() {
        let (outcome, attempts) = after(&trial(Duration::from_millis(200)), 1_000, away).await;
        assert!(matches!(outcome, Err(Failed::Away { .. })), "{outcome:?}");
        assert!(attempts > 1);
    }

    #[tokio::test]
    async fn never_repeats_what_is_refused() {
        let refused = || {
            ExecuteError::Refused(Refused {
                code: "NUMBER_TAKEN",
                message: "taken".to_owned(),
                field: "number",
            })
        };
        let (outcome, attempts) = after(&trial(Duration::from_mins(1)), 1, refused).await;
        let reason = "taken".to_owned();
        assert_eq!((outcome, attempts), (Err(Failed::Refused { reason }), 1));
        let reused = || ExecuteError::CommandIdReused(Uuid::nil());
        let (outcome, _) = after(&trial(Duration::from_mins(1)), 1, reused).await;
        assert!(matches!(outcome, Err(Failed::Refused { .. })));
    }

    #[tokio::test]
    async fn stops_waiting_when_asked_to() {
        let trial = trial(Duration::from_mins(1));
        trial.stop.cancel();
        assert_eq!(after(&trial, 1, away).await, (Err(Failed::Stopped), 1));
    }
}
