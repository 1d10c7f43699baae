//! Decides in memory what of a batch goes through and where it lands.
//!
//! The writer knows some things for certain as of one head: tenants' positions, streams' versions,
//! series' last numbers. The compare-and-swap on the head proves that nobody wrote since, so what
//! was known is still true. What it does not know is either guarded by a constraint (a stream's
//! version, a claim, a command id, a counter) or makes the batch take the slow path, which looks
//! it up under the head's lock.

use std::collections::HashMap;
use std::sync::Arc;

use chrono::{DateTime, Utc};
use daybook_domain::kernel::TenantId;
use uuid::Uuid;

use super::append::{Append, AppendError, Drawing};
use super::leaf;
use super::record::Recorded;
use super::repeat::Earlier;
use super::settle::{Settled, Settlements};
use crate::outbox::Mail;
use crate::personal::NewKey;

/// Tenants, streams and series that are remembered, of each; they refill from use.
const CACHED: usize = 300_000;

/// What is true of the log at `head`. That the log grows does not make it wrong, only old.
#[derive(Debug, Default)]
pub(super) struct Known {
    pub(super) head: i64,
    pub(super) recorded_at: DateTime<Utc>,
    pub(super) tenants: HashMap<TenantId, i64>,
    pub(super) streams: HashMap<(TenantId, Uuid), i64>,
    pub(super) series: HashMap<(TenantId, String), i64>,
    /// Looked up for this batch only; `None` on the fast path.
    pub(super) looked_up: Option<LookedUp>,
}

/// What the slow path read under the head's lock, for everything the batch names.
#[derive(Debug, Default)]
pub(super) struct LookedUp {
    pub(super) commands: HashMap<(TenantId, Uuid), Earlier>,
    pub(super) claims: HashMap<(TenantId, String, String), (TenantId, Uuid)>,
    pub(super) counters: HashMap<(TenantId, String), i64>,
    /// Some new key of this batch was found not to be new, and nobody said which.
    pub(super) keys_not_new: bool,
}

/// What becomes of one request.
#[derive(Debug)]
pub(super) enum Verdict {
    /// Its events are `records[from..to]` of the plan; none when it was already so. `position` is
    /// the tenant's after it.
    Accepted {
        from: usize,
        to: usize,
        position: i64,
    },
    /// The same command is in this batch already, at this index.
    Follows(usize),
    /// It was appended before.
    Repeats(Earlier),
    Refused(AppendError),
}

/// Something the fast path cannot decide without the database.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct NeedsDatabase;

/// A batch with its places in the log.
#[derive(Debug, Default)]
pub(super) struct Plan {
    pub(super) records: Vec<Arc<Recorded>>,
    pub(super) commands: Vec<CommandRow>,
    pub(super) settlements: Settlements,
    /// Those that its events are sealed under and that are kept with them.
    pub(super) keys: Vec<NewKey>,
    /// Those that are asked for with its events, each with its tenant.
    pub(super) mails: Vec<(TenantId, Mail)>,
    pub(super) verdicts: Vec<Verdict>,
    pub(super) recorded_at: DateTime<Utc>,
    /// As leaves have it.
    stamp: String,
    in_batch: HashMap<(TenantId, Uuid), usize>,
    tenants: HashMap<TenantId, i64>,
    streams: HashMap<(TenantId, Uuid), i64>,
    series: HashMap<(TenantId, String), i64>,
}

/// A row of `commands`: its events are `count` from `position` on; for a command that left none,
/// `position` is where its tenant stood.
#[derive(Debug)]
pub(super) struct CommandRow {
    pub(super) tenant: TenantId,
    pub(super) command_id: Uuid,
    /// Compared with those of the same batch.
    pub(super) input: [u8; 32],
    pub(super) fingerprint: Vec<u8>,
    pub(super) position: i64,
    pub(super) count: i32,
}

