//! How does a batch get into the log?
//!
//! In one round trip, on what is remembered (the fast path). When another process appended
//! meanwhile, or a constraint says that some command of the batch cannot go through, the head is
//! locked, everything the batch names is looked up, each command is decided by itself, and those
//! that can are appended (the slow path). What even then cannot be stored is found by halving.

use std::mem;
use std::sync::Arc;
use std::time::{Duration, Instant};

use chrono::{DateTime, Utc};
use metrics::counter;
use sqlx::{Connection, Executor, PgConnection};
use tokio::sync::watch;

use super::append::{Append, AppendError, Appended, stamp};
use super::look_up::{Learnt, look_up};
use super::plan::{Known, Plan, Verdict};
use super::record::Recorded;
use super::repeat::repeats;
use super::sql;
use super::tail::TailSource;
use crate::database::{Database, Role};
use crate::error::StoreError;
use crate::vault::MasterId;

/// How long a batch is tried when the database is away, with growing pauses.
const PATIENCE: Duration = Duration::from_secs(8);
/// How long one attempt may take; the server gives up a little earlier.
const ATTEMPT: Duration = Duration::from_secs(8);

/// What became of a batch, per request.
pub(super) type Outcomes = Vec<Result<Appended, AppendError>>;

/// The one connection that appends, and what is remembered of the log.
pub(super) struct Appender {
    database: Database,
    tail: TailSource,
    clock: fn() -> DateTime<Utc>,
    written: watch::Sender<i64>,
    /// Whose keys its batches bring along.
    master: MasterId,
    connection: Option<PgConnection>,
    known: Option<Known>,
}

/// Why an attempt left nothing.
#[derive(Debug)]
enum Failed {
    /// The database is away, stopped us or is full: another attempt may go through.
    Away(String),
    /// A key that comes with it is there already, or its master key is not in use.
    KeysNotNew,
    /// It cannot store what it was given, now or later.
    Rejected(String),
}

impl Appender {
    pub(super) fn new(
        database: Database,
        tail: TailSource,
        clock: fn() -> DateTime<Utc>,
        (written, master): (watch::Sender<i64>, MasterId),
    ) -> Self {
        Self {
            database,
            tail,
            clock,
            written,
            master,
            connection: None,
            known: None,
        }
    }

    /// Appends what of the batch can be; answers in its order.
    pub(super) async fn append(&mut self, batch: &mut [Append]) -> Outcomes {
        let fast = tokio::time::timeout(ATTEMPT, self.fast(batch)).await;
        match fast {
            Ok(Some(outcomes)) => return outcomes,
            Ok(None) => {}
            // Whatever is under way on that connection: the head's lock decides.
            Err(_) => self.connection = None,
        }
        let until = Instant::now() + PATIENCE;
        let mut outcomes = Outcomes::with_capacity(batch.len());
        let mut parts = vec![batch];
        while let Some(part) = parts.pop() {
            match self.try_until(part, until).await {
                Ok(some) => outcomes.extend(some),
                Err(Failed::Away(reason)) => {
                    let away = || Err(AppendError::Unavailable(reason.clone()));
                    outcomes.extend(part.iter().map(|_| away()));
                }
                Err(Failed::KeysNotNew) => {
                    outcomes.extend(part.iter().map(|_| Err(AppendError::KeysNotNew)));
                }
                Err(Failed::Rejected(reason)) if part.len() <= 1 => {
                    tracing::error!(reason, "a command that cannot be stored");
                    outcomes.push(Err(AppendError::Rejected(reason)));
                }
                Err(Failed::Rejected(_)) => {
                    let (left, right) = part.split_at_mut(part.len() / 2);
                    parts.extend([right, left]);
                }
            }
        }
        outcomes
    }

    async fn try_until(
        &mut self,
        batch: &mut [Append],
        until: Instant,
    ) -> Result<Outcomes, Failed> {
        let mut pause = Duration::from_millis(5);
        let mut keys_not_new = false;
        loop {
            counter!("daybook_append_slow_total").increment(1);
            let attempt = tokio::time::timeout(ATTEMPT, self.slow(batch, keys_not_new)).await;
            let reason = match attempt {
                Ok(Err(Failed::Away(reason))) => reason,
                Ok(Err(Failed::KeysNotNew)) if !keys_not_new => {
                    keys_not_new = true;
                    continue;
                }
                Ok(other) => return other,
                Err(_) => "the database does not answer".to_owned(),
            };
            self.connection = None;
            tracing::warn!(reason, "the append failed and is tried again");
            if Instant::now() + pause > until {
                return Err(Failed::Away(reason));
            }
            tokio::time::sleep(pause).await;
            pause = (pause * 2).min(Duration::from_millis(500));
        }
    }

    /// One round trip on what is remembered. `None`: the slow path has to decide.
    async fn fast(&mut self, batch: &mut [Append]) -> Option<Outcomes> {
        let known = self.known.as_mut()?;
        let connection = self.connection.as_mut()?;
        let recorded_at = stamp((self.clock)(), known.recorded_at);
        let mut plan = Plan::of(batch, known, recorded_at).ok()?;
        let before = known.head;
        let appended = if plan.is_idle() {
            // No append proves here that what is remembered is still so.
            let head = sql::head(connection).await;
            head.map(|head| (head == before).then_some(head))
        } else {
            sql::append(connection, (&plan, &self.master), before).await
        };
        match appended {
            Ok(Some(head)) => {
                let records = mem::take(&mut plan.records);
                plan.commit_to(known, head);
                known.trim();
                self.publish(&records, head);
                settle_outcomes(&plan, &records, (before, Vec::new()))
            }
            Ok(None) => None,
            Err(error) => {
                if error.as_database_error().is_none() {
                    self.connection = None;
                }
                tracing::debug!(%error, "the fast append did not go through");
                None
            }
        }
    }

