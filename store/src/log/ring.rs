//! What does this process remember of the end of the log, and whose word is it?
//!
//! Recent events for those who follow the log, and for the sealer the leaves of what our own writer
//! appended: those are what was committed, whatever somebody did to the table since. Both are
//! contiguous and end at the head.

use std::collections::{HashMap, HashSet, VecDeque};
use std::sync::Arc;
use std::time::Instant;

use daybook_audit::tree::Hash;
use daybook_domain::kernel::TenantId;
use uuid::Uuid;

use super::record::{Clear, Recorded};
use crate::personal::{Erasures, Owner, is_about};

/// Recent events kept in memory.
const EVENTS: usize = 16_384;
/// Leaves kept in memory: small, so more of them than of events. They bridge the half second in which
/// events gather to be sealed, on a log as busy as one machine can make it.
const LEAVES: usize = 32_768;
/// So many events are not left to wait for the sealer: half of the leaves kept, so that what is appended
/// while it gets to them pushes none of them out.
pub const MANY: i64 = 16_384;

/// An event of the log, as the sealer takes it.
#[derive(Debug, Clone)]
pub(crate) enum Entry {
    /// What this process appended.
    Own(OwnLeaf),
    /// What was read from the table: its leaf hash is computed anew before it is believed.
    Read(Arc<Recorded>),
}

/// The leaf of an event that this process appended: our writer computed its hash, and committed it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct OwnLeaf {
    pub(crate) log_position: i64,
    pub(crate) tenant: TenantId,
    pub(crate) position: i64,
    pub(crate) event_id: Uuid,
    pub(crate) hash: Hash,
}

/// Who says what an event is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Word {
    /// Our own writer, who appended it.
    Ours,
    /// The table.
    Table,
}

pub(super) struct Ring {
    pub(super) head: i64,
    /// When the table was read last.
    pub(super) checked: Instant,
    events: VecDeque<Arc<Recorded>>,
    /// None for what others appended.
    leaves: VecDeque<Option<OwnLeaf>>,
    /// The position and the log position of the last event of each tenant that had one lately.
    tenants: HashMap<TenantId, (i64, i64)>,
}

impl Entry {
    pub(crate) fn read(record: Recorded) -> Self {
        Self::Read(Arc::new(record))
    }

    pub(crate) fn log_position(&self) -> i64 {
        match self {
            Self::Own(leaf) => leaf.log_position,
            Self::Read(record) => record.log_position,
        }
    }

    pub(crate) fn tenant(&self) -> TenantId {
        match self {
            Self::Own(leaf) => leaf.tenant,
            Self::Read(record) => record.tenant,
        }
    }

    pub(crate) fn event_id(&self) -> Uuid {
        match self {
            Self::Own(leaf) => leaf.event_id,
            Self::Read(record) => record.event_id,
        }
    }
}

impl OwnLeaf {
    fn of(record: &Recorded) -> Option<Self> {
        Some(Self {
            log_position: record.log_position,
            tenant: record.tenant,
            position: record.position,
            event_id: record.event_id,
            hash: record.leaf_hash.as_slice().try_into().ok()?,
        })
    }
}

impl Ring {
    pub(super) fn new(head: i64) -> Self {
        Self {
            head,
            checked: Instant::now(),
            events: VecDeque::new(),
            leaves: VecDeque::new(),
            tenants: HashMap::new(),
        }
    }

    /// Takes in what comes next. What was erased before the ring was locked is closed here, the rest by
    /// [`Ring::close_about`].
    pub(super) fn extend(&mut self, records: &[Arc<Recorded>], word: Word, erasures: &Erasures) {
        // Before and after: a queue that is let grow first takes twice the memory for good.
        self.keep(records.len());
        let closed = records.iter().map(|record| closed(record, erasures));
        self.events.extend(closed);
        self.leaves.extend(records.iter().map(|record| match word {
            Word::Ours => OwnLeaf::of(record),
            Word::Table => None,
        }));
        for record in records {
            self.tenants
                .insert(record.tenant, (record.position, record.log_position));
        }
        if let Some(last) = records.last() {
            self.head = last.log_position;
        }
        self.keep(0);
    }

