//! How does a batch get into the log?
//!
//! In one round trip, on what is remembered (the fast path). When another process appended
//! meanwhile, or a constraint says that some command of the batch cannot go through, the head is
//! locked, everything the batch names is looked up, each command is decided by itself, and those
//! that can are appended (the slow path). What even then cannot be stored is found by halving.

use std::time::{Duration, Instant};

use chrono::{DateTime, Utc};
use metrics::counter;
use sqlx::{Connection, Executor, PgConnection};

use super::append::{Append, AppendError, stamp};
use super::landed::{Landed, Part};
use super::look_up::{Learnt, look_up};
use super::plan::{Known, Plan, Verdict};
use super::repeat::repeats;
use super::sql;
use crate::database::{Database, Role};
use crate::error::StoreError;
use crate::vault::MasterId;

/// How long a batch is tried when the database is away, with growing pauses.
const PATIENCE: Duration = Duration::from_secs(8);
/// How long one attempt may take; the server gives up a little earlier.
const ATTEMPT: Duration = Duration::from_secs(8);

/// The one connection that appends, and what is remembered of the log.
pub(super) struct Appender {
    database: Database,
    clock: fn() -> DateTime<Utc>,
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
    pub(super) fn new(database: Database, clock: fn() -> DateTime<Utc>, master: MasterId) -> Self {
        Self {
            database,
            clock,
            master,
            connection: None,
            known: None,
        }
    }

    /// Appends what of the batch can be; what became of its parts, in its order.
    pub(super) async fn append(&mut self, batch: &mut [Append]) -> Vec<Part> {
        let fast = tokio::time::timeout(ATTEMPT, self.fast(batch)).await;
        match fast {
            Ok(Some(landed)) => return vec![Part::Landed(Box::new(landed))],
            Ok(None) => {}
            // Whatever is under way on that connection: the head's lock decides.
            Err(_) => self.connection = None,
        }
        let until = Instant::now() + PATIENCE;
        let mut done = Vec::new();
        let mut parts = vec![batch];
        while let Some(part) = parts.pop() {
            let failed = match self.try_until(part, until).await {
                Ok(landed) => {
                    done.push(Part::Landed(Box::new(landed)));
                    continue;
                }
                Err(Failed::Away(reason)) => AppendError::Unavailable(reason),
                Err(Failed::KeysNotNew) => AppendError::KeysNotNew,
                Err(Failed::Rejected(reason)) if part.len() <= 1 => {
                    tracing::error!(reason, "a command that cannot be stored");
                    AppendError::Rejected(reason)
                }
                Err(Failed::Rejected(_)) => {
                    let (left, right) = part.split_at_mut(part.len() / 2);
                    parts.extend([right, left]);
                    continue;
                }
            };
            let all = part.iter().map(|_| Err(failed.clone()));
            done.push(Part::Failed(all.collect()));
        }
        done
    }

    async fn try_until(&mut self, batch: &mut [Append], until: Instant) -> Result<Landed, Failed> {
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
    async fn fast(&mut self, batch: &mut [Append]) -> Option<Landed> {
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
                plan.commit_to(known, head);
                known.trim();
                Some(Landed::new(plan, (before, head), Vec::new()))
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
    async fn slow(&mut self, batch: &mut [Append], keys_not_new: bool) -> Result<Landed, Failed> {
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
    ) -> Result<Landed, Failed> {
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
        let mut head = before;
        if plan.is_idle() {
            tx.rollback().await?;
        } else {
            let moved = sql::append(&mut tx, (&plan, &self.master), before).await?;
            head = moved
                .ok_or_else(|| Failed::Away("the head moved while it was locked".to_owned()))?;
            tx.commit().await?;
            plan.commit_to(&mut known, head);
        }
        known.looked_up = None;
        match (&mut self.known, since) {
            (Some(old), Some(since)) => old.learn(known, since),
            (old, _) => *old = Some(known),
        }
        Ok(Landed::new(plan, (before, head), repeated_left))
    }
}

impl From<sqlx::Error> for Failed {
    fn from(error: sqlx::Error) -> Self {
        let refused = error.as_database_error();
        let code = refused.and_then(sqlx::error::DatabaseError::code);
        let constraint = refused.and_then(sqlx::error::DatabaseError::constraint);
        if code.as_deref() == Some(sql::NO_MASTER) || constraint == Some(sql::KEYS_NEW) {
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
