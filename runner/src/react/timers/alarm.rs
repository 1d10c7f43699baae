//! Who makes it happen?

use std::time::Duration;

use chrono::{DateTime, TimeDelta, Utc};
use daybook_store::{
    Actor, Context, DueTimer, ExecuteError, Fingerprint, Origin, Store, StoreError,
};
use futures::StreamExt;
use tokio_util::sync::CancellationToken;
use uuid::Uuid;

use super::kind::{Kinds, Occasion};
use super::zone::calendar;
use crate::clock::Clock;

/// Timers claimed at once.
const BATCH: i64 = 200;
/// Commands at one time.
const PARALLEL: usize = 16;
/// The namespace of the ids of commands that timers run.
const NAMESPACE: Uuid = Uuid::from_u128(0x8a3e_3c1d_6f0b_4f5e_9a55_1c6f_7f0d_21b4);
/// A tenant that may change nothing now is looked at again after this time.
const CLOSED: TimeDelta = TimeDelta::hours(1);
/// Pauses after failures, the last one for all further ones, in seconds.
const PAUSES: [i64; 5] = [1, 5, 30, 300, 3_600];

/// Finds timers that are due and makes them happen.
#[derive(Debug, Clone)]
pub(crate) struct Alarm {
    /// Where timers are, and where commands go.
    pub(crate) store: Store,
    /// Which timers there are.
    pub(crate) kinds: Kinds,
    /// What time it is.
    pub(crate) clock: Clock,
    /// Between two looks when nothing is due.
    pub(crate) pause: Duration,
}

/// What became of a timer.
enum Outcome {
    /// It happened; and when it happens again, if it does.
    Happened(Option<DateTime<Utc>>),
    /// A rule says that it must not happen.
    Refused(ExecuteError),
    /// It is for later.
    Later(DateTime<Utc>, String),
}

impl Alarm {
    /// Makes timers happen until stopped.
    pub(crate) async fn run(self, stop: CancellationToken) {
        while !stop.is_cancelled() {
            let found = match self.store.timers().claim((self.clock)(), BATCH).await {
                Ok(due) => {
                    let found = due.len();
                    let all = futures::stream::iter(due).for_each_concurrent(PARALLEL, |timer| {
                        let alarm = &self;
                        async move { alarm.ring(&timer).await }
                    });
                    all.await;
                    found
                }
                Err(error) => {
                    tracing::warn!(%error, "timers cannot be read");
                    0
                }
            };
            if found == 0 {
                stop.run_until_cancelled(tokio::time::sleep(self.pause))
                    .await;
            }
        }
    }

    async fn ring(&self, timer: &DueTimer) {
        let ended = match self.outcome(timer).await {
            Ok(outcome) => self.settle(timer, outcome).await,
            Err(error) => {
                let (again, reason) = (self.after_failure(timer), error.to_string());
                self.settle(timer, Outcome::Later(again, reason)).await
            }
        };
        if let Err(error) = ended {
            // Its lease runs out; whoever is next finds that it has happened.
            tracing::warn!(kind = timer.kind, subject = %timer.subject_id, %error, "a timer was not settled");
        }
    }

    async fn outcome(&self, timer: &DueTimer) -> Result<Outcome, StoreError> {
        let now = (self.clock)();
        let Some(kind) = self.kinds.find(&timer.kind) else {
            let text = "this program knows no such timer".to_owned();
            return Ok(Outcome::Later(now + CLOSED, text));
        };
        let calendar = calendar(&self.store, timer.tenant).await?;
        let moment = timer.moment.instant(calendar.zone);
        if moment > now {
            return Ok(Outcome::Later(
                moment,
                "the tenant's time zone has changed".to_owned(),
            ));
        }
        if kind.waits_for_business() && !calendar.open {
            let text = "the tenant is suspended or closed".to_owned();
            return Ok(Outcome::Later(now + CLOSED, text));
        }
        let occasion = Occasion {
            context: context(timer, now),
            today: now.with_timezone(&calendar.zone.rules()).date_naive(),
        };
        match kind.happen(&self.store, timer, occasion).await {
            Ok(()) => Ok(Outcome::Happened(kind.again(now))),
            Err(refused @ ExecuteError::Refused(_)) => Ok(Outcome::Refused(refused)),
            Err(
                error @ (ExecuteError::Conflict { .. }
                | ExecuteError::CommandIdReused(_)
                | ExecuteError::Overloaded
                | ExecuteError::Store(_)),
            ) => Ok(Outcome::Later(self.after_failure(timer), error.to_string())),
        }
    }

    async fn settle(&self, timer: &DueTimer, outcome: Outcome) -> Result<(), StoreError> {
        let (kind, subject, tenant) = (&timer.kind, timer.subject_id, timer.tenant);
        let timers = self.store.timers();
        let outcome = match outcome {
            Outcome::Happened(again) => {
                tracing::debug!(kind, %subject, %tenant, "a timer went off");
                match again {
                    Some(again) => timers.postpone(timer, again, "it happens again").await?,
                    None => timers.settle(timer).await?,
                };
                "happened"
            }
            Outcome::Refused(reason) => {
                tracing::info!(kind, %subject, %tenant, %reason, "a timer was refused");
                timers.settle(timer).await?;
                "refused"
            }
            Outcome::Later(again, reason) => {
                tracing::warn!(kind, %subject, %tenant, reason, "a timer has to wait");
                timers.postpone(timer, again, &reason).await?;
                "postponed"
            }
        };
        let labels = [("kind", kind.clone()), ("outcome", outcome.to_owned())];
        metrics::counter!("daybook_timers_fired_total", &labels).increment(1);
        Ok(())
    }

    fn after_failure(&self, timer: &DueTimer) -> DateTime<Utc> {
        let index = usize::try_from(timer.attempt)
            .unwrap_or(1)
            .saturating_sub(1);
        let seconds = PAUSES.get(index).or(PAUSES.last()).copied().unwrap_or(60);
        (self.clock)() + TimeDelta::seconds(seconds)
    }
}

/// The command of a timer: the same wherever and however often it is run.
fn context(timer: &DueTimer, now: DateTime<Utc>) -> Context {
    let of = format!(
        "{}:{}:{}:{}",
        timer.tenant, timer.kind, timer.subject_id, timer.set_by
    );
    let command_id = Uuid::new_v5(&NAMESPACE, of.as_bytes());
    let fingerprint = Fingerprint::of(&timer.kind, &of);
    let mut context = Context::new(Actor::System("timers"), command_id, fingerprint, now);
    context.causation_id = Some(timer.set_by);
    context.from(Origin {
        route: Some(format!("timer:{}", timer.kind)),
        ..Origin::default()
    })
}