    /// Under the head's lock, with everything looked up.
    async fn slow(&mut self, batch: &mut [Append], keys_not_new: bool) -> Result<Outcomes, Failed> {
        let mut connection = match self.connection.take() {
            Some(connection) => connection,
            None => connect(&self.database).await?,
        };
        let outcome = self.slow_on(&mut connection, (batch, keys_not_new)).await;
        if outcome.is_ok() {
            self.connection = Some(connection);
        }
        outcome
    }

    async fn slow_on(
        &mut self,
        connection: &mut PgConnection,
        (batch, keys_not_new): (&mut [Append], bool),
    ) -> Result<Outcomes, Failed> {
        let mut tx = connection.begin().await?;
        let known_head = self.known.as_ref().map(|known| known.head);
        let Learnt { mut known, since } =
            look_up(&mut tx, (batch, keys_not_new), known_head).await?;
        let recorded_at = stamp((self.clock)(), known.recorded_at);
        let mut plan = Plan::of(batch, &known, recorded_at)
            .map_err(|_| Failed::Away("the slow path lacks a fact".to_owned()))?;
        let repeated: Vec<_> = batch
            .iter()
            .zip(&plan.verdicts)
            .filter_map(|(request, verdict)| match verdict {
                Verdict::Repeats(earlier) => Some((request.tenant, earlier)),
                Verdict::Accepted { .. } | Verdict::Follows(_) | Verdict::Refused(_) => None,
            })
            .collect();
        let mut repeated_left = Vec::new();
        if !repeated.is_empty() {
            repeated_left = repeats(&mut tx, &repeated).await?;
        }
        let before = known.head;
        let mut records = Vec::new();
        if plan.is_idle() {
            tx.rollback().await?;
        } else {
            let head = sql::append(&mut tx, (&plan, &self.master), before).await?;
            let head =
                head.ok_or_else(|| Failed::Away("the head moved while it was locked".to_owned()))?;
            tx.commit().await?;
            records = mem::take(&mut plan.records);
            plan.commit_to(&mut known, head);
            self.publish(&records, head);
        }
        known.looked_up = None;
        match (&mut self.known, since) {
            (Some(old), Some(since)) => old.learn(known, since),
            (old, _) => *old = Some(known),
        }
        settle_outcomes(&plan, &records, (before, repeated_left))
            .ok_or_else(|| Failed::Rejected("a verdict without its records".to_owned()))
    }

    fn publish(&self, records: &[Arc<Recorded>], head: i64) {
        if records.is_empty() {
            return;
        }
        counter!("daybook_events_appended_total")
            .increment(u64::try_from(records.len()).unwrap_or_default());
        self.tail.publish(records);
        self.written.send_replace(head);
    }
}

/// Answers in the order of the batch; `repeated` in the order of the verdicts that repeat.
fn settle_outcomes(
    plan: &Plan,
    records: &[Arc<Recorded>],
    (head_before, repeated): (i64, Vec<Appended>),
) -> Option<Outcomes> {
    let mut repeated = repeated.into_iter();
    let mut outcomes: Outcomes = Vec::with_capacity(plan.verdicts.len());
    for verdict in &plan.verdicts {
        let outcome = match verdict {
            Verdict::Accepted { from, to, position } => Ok(Appended {
                records: records.get(*from..*to)?.to_vec(),
                position: *position,
                log_position: head_before + i64::try_from(*to).ok()?,
                replayed: false,
                kept: None,
            }),
            Verdict::Follows(index) => outcomes.get(*index)?.clone().map(|first| Appended {
                replayed: true,
                ..first
            }),
            Verdict::Repeats(_) => Ok(repeated.next()?),
            Verdict::Refused(error) => Err(error.clone()),
        };
        outcomes.push(outcome);
    }
    Some(outcomes)
}

impl From<sqlx::Error> for Failed {
    fn from(error: sqlx::Error) -> Self {
        let code = error
            .as_database_error()
            .and_then(sqlx::error::DatabaseError::code);
        if code.as_deref() == Some(sql::KEYS_NOT_NEW) {
            return Self::KeysNotNew;
        }
        // Data that does not fit, a constraint, a limit of the program, our own functions.
        let ours = code.is_some_and(|code| {
            ["22", "23", "54", "DB"]
                .iter()
                .any(|class| code.starts_with(class))
        });
        if ours || matches!(error, sqlx::Error::Encode(_)) {
            Self::Rejected(error.to_string())
        } else {
            Self::Away(error.to_string())
        }
    }
}

impl From<StoreError> for Failed {
    fn from(error: StoreError) -> Self {
        Self::Away(error.to_string())
    }
}

/// A stuck holder of the head would stop the whole log: everything here is bounded.
async fn connect(database: &Database) -> Result<PgConnection, StoreError> {
    let mut connection = database
        .connect_as(Role::Log)
        .await
        .map_err(|error| StoreError::Unavailable(error.to_string()))?;
    connection
        .execute(
            "set lock_timeout = '2s'; set statement_timeout = '6s'; \
             set idle_in_transaction_session_timeout = '5s'; set synchronous_commit = on; \
             set plan_cache_mode = force_generic_plan",
        )
        .await?;
    Ok(connection)
}