impl Known {
    /// Adds what was learnt under the head's lock; `since` are the streams and positions of what
    /// others appended between the two heads.
    pub(super) fn learn(&mut self, newer: Self, since: Vec<StreamHead>) {
        if !since.is_empty() {
            // What others drew is not among the steps.
            self.series.clear();
        }
        for step in since {
            self.tenants.insert(step.tenant, step.position);
            self.streams
                .insert((step.tenant, step.stream_id), step.version);
        }
        self.head = newer.head;
        self.recorded_at = newer.recorded_at;
        self.tenants.extend(newer.tenants);
        self.streams.extend(newer.streams);
        self.series.extend(newer.series);
        self.looked_up = newer.looked_up;
    }

    /// Forgets what is cheap to learn again before it grows without bound.
    pub(super) fn trim(&mut self) {
        if self.streams.len() > CACHED {
            self.streams.clear();
        }
        if self.tenants.len() > CACHED {
            self.tenants.clear();
        }
        if self.series.len() > CACHED {
            self.series.clear();
        }
    }
}

/// Where an event of another process left its tenant and its stream.
#[derive(Debug, Clone, Copy)]
pub(super) struct StreamHead {
    pub(super) tenant: TenantId,
    pub(super) position: i64,
    pub(super) stream_id: Uuid,
    pub(super) version: i64,
}

impl Plan {
    /// Plans the whole batch and gives the events that go through their places.
    pub(super) fn of(
        batch: &mut [Append],
        known: &Known,
        recorded_at: DateTime<Utc>,
    ) -> Result<Self, NeedsDatabase> {
        let mut plan = Self {
            recorded_at,
            stamp: leaf::time_of(recorded_at),
            records: Vec::with_capacity(batch.len()),
            commands: Vec::with_capacity(batch.len()),
            verdicts: Vec::with_capacity(batch.len()),
            in_batch: HashMap::with_capacity(batch.len()),
            streams: HashMap::with_capacity(batch.len()),
            ..Self::default()
        };
        for request in batch {
            let verdict = plan.verdict(request, known)?;
            plan.verdicts.push(verdict);
        }
        // Whoever makes keys makes them in this order, so that none waits for another that waits for it.
        plan.keys.sort_unstable_by_key(|key| key.owner);
        Ok(plan)
    }

    /// Writes what the plan changed back into what is known, once it was committed.
    pub(super) fn commit_to(&mut self, known: &mut Known, head: i64) {
        known.head = head;
        known.recorded_at = self.recorded_at;
        known.tenants.extend(self.tenants.drain());
        known.streams.extend(self.streams.drain());
        known.series.extend(self.series.drain());
        known.looked_up = None;
    }

    /// Whether everything was turned down, so that there is nothing to append.
    pub(super) fn is_idle(&self) -> bool {
        self.commands.is_empty()
    }

    fn verdict(&mut self, request: &mut Append, known: &Known) -> Result<Verdict, NeedsDatabase> {
        let key = (request.tenant, request.command_id);
        if let Some(verdict) = self.earlier(request, known) {
            return Ok(verdict);
        }
        let looked_up = known.looked_up.as_ref();
        if !request.keys.is_empty() && looked_up.is_some_and(|it| it.keys_not_new) {
            return Ok(Verdict::Refused(AppendError::KeysNotNew));
        }
        if let Some(conflict) = self.conflict(request, known)? {
            return Ok(Verdict::Refused(conflict));
        }
        let tenant_head = match self.tenants.get(&request.tenant) {
            Some(head) => *head,
            None => *known.tenants.get(&request.tenant).ok_or(NeedsDatabase)?,
        };
        let draws = self.draw(request, known)?;
        let settled = match self.settlements.settle(request, &draws, known) {
            Settled::Good(change) => change,
            // Whether this command went through before is not known yet; then its own effect, or
            // another input under its id, is what does not fit.
            Settled::Unsettled(_) if known.looked_up.is_none() => return Err(NeedsDatabase),
            Settled::Unsettled(settlement) => {
                return Ok(Verdict::Refused(AppendError::Unsettled(settlement)));
            }
            Settled::NeedsDatabase => return Err(NeedsDatabase),
        };
        self.settlements.apply(settled);
        self.in_batch.insert(key, self.verdicts.len());
        Ok(self.place(request, (known.head, tenant_head), draws))
    }