    /// Lets the oldest go, so that there is room for so many.
    fn keep(&mut self, room: usize) {
        let over = |length: usize, most: usize| (length + room).saturating_sub(most).min(length);
        self.events.drain(..over(self.events.len(), EVENTS));
        self.leaves.drain(..over(self.leaves.len(), LEAVES));
    }

    /// Takes our own word for events that were read from the table before our writer told of them.
    pub(super) fn claim(&mut self, records: &[Arc<Recorded>], erasures: &Erasures) {
        for record in records {
            let Some(at) = place(record.log_position, (self.head, self.events.len())) else {
                continue;
            };
            let Some(event) = self.events.get_mut(at) else {
                continue;
            };
            if event.event_id != record.event_id {
                // What is here is of another history: of the log before it was restored, say.
                tracing::error!(
                    log_position = record.log_position,
                    "another event was read where this process appended one"
                );
                self.events.clear();
                self.leaves.clear();
                return;
            }
            *event = closed(record, erasures);
            let at = place(record.log_position, (self.head, self.leaves.len()));
            if let Some(leaf) = at.and_then(|at| self.leaves.get_mut(at)) {
                *leaf = OwnLeaf::of(record);
            }
        }
    }

    /// Closes what it holds about these.
    pub(super) fn close_about(&mut self, owners: &HashSet<Owner>) {
        for record in &mut self.events {
            if is_about(record, |owner| owners.contains(owner)) {
                Arc::make_mut(record).clear = Clear::Closed;
            }
        }
    }

    /// The tenant's position as of a log position; `None` when only the table can tell.
    pub(super) fn tenant_position(&self, tenant: TenantId, log_position: i64) -> Option<i64> {
        let (position, last) = *self.tenants.get(&tenant)?;
        if last <= log_position {
            return Some(position);
        }
        let mut recent = self.events.iter().rev();
        let before = recent.find(|e| e.tenant == tenant && e.log_position <= log_position);
        before.map(|event| event.position)
    }

    /// Remembers where a tenant stands that had no event since this process started.
    pub(super) fn remember_tenant(&mut self, tenant: TenantId, head: (i64, i64)) {
        self.tenants.entry(tenant).or_insert(head);
    }

    /// What comes after `log_position`, at most `limit`; `None` when it does not reach back so far.
    pub(super) fn events_after(
        &self,
        log_position: i64,
        limit: usize,
    ) -> Option<Vec<Arc<Recorded>>> {
        if log_position >= self.head {
            return Some(Vec::new());
        }
        let skip = place(log_position + 1, (self.head, self.events.len()))?;
        Some(self.events.iter().skip(skip).take(limit).cloned().collect())
    }

    /// What can be sealed of what comes after `log_position`, at most `limit`: contiguous, but where it
    /// does not reach back so far, it begins later.
    pub(super) fn entries_after(&self, log_position: i64, limit: usize) -> Vec<Entry> {
        let first = self.head + 1 - len(self.leaves.len());
        let from = first.max(log_position + 1);
        let skip = usize::try_from(from - first).unwrap_or(usize::MAX);
        let mut entries = Vec::with_capacity(limit.min(self.leaves.len().saturating_sub(skip)));
        for (at, leaf) in (from..).zip(self.leaves.iter().skip(skip)) {
            if entries.len() == limit {
                break;
            }
            let event = || self.events.get(place(at, (self.head, self.events.len()))?);
            match leaf {
                Some(leaf) => entries.push(Entry::Own(*leaf)),
                None => match event() {
                    Some(event) => entries.push(Entry::Read(event.clone())),
                    // Others appended it, and it has left: the table is asked up to here.
                    None => entries.clear(),
                },
            }
        }
        entries
    }
}

/// Where the event at a log position is in a queue that ends at the head.
fn place(log_position: i64, (head, length): (i64, usize)) -> Option<usize> {
    usize::try_from(log_position - (head + 1 - len(length))).ok()
}

fn len(length: usize) -> i64 {
    i64::try_from(length).unwrap_or(i64::MAX)
}

fn closed(record: &Arc<Recorded>, erasures: &Erasures) -> Arc<Recorded> {
    let mut record = record.clone();
    if erasures.touch(&record) {
        Arc::make_mut(&mut record).clear = Clear::Closed;
    }
    record
}

