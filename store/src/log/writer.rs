//! The one writer of this process: group commit without any artificial delay.
//!
//! While one batch is being committed, the next one gathers: the running commit is the delay.

use std::mem;
use std::time::{Duration, Instant};

use chrono::{DateTime, Utc};
use metrics::{counter, histogram};
use tokio::sync::{mpsc, watch};
use tokio_util::sync::CancellationToken;

use super::append::{Append, AppendError};
use super::appender::Appender;
use super::landed::{Announcer, Part};
use super::tail::TailSource;
use crate::database::Database;
use crate::vault::MasterId;

/// Requests in one batch; more wait for the next one.
const BATCH: usize = 1_000;
/// Bytes in one batch, roughly; one request may be bigger and then goes alone.
const BATCH_BYTES: usize = 4 << 20;

/// How long a request may wait for its batch; the batch itself is bounded by the appender.
const PATIENCE: Duration = Duration::from_secs(10);
/// From so many waiting requests on a batch is sent at once, and those whose batch came before are
/// answered while it is under way; with fewer, they are answered first and may ask again.
const ENOUGH: usize = 16;

/// How the writer behaves.
#[derive(Debug, Clone, Copy)]
pub(crate) struct WriterOptions {
    /// Requests that may wait; more are refused as overloaded.
    pub(crate) queue: usize,
    /// What time it is.
    pub(crate) clock: fn() -> DateTime<Utc>,
    /// What new keys of data subjects are wrapped under.
    pub(crate) master: MasterId,
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
        let appender = Appender::new(database, options.clock, options.master);
        let task = run(appender, Announcer { tail, written }, receiver, stop);
        (Self { queue }, notices, task)
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

/// The requests of one batch and what became of them, not told yet.
#[derive(Default)]
struct Unanswered {
    batch: Vec<Append>,
    parts: Vec<Part>,
}

async fn run(
    mut appender: Appender,
    announcer: Announcer,
    mut queue: mpsc::Receiver<Append>,
    stop: CancellationToken,
) {
    let mut waiting = Vec::with_capacity(BATCH);
    let mut unanswered = Unanswered::default();
    loop {
        if waiting.len() + queue.len() < ENOUGH {
            answer(&mut unanswered, &announcer);
            gather(&queue).await;
        }
        if waiting.is_empty() && unanswered.batch.is_empty() {
            tokio::select! {
                biased;
                // First: under load the queue is never empty, and the end would never come.
                () = stop.cancelled() => {
                    queue.close();
                    queue.recv_many(&mut waiting, BATCH).await
                }
                received = queue.recv_many(&mut waiting, BATCH) => received,
            };
            if waiting.is_empty() {
                return;
            }
        }
        while waiting.len() < BATCH
            && let Ok(request) = queue.try_recv()
        {
            waiting.push(request);
        }
        refuse_old(&mut waiting);
        let rest = waiting.split_off(fitting(&waiting));
        let mut batch = mem::replace(&mut waiting, rest);
        // The database works while the others are answered, and ask again.
        let (parts, ()) = tokio::join!(
            biased;
            append(&mut appender, &mut batch),
            async { answer(&mut unanswered, &announcer) },
        );
        unanswered = Unanswered { batch, parts };
    }
}

async fn append(appender: &mut Appender, batch: &mut [Append]) -> Vec<Part> {
    if batch.is_empty() {
        return Vec::new();
    }
    let started = Instant::now();
    let parts = appender.append(batch).await;
    histogram!("daybook_append_batch_commands")
        .record(f64::from(u32::try_from(batch.len()).unwrap_or(u32::MAX)));
    histogram!("daybook_append_seconds").record(started.elapsed().as_secs_f64());
    parts
}

/// Tells readers what there is, and each what became of its request.
fn answer(unanswered: &mut Unanswered, announcer: &Announcer) {
    let Unanswered { batch, parts } = mem::take(unanswered);
    let outcomes = parts.into_iter().flat_map(|part| part.tell(announcer));
    for (request, outcome) in batch.into_iter().zip(outcomes) {
        if let Err(Ok(appended)) = request.reply.send(outcome) {
            // The caller has gone, the events stay: nobody else brings its states up to date.
            announcer.tail.outdate(&appended.records);
        }
    }
}

/// Lets those who were just answered ask again before the next batch is closed: a commit costs the
/// same for two as for one. No time is waited: when nobody else has anything to do, this is over.
async fn gather(queue: &mpsc::Receiver<Append>) {
    let mut asked = queue.len();
    while asked < ENOUGH {
        tokio::task::yield_now().await;
        if queue.len() == asked {
            return;
        }
        asked = queue.len();
    }
}

/// Nobody waits for ever: what is not begun in time is told so, and certainly not appended.
fn refuse_old(waiting: &mut Vec<Append>) {
    let old = |request: &mut Append| request.asked.elapsed() > PATIENCE;
    // In order of asking: the first is the oldest.
    if !waiting.first_mut().is_some_and(old) {
        return;
    }
    for request in waiting.extract_if(.., old) {
        let reason = "the log did not get to it in time".to_owned();
        drop(request.reply.send(Err(AppendError::Unavailable(reason))));
    }
}

/// How many of the waiting requests make a batch; at least one.
fn fitting(waiting: &[Append]) -> usize {
    let mut bytes = 0;
    let over = waiting.iter().position(|request| {
        bytes += request.size();
        bytes > BATCH_BYTES
    });
    over.unwrap_or(waiting.len()).max(1).min(waiting.len())
}
