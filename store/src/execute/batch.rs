//! Commands of one tenant that go through together or not at all.

use std::mem;
use std::time::Instant;

use daybook_domain::kernel::{Command, TenantId};
use tokio::sync::oneshot;
use uuid::Uuid;

use super::context::Context;
use super::keys::{Keys, People, people_of};
use super::receipt::Receipt;
use super::step::{CommandOn, Decided, Step, Undecided};
use crate::error::{ExecuteError, StoreError};
use crate::log::{
    Append, AppendError, Appended, DraftWrite, Origins, Write, earlier_command, repeats, version_at,
};
use crate::outbox::Mail;
use crate::personal::{fingerprint, seal_address};
use crate::store::Store;
use crate::vault::VaultError;

/// Decisions on fresh state before a race counts as lost.
const TRIES: u32 = 5;

/// Commands of one tenant, decided and appended as one.
#[derive(Debug)]
pub struct Batch<'s> {
    store: &'s Store,
    tenant: TenantId,
    context: Context,
    steps: Vec<Box<dyn Step>>,
    mails: Vec<Mailing>,
}

/// A mail that goes with a batch.
#[derive(Debug)]
struct Mailing {
    mail: Mail,
    /// The event that it is about; none: it goes with whatever was decided.
    about: Option<String>,
}

/// Forgets the states of the batch's streams unless they were brought up to date: also when the
/// caller goes away first. What is appended only after that, the writer tells the cache.
struct Forget<'b, 's>(&'b Batch<'s>);

impl Drop for Forget<'_, '_> {
    fn drop(&mut self) {
        for step in &self.0.steps {
            self.0.store.cache().evict(self.0.tenant, step.stream_id());
        }
    }
}

