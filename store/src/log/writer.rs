//! The one appender of this process: group commit without any artificial delay.
//!
//! While one batch is being committed, the next one gathers. A batch goes out in one round trip
//! (the fast path). When another process appended meanwhile, or a constraint says that some
//! command of the batch cannot go through, the head is locked, everything the batch names is looked
//! up, each command is decided by itself, and those that can are appended (the slow path).

use std::sync::Arc;
use std::time::{Duration, Instant};

use chrono::{DateTime, Utc};
use metrics::{counter, histogram};
use sqlx::{Connection, Executor, PgConnection};
use tokio::sync::{mpsc, watch};
use tokio_util::sync::CancellationToken;
use uuid::Uuid;

use super::append::{Append, AppendError, Appended, stamp};
use super::plan::{Earlier, Known, Plan, Verdict};
use super::record::Recorded;
use super::sql;
use super::tail::TailSource;
use crate::database::Database;
use crate::error::StoreError;

/// Requests in one batch; more wait for the next one.
const BATCH: usize = 1_000;
/// How often the slow path is tried when the connection breaks, with growing pauses: about 5 s.
const ATTEMPTS: u32 = 12;
/// Cached tenants and streams before the caches are emptied; they refill from use.
const CACHED: usize = 500_000;

/// How the writer behaves.
#[derive(Debug, Clone, Copy)]
pub(crate) struct WriterOptions {
    /// Requests that may wait; more are refused as overloaded.
    pub(crate) queue: usize,
    /// What time it is.
    pub(crate) clock: fn() -> DateTime<Utc>,
}

/// The way to the writer task.
#[derive(Debug, Clone)]
pub(crate) struct LogWriter {
    queue: mpsc::Sender<Append>,
}

impl LogWriter {
    /// The handle and the task, which ends once it is cancelled and its queue is drained.
    pub(crate) fn new(
        database: Database,
        tail: TailSource,
        options: WriterOptions,
        stop: CancellationToken,
    ) -> (Self, watch::Receiver<i64>, impl Future<Output = ()> + Send) {
        let (queue, receiver) = mpsc::channel(options.queue);
        let (written, notices) = watch::channel(0);
        let task = WriterTask {
            database,
            tail,
            options,
            written,
            connection: None,
            known: None,
        };
        (Self { queue }, notices, task.run(receiver, stop))
    }

    /// Hands a request over; a full queue refuses at once.
    pub(crate) fn submit(&self, request: Append) {
        if let Err(error) = self.queue.try_send(request) {
            let (mpsc::error::TrySendError::Full(request)
            | mpsc::error::TrySendError::Closed(request)) = error;
            counter!("daybook_append_refused_total").increment(1);
            // The caller may have gone; then nobody needs the answer.
            drop(request.reply.send(Err(AppendError::Overloaded)));
        }
    }
}

struct WriterTask {
    database: Database,
    tail: TailSource,
    options: WriterOptions,
    written: watch::Sender<i64>,
    connection: Option<PgConnection>,
    /// `None` until the head was read, and after anything that makes it doubtful.
    known: Option<Known>,
}

/// What became of a batch, per request.
type Outcomes = Vec<Result<Appended, AppendError>>;

impl WriterTask {
    async fn run(mut self, mut queue: mpsc::Receiver<Append>, stop: CancellationToken) {
        let mut batch = Vec::with_capacity(BATCH);
        loop {
            let received = tokio::select! {
                biased;
                received = queue.recv_many(&mut batch, BATCH) => received,
                () = stop.cancelled() => {
                    queue.close();
                    queue.recv_many(&mut batch, BATCH).await
                }
            };
            if received == 0 {
                return;
            }
            let started = Instant::now();
            let outcomes = self.append(&batch).await;
            histogram!("daybook_append_batch_commands")
                .record(f64::from(u32::try_from(batch.len()).unwrap_or(u32::MAX)));
            histogram!("daybook_append_seconds").record(started.elapsed().as_secs_f64());
            for (request, outcome) in batch.drain(..).zip(outcomes) {
                // The caller may have gone; the events stay.
                drop(request.reply.send(outcome));
            }
        }
    }

    async fn append(&mut self, batch: &[Append]) -> Outcomes {
        if let Some(outcomes) = self.fast(batch).await {
            return outcomes;
        }
        self.known = None;
        let mut pause = Duration::from_millis(5);
        let mut reason = String::new();
        for _ in 0..ATTEMPTS {
            match self.slow(batch).await {
                Ok(outcomes) => return outcomes,
                Err(error) => {
                    tracing::warn!(%error, "the append failed and is tried again");
                    self.connection = None;
                    reason = error.to_string();
                }
            }
            tokio::time::sleep(pause).await;
            pause = (pause * 2).min(Duration::from_secs(1));
        }
        batch
            .iter()
            .map(|_| Err(AppendError::Unavailable(reason.clone())))
            .collect()
    }

