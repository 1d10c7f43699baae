//! Commands of one tenant that go through together or not at all.

use std::time::Duration;

use daybook_domain::kernel::{Command, TenantId};
use tokio::sync::oneshot;
use uuid::Uuid;

use super::context::Context;
use super::receipt::Receipt;
use super::step::{CommandOn, Decided, Step, Undecided};
use crate::error::{ExecuteError, StoreError};
use crate::log::{Append, AppendError, Appended, earlier_command, events_at};
use crate::store::Store;

/// Decisions on fresh state before a race counts as lost.
const TRIES: u32 = 5;
/// How long the log may take to answer. What it was asked may still be appended afterwards; the
/// same command id then finds it.
const PATIENCE: Duration = Duration::from_secs(20);

/// Commands of one tenant, decided and appended as one.
#[derive(Debug)]
pub struct Batch<'s> {
    store: &'s Store,
    tenant: TenantId,
    context: Context,
    steps: Vec<Box<dyn Step>>,
}

impl<'s> Batch<'s> {
    pub(crate) fn new(store: &'s Store, tenant: TenantId, context: Context) -> Self {
        Self {
            store,
            tenant,
            context,
            steps: Vec::new(),
        }
    }

    /// Adds a command on a stream. Each command of a batch needs a stream of its own.
    #[must_use]
    pub fn and<C: Command>(mut self, stream_id: impl Into<Uuid>, command: C) -> Self {
        let stream_id = stream_id.into();
        self.steps.push(Box::new(CommandOn {
            stream_id,
            command,
            new: false,
        }));
        self
    }

    /// Adds a command that begins a stream, whose id was minted for it.
    #[must_use]
    pub fn and_new<C: Command>(mut self, stream_id: impl Into<Uuid>, command: C) -> Self {
        let stream_id = stream_id.into();
        self.steps.push(Box::new(CommandOn {
            stream_id,
            command,
            new: true,
        }));
        self
    }

    /// Runs them.
    ///
    /// # Errors
    /// A refusal, a conflict, or the log is away. Nothing was recorded then, except that after
    /// [`StoreError::Unavailable`] it may have been: the same command id finds out.
    pub async fn execute(self) -> Result<Receipt, ExecuteError> {
        let mut conflict = None;
        for attempt in 0..TRIES {
            let decided = match self.decide(attempt == 0).await {
                Ok(decided) => decided,
                Err(Undecided::Store(error)) => return Err(error.into()),
                Err(Undecided::Refused(refused)) => return self.earlier_or(refused.into()).await,
            };
            if let Some(stale) = self.stale(&decided) {
                return self.earlier_or(stale).await;
            }
            if decided.iter().all(|decided| decided.write.is_none()) {
                let version = decided.first().map_or(0, |decided| decided.version);
                return self.nothing_to_do(version).await;
            }
            match self.append(decided).await? {
                Ok(receipt) => return Ok(receipt),
                Err(AppendError::Conflict { stream_id, current }) => {
                    for step in &self.steps {
                        self.store.cache().evict(self.tenant, step.stream_id());
                    }
                    let lost = ExecuteError::Conflict { stream_id, current };
                    if self.context.expected_version.is_some() {
                        return self.earlier_or(lost).await;
                    }
                    conflict = Some(lost);
                }
                Err(error) => return Err(self.failed(error)),
            }
        }
        metrics::counter!("daybook_command_conflicts_total").increment(1);
        Err(conflict.unwrap_or(ExecuteError::Overloaded))
    }

    async fn decide(&self, first_try: bool) -> Result<Vec<Decided>, Undecided> {
        let mut all = Vec::with_capacity(self.steps.len());
        for step in &self.steps {
            all.push(step.decide(self.store, self.tenant, first_try).await?);
        }
        Ok(all)
    }

    /// The client decided on a version that is not the first stream's.
    fn stale(&self, decided: &[Decided]) -> Option<ExecuteError> {
        let (first, step) = (decided.first()?, self.steps.first()?);
        let expected = self.context.expected_version?;
        (expected != first.version).then_some(ExecuteError::Conflict {
            stream_id: step.stream_id(),
            current: first.version,
        })
    }

