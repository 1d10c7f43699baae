//! What is told of a batch that is in the log, and to whom?
//!
//! Readers that follow the log first, then those who asked: whoever is answered finds what they did.
//! The writer tells of one batch while the database takes in the next.

use std::mem;
use std::sync::Arc;

use metrics::counter;
use tokio::sync::watch;

use super::append::{AppendError, Appended};
use super::plan::{Plan, Verdict};
use super::record::Recorded;
use super::tail::TailSource;

/// What became of a batch, per request.
pub(super) type Outcomes = Vec<Result<Appended, AppendError>>;

/// What became of a batch or a part of it, in the order of its requests.
pub(super) enum Part {
    /// It is in the log; nobody knows yet.
    Landed(Box<Landed>),
    /// Nothing of it is.
    Failed(Outcomes),
}

/// A plan that was carried out.
pub(super) struct Landed {
    plan: Plan,
    records: Vec<Arc<Recorded>>,
    /// Log positions of the last event before it, and of its own last one.
    heads: (i64, i64),
    /// What was appended before, in the order of the verdicts that repeat.
    repeated: Vec<Appended>,
}

/// The way to those who follow the log.
#[derive(Debug, Clone)]
pub(super) struct Announcer {
    pub(super) tail: TailSource,
    pub(super) written: watch::Sender<i64>,
}

impl Part {
    /// Tells the readers; what to answer.
    pub(super) fn tell(self, announcer: &Announcer) -> Outcomes {
        match self {
            Self::Landed(landed) => landed.tell(announcer),
            Self::Failed(outcomes) => outcomes,
        }
    }
}

impl Landed {
    /// Of a plan that took the head from the first of these log positions to the second.
    pub(super) fn new(mut plan: Plan, heads: (i64, i64), repeated: Vec<Appended>) -> Self {
        Self {
            records: mem::take(&mut plan.records),
            plan,
            heads,
            repeated,
        }
    }

    fn tell(self, announcer: &Announcer) -> Outcomes {
        let (_, head) = self.heads;
        announcer.announce(&self.records, head);
        let requests = self.plan.verdicts.len();
        self.outcomes().unwrap_or_else(|| {
            let reason = "a verdict without its records";
            tracing::error!(reason, "a batch cannot be answered");
            let unknown = || Err(AppendError::Rejected(reason.to_owned()));
            (0..requests).map(|_| unknown()).collect()
        })
    }

    fn outcomes(self) -> Option<Outcomes> {
        let (before, _) = self.heads;
        let mut repeated = self.repeated.into_iter();
        let mut outcomes: Outcomes = Vec::with_capacity(self.plan.verdicts.len());
        for verdict in &self.plan.verdicts {
            let outcome = match verdict {
                Verdict::Accepted { from, to, position } => Ok(Appended {
                    records: self.records.get(*from..*to)?.to_vec(),
                    position: *position,
                    log_position: before + i64::try_from(*to).ok()?,
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
}

impl Announcer {
    fn announce(&self, records: &[Arc<Recorded>], head: i64) {
        if records.is_empty() {
            return;
        }
        counter!("daybook_events_appended_total")
            .increment(u64::try_from(records.len()).unwrap_or_default());
        self.tail.publish(records);
        self.written.send_replace(head);
    }
}