    /// One round trip on what is known. `None`: the slow path has to decide.
    async fn fast(&mut self, batch: &[Append]) -> Option<Outcomes> {
        let known = self.known.as_mut()?;
        let connection = self.connection.as_mut()?;
        let recorded_at = stamp((self.options.clock)(), known.recorded_at);
        let mut plan = Plan::of(batch, known, recorded_at, mint).ok()?;
        if plan.records.is_empty() {
            return settle_outcomes(&plan, &[], Vec::new());
        }
        match sql::append(connection, &plan, known.head).await {
            Ok(Some(head)) => {
                let records = plan.take_records(known.head);
                plan.commit_to(known, head);
                if known.streams.len() + known.tenants.len() > CACHED {
                    known.streams.clear();
                    known.tenants.clear();
                }
                self.publish(&records, head);
                settle_outcomes(&plan, &records, Vec::new())
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
    async fn slow(&mut self, batch: &[Append]) -> Result<Outcomes, StoreError> {
        counter!("daybook_append_slow_total").increment(1);
        let mut connection = match self.connection.take() {
            Some(connection) => connection,
            None => connect(&self.database).await?,
        };
        let outcome = self.slow_on(&mut connection, batch).await;
        if outcome.is_ok() {
            self.connection = Some(connection);
        }
        outcome
    }

    async fn slow_on(
        &mut self,
        connection: &mut PgConnection,
        batch: &[Append],
    ) -> Result<Outcomes, StoreError> {
        let mut tx = connection.begin().await?;
        let mut known = sql::look_up(&mut tx, batch).await?;
        let recorded_at = stamp((self.options.clock)(), known.recorded_at);
        let mut plan = Plan::of(batch, &known, recorded_at, mint)
            .map_err(|_| StoreError::Broken("the slow path lacks a fact".to_owned()))?;
        let mut repeats = Vec::new();
        for (request, verdict) in batch.iter().zip(&plan.verdicts) {
            if let Verdict::Repeats(Earlier {
                position, count, ..
            }) = verdict
            {
                repeats.push(sql::events_at(&mut tx, request.tenant, *position, *count).await?);
            }
        }
        let mut records = Vec::new();
        if plan.records.is_empty() {
            tx.rollback().await?;
        } else {
            let head = sql::append(&mut tx, &plan, known.head).await?;
            let head = head.ok_or_else(|| {
                StoreError::Broken("the head moved while it was locked".to_owned())
            })?;
            tx.commit().await?;
            records = plan.take_records(known.head);
            plan.commit_to(&mut known, head);
            self.publish(&records, head);
        }
        known.looked_up = None;
        self.known = Some(known);
        settle_outcomes(&plan, &records, repeats)
            .ok_or_else(|| StoreError::Broken("a verdict without its records".to_owned()))
    }

    fn publish(&self, records: &[Arc<Recorded>], head: i64) {
        counter!("daybook_events_appended_total")
            .increment(u64::try_from(records.len()).unwrap_or_default());
        self.tail.publish(records);
        self.written.send_replace(head);
    }
}

/// Answers in the order of the batch; `repeats` in the order of the verdicts that repeat.
fn settle_outcomes(
    plan: &Plan,
    records: &[Arc<Recorded>],
    repeats: Vec<Vec<Recorded>>,
) -> Option<Outcomes> {
    let mut repeats = repeats.into_iter();
    let mut outcomes: Outcomes = Vec::with_capacity(plan.verdicts.len());
    for verdict in &plan.verdicts {
        let outcome = match verdict {
            Verdict::Accepted { from, to } => {
                let records = records.get(*from..*to)?.to_vec();
                Ok(Appended {
                    records,
                    replayed: false,
                })
            }
            Verdict::Follows(index) => match outcomes.get(*index)? {
                Ok(first) => Ok(Appended {
                    records: first.records.clone(),
                    replayed: true,
                }),
                Err(error) => Err(error.clone()),
            },
            Verdict::Repeats(_) => {
                let records = repeats.next()?.into_iter().map(Arc::new).collect();
                Ok(Appended {
                    records,
                    replayed: true,
                })
            }
            Verdict::Refused(error) => Err(error.clone()),
        };
        outcomes.push(outcome);
    }
    Some(outcomes)
}

/// A stuck holder of the head would stop the whole log: everything here is bounded.
async fn connect(database: &Database) -> Result<PgConnection, StoreError> {
    let mut connection = database
        .connect_as(crate::database::Role::Log)
        .await
        .map_err(|error| StoreError::Unavailable(error.to_string()))?;
    connection
        .execute(
            "set lock_timeout = '2s'; set statement_timeout = '10s'; \
             set idle_in_transaction_session_timeout = '5s'; set synchronous_commit = on",
        )
        .await?;
    Ok(connection)
}

#[expect(
    clippy::disallowed_methods,
    reason = "the log is the edge at which event ids are minted"
)]
fn mint() -> Uuid {
    Uuid::now_v7()
}