    /// The command's own earlier append, in this batch or before it.
    fn earlier(&self, request: &Append, known: &Known) -> Option<Verdict> {
        let key = (request.tenant, request.command_id);
        if let Some(&index) = self.in_batch.get(&key) {
            let same = match self.verdicts.get(index) {
                Some(Verdict::Accepted { .. }) => {
                    let row = self
                        .commands
                        .iter()
                        .find(|c| (c.tenant, c.command_id) == key);
                    row.is_some_and(|row| row.input == request.input)
                }
                _ => false,
            };
            return Some(if same {
                Verdict::Follows(index)
            } else {
                Verdict::Refused(AppendError::Reused)
            });
        }
        // Whether its input is the same, who asked finds out: that takes keys.
        let earlier = known.looked_up.as_ref()?.commands.get(&key)?;
        Some(Verdict::Repeats(earlier.clone()))
    }

    /// Fast path: a version that is not known is left to the unique constraint, which only guards
    /// streams that are written to.
    fn conflict(
        &self,
        request: &Append,
        known: &Known,
    ) -> Result<Option<AppendError>, NeedsDatabase> {
        for write in &request.writes {
            let key = (request.tenant, write.stream_id);
            let current = self
                .streams
                .get(&key)
                .or_else(|| known.streams.get(&key))
                .copied();
            let current = match (current, &known.looked_up) {
                (Some(current), _) => current,
                (None, Some(_)) => 0,
                (None, None) if write.events.is_empty() => return Err(NeedsDatabase),
                (None, None) => continue,
            };
            if current != write.expected {
                return Ok(Some(AppendError::Conflict {
                    stream_id: write.stream_id,
                    current,
                }));
            }
        }
        Ok(None)
    }

    /// The next numbers of the series the request draws from, in the order of its events.
    fn draw(&self, request: &Append, known: &Known) -> Result<Vec<(String, i64)>, NeedsDatabase> {
        let mut drawn: Vec<(String, i64)> = Vec::new();
        let events = request.writes.iter().flat_map(|write| &write.events);
        for Drawing { series, .. } in events.filter_map(|event| event.drawing.as_ref()) {
            let key = (request.tenant, series.clone());
            let here = drawn
                .iter()
                .rev()
                .find(|(name, _)| name == series)
                .map(|(_, n)| *n);
            let last = here
                .or_else(|| self.series.get(&key).copied())
                .or_else(|| known.series.get(&key).copied());
            drawn.push((series.clone(), last.ok_or(NeedsDatabase)? + 1));
        }
        Ok(drawn)
    }

    fn place(
        &mut self,
        request: &mut Append,
        (head, mut position): (i64, i64),
        draws: Vec<(String, i64)>,
    ) -> Verdict {
        let from = self.records.len();
        let first = position + 1;
        let mut log_position = head + i64::try_from(from).unwrap_or_default();
        let mut numbers = draws.iter().map(|(_, number)| number.unsigned_abs());
        for write in &mut request.writes {
            let mut version = write.expected;
            for event in &mut write.events {
                position += 1;
                log_position += 1;
                if event.drawing.is_some() {
                    event.draw(numbers.next().unwrap_or_default());
                }
                let hash = event.leaf.hash_at(position, &self.stamp);
                // Not shared yet, so nothing is copied.
                let record = Arc::make_mut(&mut event.record);
                record.position = position;
                record.log_position = log_position;
                record.recorded_at = self.recorded_at;
                record.leaf_hash.copy_from_slice(&hash);
                version = record.version;
                self.records.push(event.record.clone());
            }
            self.streams
                .insert((request.tenant, write.stream_id), version);
        }
        self.tenants.insert(request.tenant, position);
        for (series, number) in draws {
            self.series.insert((request.tenant, series), number);
        }
        self.keys.extend(request.keys.iter().cloned());
        let mails = request.mails.iter().cloned();
        self.mails.extend(mails.map(|mail| (request.tenant, mail)));
        let to = self.records.len();
        self.commands.push(CommandRow {
            tenant: request.tenant,
            command_id: request.command_id,
            input: request.input,
            fingerprint: request.fingerprint.clone(),
            position: if to > from { first } else { position },
            count: i32::try_from(to - from).unwrap_or(i32::MAX),
        });
        Verdict::Accepted { from, to, position }
    }
}