    async fn append(
        &self,
        decided: Vec<Decided>,
    ) -> Result<Result<Receipt, AppendError>, ExecuteError> {
        let (reply, answer) = oneshot::channel();
        let mut writes = Vec::with_capacity(decided.len());
        let mut remember = Vec::with_capacity(decided.len());
        for decided in decided {
            writes.extend(decided.write);
            remember.push(decided.remember);
        }
        self.store.writer().submit(Append {
            tenant: self.tenant,
            command_id: self.context.command_id,
            fingerprint: self.context.fingerprint.0,
            meta: self.context.meta(),
            writes,
            reply,
        });
        let answer = match tokio::time::timeout(PATIENCE, answer).await {
            Ok(Ok(answer)) => answer,
            Ok(Err(_)) => Err(AppendError::Unavailable(
                "the log is shutting down".to_owned(),
            )),
            Err(_) => Err(AppendError::Unavailable(
                "the log did not answer in time".to_owned(),
            )),
        };
        match answer {
            Ok(appended) => {
                if !appended.replayed {
                    for remember in remember {
                        remember(self.store, &appended.records);
                    }
                }
                self.receipt(appended).map(Ok)
            }
            Err(error) => Ok(Err(error)),
        }
    }

    fn receipt(&self, appended: Appended) -> Result<Receipt, ExecuteError> {
        let first = self.steps.first().map(|step| step.stream_id());
        let version = appended
            .records
            .iter()
            .rev()
            .find(|r| Some(r.stream_id) == first);
        let last = appended.records.last();
        let last = last.ok_or_else(|| StoreError::Broken("an append without events".to_owned()))?;
        Ok(Receipt {
            position: last.position,
            log_position: last.log_position,
            version: version.unwrap_or(last).version,
            replayed: appended.replayed,
            events: appended.records,
        })
    }

    fn failed(&self, error: AppendError) -> ExecuteError {
        match error {
            AppendError::Conflict { stream_id, current } => {
                ExecuteError::Conflict { stream_id, current }
            }
            AppendError::Unsettled(settlement) => {
                let refused = self
                    .steps
                    .iter()
                    .find_map(|step| step.unsettled(&settlement));
                refused.map_or_else(
                    || StoreError::Broken(format!("nobody explains {settlement:?}")).into(),
                    ExecuteError::Refused,
                )
            }
            AppendError::Reused => ExecuteError::CommandIdReused(self.context.command_id),
            AppendError::Overloaded => ExecuteError::Overloaded,
            AppendError::Unavailable(reason) => StoreError::Unavailable(reason).into(),
        }
    }

    /// A repeat of a command that went through is no refusal: its own effect is what refuses it.
    async fn earlier_or(&self, otherwise: ExecuteError) -> Result<Receipt, ExecuteError> {
        Ok(self.earlier().await?.ok_or(otherwise)?)
    }

    async fn earlier(&self) -> Result<Option<Receipt>, ExecuteError> {
        let mut tx = self.store.tenant_tx(self.tenant).await?;
        let command_id = self.context.command_id;
        let found = earlier_command(tx.connection(), self.tenant, command_id).await;
        let Some((fingerprint, position, count)) = found.map_err(StoreError::from)? else {
            return Ok(None);
        };
        if fingerprint != self.context.fingerprint.0 {
            return Err(ExecuteError::CommandIdReused(command_id));
        }
        let records = events_at(tx.connection(), self.tenant, position, count).await;
        let records = records
            .map_err(StoreError::from)?
            .into_iter()
            .map(Into::into)
            .collect();
        tx.commit().await?;
        self.receipt(Appended {
            records,
            replayed: true,
        })
        .map(Some)
    }

    async fn nothing_to_do(&self, version: i64) -> Result<Receipt, ExecuteError> {
        if let Some(receipt) = self.earlier().await? {
            return Ok(receipt);
        }
        let (position, log_position) = self.store.tenant_head(self.tenant).await?;
        Ok(Receipt {
            position,
            log_position,
            version,
            events: Vec::new(),
            replayed: false,
        })
    }
}