impl<'s> Batch<'s> {
    pub(crate) fn new(store: &'s Store, tenant: TenantId, context: Context) -> Self {
        Self {
            store,
            tenant,
            context,
            steps: Vec::new(),
            mails: Vec::new(),
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

    /// Asks for a mail in the transaction that records what was decided: it is sent if that is in the
    /// log, and never else. A repeat asks for none.
    #[must_use]
    pub fn mailing(mut self, mail: Mail) -> Self {
        self.mails.push(Mailing { mail, about: None });
        self
    }

    /// The same, only where an event of that type was decided.
    #[must_use]
    pub fn mailing_about(mut self, event_type: String, mail: Mail) -> Self {
        let about = Some(event_type);
        self.mails.push(Mailing { mail, about });
        self
    }

    /// Runs them.
    ///
    /// # Errors
    /// A refusal, a conflict, or the log is away. Nothing was recorded then, except that after
    /// [`StoreError::Unavailable`] it may have been: the same command id finds out.
    pub async fn execute(self) -> Result<Receipt, ExecuteError> {
        self.check()?;
        let mut conflict = None;
        let mut draw = true;
        for attempt in 0..TRIES {
            let first_try = attempt == 0;
            let decided = match self.decide(first_try).await {
                Ok(decided) => decided,
                Err(Undecided::Store(error)) => return Err(error.into()),
                // States in memory may be older than the log; only fresh ones refuse.
                Err(Undecided::Refused(_)) if first_try => continue,
                Err(Undecided::Refused(refused)) => return self.earlier_or(refused.into()).await,
            };
            match self.stale(&decided) {
                Some(_) if first_try => continue,
                Some(stale) => return self.earlier_or(stale).await,
                None => {}
            }
            let keys = self.keys(&people_of(&decided, draw)).await;
            let keys = match keys {
                Ok(keys) => keys,
                // What is in memory may be from before the erasure.
                Err(ExecuteError::Refused(_)) if first_try => continue,
                Err(error) => return self.earlier_or(error).await,
            };
            match self.append(decided, keys).await? {
                Ok(receipt) => return Ok(receipt),
                Err(AppendError::Conflict { stream_id, current }) => {
                    conflict = Some(ExecuteError::Conflict { stream_id, current });
                }
                // Somebody who seems to begin here has a key, or is erased: find out.
                Err(AppendError::KeysNotNew) => draw = false,
                Err(error) => return Err(self.failed(error)),
            }
        }
        metrics::counter!("daybook_command_conflicts_total").increment(1);
        Err(conflict.unwrap_or(ExecuteError::Overloaded))
    }

    fn check(&self) -> Result<(), StoreError> {
        if self.steps.len() == 1 {
            return Ok(());
        }
        let mut streams: Vec<Uuid> = self.steps.iter().map(|step| step.stream_id()).collect();
        streams.sort_unstable();
        streams.dedup();
        if streams.len() == self.steps.len() && !streams.is_empty() {
            return Ok(());
        }
        Err(StoreError::Broken(
            "a batch needs commands, each on a stream of its own".to_owned(),
        ))
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
        let first = decided.first()?;
        let expected = self.context.expected_version?;
        (expected != first.write.expected).then_some(ExecuteError::Conflict {
            stream_id: first.write.stream_id,
            current: first.write.expected,
        })
    }

    async fn append(
        &self,
        decided: Vec<Decided>,
        keys: Keys,
    ) -> Result<Result<Receipt, AppendError>, ExecuteError> {
        let (reply, answer) = oneshot::channel();
        let input = self.context.fingerprint.0;
        let first_version = decided.first().map(|decided| decided.write.expected);
        // Whether what goes into a letter is any good, its command has decided by now.
        let mails = self.mails_about(&decided);
        mails.iter().try_for_each(Mail::check)?;
        let is_mailing = !mails.is_empty();
        let mut writes = Vec::with_capacity(decided.len());
        let mut remember = Vec::with_capacity(decided.len());
        for decided in decided {
            writes.push(decided.write);
            remember.push(decided.remember);
        }
        let writes = self.drafts(writes, &keys)?;
        self.store.writer().submit(Append {
            tenant: self.tenant,
            command_id: self.context.command_id,
            input,
            fingerprint: fingerprint(keys.own.as_deref(), &keys.people.keys, &input),
            writes,
            keys: keys.people.new.clone(),
            mails,
            asked: Instant::now(),
            reply,
        });
        let forget = Forget(self);
        // The writer answers in time or ends.
        let answer = answer.await.unwrap_or_else(|_| {
            let reason = "the log is shutting down".to_owned();
            Err(AppendError::Unavailable(reason))
        });
        match answer {
            Ok(appended) if appended.replayed => self.replay(appended).await.map(Ok),
            Ok(appended) => {
                self.store.subject_keys().confirm(&keys.people);
                if is_mailing {
                    self.store.mail_asked().notify_one();
                }
                for remember in remember {
                    remember(self.store, &appended.records);
                }
                mem::forget(forget);
                Ok(Ok(self.receipt(appended, first_version.unwrap_or_default())))
            }
            Err(error) => {
                if let AppendError::Conflict { stream_id, current } = error {
                    let cache = self.store.cache();
                    cache.outdate(self.tenant, stream_id, current);
                    mem::forget(forget);
                }
                Ok(Err(error))
            }
        }
    }

    fn mails_about(&self, decided: &[Decided]) -> Vec<Mail> {
        let events = || decided.iter().flat_map(|it| &it.write.events);
        let has = |name: &str| events().any(|event| event.encoded.name == name);
        let asked = self.mails.iter();
        let asked = asked.filter(|it| it.about.as_deref().is_none_or(has));
        asked.map(|it| it.mail.clone()).collect()
    }

    fn drafts(&self, writes: Vec<Write>, keys: &Keys) -> Result<Vec<DraftWrite>, StoreError> {
        let broken = |error: VaultError| StoreError::Broken(error.to_string());
        let command = (self.tenant, self.context.command_id);
        let address = keys.address.as_ref();
        let address = address.map(|(address, key)| seal_address(*address, command, key));
        let meta = self.context.meta(address.transpose().map_err(broken)?);
        let origins = Origins {
            tenant: self.tenant,
            command_id: self.context.command_id,
            meta: &meta,
            keys: &keys.people.keys,
        };
        let mut drafts = Vec::with_capacity(writes.len());
        for write in writes {
            drafts.push(DraftWrite::of(write, origins).map_err(broken)?);
        }
        Ok(drafts)
    }

    async fn keys(&self, people: &People) -> Result<Keys, ExecuteError> {
        let origin = (self.tenant, self.context.origin.address);
        Keys::find(self.store.subject_keys(), origin, people).await
    }

    /// The receipt; `version` is the first stream's when the command left nothing in it.
    fn receipt(&self, appended: Appended, version: i64) -> Receipt {
        let first = self.steps.first().map(|step| step.stream_id());
        let mut events = appended.records.iter().rev();
        let last = events.find(|record| Some(record.stream_id) == first);
        Receipt {
            position: appended.position,
            log_position: appended.log_position,
            version: last.map_or(version, |last| last.version),
            replayed: appended.replayed,
            events: appended.records,
        }
    }

    /// The receipt of a command that was appended before, if it was this one.
    async fn replay(&self, mut appended: Appended) -> Result<Receipt, ExecuteError> {
        let keys = self.store.subject_keys();
        if let Some(kept) = &appended.kept {
            let (kept, input) = ((self.tenant, kept.as_slice()), &self.context.fingerprint.0);
            if !keys.is_same(kept, input, &appended.records).await? {
                return Err(ExecuteError::CommandIdReused(self.context.command_id));
            }
        }
        keys.open_shared(&mut appended.records).await?;
        for record in &appended.records {
            // Another process may have appended it, and the tail not have told yet.
            let cache = self.store.cache();
            cache.outdate(self.tenant, record.stream_id, record.version);
        }
        let first = self.steps.first().map_or(Uuid::nil(), |s| s.stream_id());
        let mut version = 0;
        if !appended.records.iter().any(|r| r.stream_id == first) {
            let mut tx = self.store.tenant_tx(self.tenant).await?;
            let stream = (self.tenant, first);
            version = version_at(tx.connection(), stream, appended.position)
                .await
                .map_err(StoreError::from)?;
            tx.commit().await?;
        }
        Ok(self.receipt(appended, version))
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
            AppendError::Overloaded | AppendError::KeysNotNew => ExecuteError::Overloaded,
            AppendError::Rejected(reason) => {
                StoreError::Broken(format!("a command cannot be stored: {reason}")).into()
            }
            AppendError::Unavailable(reason) => StoreError::Unavailable(reason).into(),
        }
    }

    /// A repeat of a command that went through is no refusal: its own effect is what refuses it.
    async fn earlier_or(&self, otherwise: ExecuteError) -> Result<Receipt, ExecuteError> {
        let mut tx = self.store.tenant_tx(self.tenant).await?;
        let command_id = self.context.command_id;
        let found = earlier_command(tx.connection(), self.tenant, command_id).await;
        let Some(earlier) = found.map_err(StoreError::from)? else {
            return Err(otherwise);
        };
        let appended = repeats(tx.connection(), &[(self.tenant, &earlier)]).await;
        tx.commit().await?;
        let appended = appended.map_err(StoreError::from)?.pop();
        let appended = appended.ok_or_else(|| StoreError::Broken("no repeat".to_owned()))?;
        self.replay(appended).await
    }
}