#[cfg(test)]
mod tests {
    use chrono::DateTime;

    use super::*;

    fn event(log_position: i64) -> Arc<Recorded> {
        Arc::new(Recorded {
            log_position,
            tenant: TenantId(Uuid::from_u128(7)),
            position: log_position,
            stream_type: "crm.client".into(),
            stream_id: Uuid::from_u128(8),
            version: log_position,
            event_type: "crm.client.registered".into(),
            event_version: 1,
            event_id: Uuid::from_u128(log_position.unsigned_abs().into()),
            command_id: Uuid::from_u128(10),
            correlation_id: Uuid::from_u128(11),
            causation_id: None,
            actor: "user:somebody".into(),
            request: b"{}".to_vec(),
            recorded_at: DateTime::UNIX_EPOCH,
            payload: b"{}".to_vec(),
            personal: None,
            clear: Clear::Payload,
            leaf_hash: vec![1; 32],
        })
    }

    /// A ring that begins after `head`, with so many events by each word in turn.
    fn ring(head: i64, runs: &[(usize, Word)]) -> Ring {
        let mut ring = Ring::new(head);
        for (count, word) in runs {
            let next = ring.head + 1..;
            let events: Vec<_> = next.take(*count).map(event).collect();
            ring.extend(&events, *word, &Erasures::default());
        }
        ring
    }

    /// The log positions after this one, ours apart from those of the table.
    fn known(ring: &Ring, after: i64, limit: usize) -> (Vec<i64>, Vec<i64>) {
        let entries = ring.entries_after(after, limit);
        let (own, read): (Vec<_>, Vec<_>) = entries
            .iter()
            .partition(|entry| matches!(entry, Entry::Own(_)));
        let places = |of: Vec<&Entry>| of.into_iter().map(Entry::log_position).collect();
        (places(own), places(read))
    }

    #[test]
    fn tells_ours_from_what_was_read() {
        let ring = ring(10, &[(2, Word::Ours), (1, Word::Table), (2, Word::Ours)]);
        assert_eq!(known(&ring, 0, 9), (vec![11, 12, 14, 15], vec![13]));
        assert_eq!(known(&ring, 12, 2), (vec![14], vec![13]));
        assert_eq!(known(&ring, 15, 9), (vec![], vec![]));
        assert_eq!(known(&ring, 99, 9), (vec![], vec![]));
    }

    #[test]
    fn leaves_outlast_events_but_not_those_that_others_appended() {
        let one = ring(0, &[(EVENTS + 5, Word::Ours)]);
        assert_eq!(one.events_after(4, 1), None);
        assert_eq!(one.events_after(5, 1).unwrap().len(), 1);
        assert_eq!(known(&one, 0, 2).0, [1, 2]);
        let many = ring(0, &[(LEAVES + 5, Word::Ours)]);
        assert_eq!(known(&many, 0, 2).0, [6, 7]);
        let mixed = ring(
            0,
            &[(3, Word::Ours), (2, Word::Table), (EVENTS, Word::Ours)],
        );
        assert_eq!(known(&mixed, 0, 9).0, (6..15).collect::<Vec<_>>());
    }

    #[test]
    fn takes_our_word_for_what_was_read_before_we_told() {
        let mut ring = ring(0, &[(4, Word::Table)]);
        let told: Vec<_> = (2..=3).map(event).collect();
        ring.claim(&told, &Erasures::default());
        assert_eq!(known(&ring, 0, 9), (vec![2, 3], vec![1, 4]));
    }

    #[test]
    fn forgets_another_history() {
        let mut ring = ring(0, &[(4, Word::Ours)]);
        let mut other = event(3);
        Arc::make_mut(&mut other).event_id = Uuid::from_u128(99);
        ring.claim(&[other], &Erasures::default());
        assert_eq!(known(&ring, 0, 9), (vec![], vec![]));
        assert_eq!(ring.events_after(2, 9), None);
        ring.extend(&[event(5)], Word::Ours, &Erasures::default());
        assert_eq!(known(&ring, 0, 9), (vec![5], vec![]));
        assert_eq!(ring.events_after(4, 9).unwrap().len(), 1);
    }
}
