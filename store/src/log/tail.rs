//! Follows the log for every reader of this process.
//!
//! The writer puts what it appended straight into a ring of recent events; what other processes
//! appended is read from the table when a notice comes or, at the latest, at the next poll. The
//! ring is contiguous: a gap can only mean damage, so it is an alarm and never stepped over.
//! Readers ask for what comes after their position; one that fell behind the ring reads the table.
//!
//! What the ring holds is in clear. Once somebody was erased, events about them are closed there, and
//! opened anew, without them, whenever they are asked for.

use std::collections::HashSet;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use daybook_domain::kernel::TenantId;
use sqlx::PgPool;
use tokio::sync::{Notify, watch};

use super::record::Recorded;
use super::ring::{Entry, Ring, Word};
use super::sql;
use crate::error::StoreError;
use crate::personal::{Erasures, Owner, SubjectKeys};

/// Events read from the table at once.
const PAGE: i64 = 2_000;
/// How long what other processes wrote may be unknown before states in memory are not trusted.
const FRESH: Duration = Duration::from_millis(900);

/// A cursor's view of the log: cheap to clone, shared by all readers of the process.
#[derive(Debug, Clone)]
pub struct Tail {
    source: TailSource,
    pool: PgPool,
    keys: SubjectKeys,
}

/// The writing end of the tail.
#[derive(Debug, Clone)]
pub(crate) struct TailSource {
    inner: Arc<Inner>,
}

struct Inner {
    ring: Mutex<Ring>,
    head: watch::Sender<i64>,
    foreign: Box<dyn Fn(&Recorded) + Send + Sync>,
    behind: Notify,
    erasures: Erasures,
}

impl std::fmt::Debug for Inner {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Tail")
            .field("head", &*self.head.borrow())
            .finish_non_exhaustive()
    }
}

impl TailSource {
    /// A tail that stands at `head`. `foreign` is told of every event that another process
    /// appended, and of some of ours.
    pub(crate) fn new(
        head: i64,
        erasures: Erasures,
        foreign: impl Fn(&Recorded) + Send + Sync + 'static,
    ) -> Self {
        let inner = Inner {
            ring: Mutex::new(Ring::new(head)),
            head: watch::Sender::new(head),
            foreign: Box::new(foreign),
            behind: Notify::new(),
            erasures,
        };
        Self {
            inner: Arc::new(inner),
        }
    }

    /// Events this process appended. Where others wrote before them, the table is read instead.
    pub(crate) fn publish(&self, records: &[Arc<Recorded>]) {
        let mut ring = self.ring();
        let read = records.partition_point(|record| record.log_position <= ring.head);
        let (read, new) = records.split_at(read);
        ring.claim(read, &self.inner.erasures);
        let Some(first) = new.first() else {
            return;
        };
        if first.log_position == ring.head + 1 {
            ring.extend(new, Word::Ours, &self.inner.erasures);
            let head = ring.head;
            drop(ring);
            self.tell(head);
        } else {
            self.inner.behind.notify_one();
        }
    }

    /// Tells the cache that its states of these streams may be older than the log.
    pub(super) fn outdate(&self, records: &[Arc<Recorded>]) {
        for record in records {
            (self.inner.foreign)(record);
        }
    }

    /// Waits until this process appended behind events that others wrote.
    pub(super) async fn falls_behind(&self) {
        self.inner.behind.notified().await;
    }

    /// The log position of the last event that is known.
    pub(crate) fn head(&self) -> i64 {
        *self.inner.head.borrow()
    }

    /// Reads from the table what the ring lacks.
    pub(crate) async fn catch_up(
        &self,
        pool: &PgPool,
        keys: &SubjectKeys,
    ) -> Result<(), StoreError> {
        loop {
            let asked = Instant::now();
            let mut connection = acquire(pool).await?;
            let from = self.ring().head;
            let mut records = sql::after(&mut connection, from, PAGE).await?;
            drop(connection);
            keys.open_records(&mut records).await?;
            let full = i64::try_from(records.len()).unwrap_or(PAGE) == PAGE;
            let records: Vec<_> = records.into_iter().map(Arc::new).collect();
            self.take_in(&records, asked)?;
            if !full {
                return Ok(());
            }
        }
    }

    fn take_in(&self, records: &[Arc<Recorded>], asked: Instant) -> Result<(), StoreError> {
        // First, and of all of them: who is told of a head reads no state from before it, not even
        // when the writer publishes a later one at this moment.
        self.outdate(records);
        let mut ring = self.ring();
        // The writer may have published some of them meanwhile.
        let known = records
            .iter()
            .take_while(|record| record.log_position <= ring.head)
            .count();
        let new = records.get(known..).unwrap_or_default();
        for (expected, record) in (ring.head + 1..).zip(new) {
            if record.log_position != expected {
                let found = record.log_position;
                metrics::counter!("daybook_log_gaps_total").increment(1);
                return Err(StoreError::Broken(format!(
                    "the log has a gap: after {} comes {found}, not {expected}",
                    expected - 1
                )));
            }
        }
        ring.extend(new, Word::Table, &self.inner.erasures);
        ring.checked = asked;
        let head = ring.head;
        drop(ring);
        self.tell(head);
        Ok(())
    }

    /// Closes what it holds about these; they must have been noted as erased before, for what is
    /// still to come.
    pub(crate) fn close_about(&self, owners: &HashSet<Owner>) {
        self.ring().close_about(owners);
    }

    /// Tells everybody of the head; of two who tell at once, the later head stays.
    fn tell(&self, head: i64) {
        self.inner.head.send_if_modified(|told| {
            let further = head > *told;
            *told = head.max(*told);
            further
        });
    }

    fn ring(&self) -> std::sync::MutexGuard<'_, Ring> {
        // The ring is replaced whole or not at all: a panicking holder leaves it usable.
        self.inner
            .ring
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
    }
}

impl Tail {
    pub(crate) fn new(source: TailSource, pool: PgPool, keys: SubjectKeys) -> Self {
        Self { source, pool, keys }
    }

    /// The log position of the last event this process knows of.
    pub fn head(&self) -> i64 {
        self.source.head()
    }

    /// Waits until the head is past `log_position`; returns the head.
    pub async fn past(&self, log_position: i64) -> i64 {
        let mut head = self.source.inner.head.subscribe();
        let past = head
            .wait_for(|head| *head > log_position)
            .await
            .map(|head| *head);
        match past {
            Ok(head) => head,
            // The source lives as long as self.
            Err(_) => std::future::pending().await,
        }
    }

    /// The tenant's position as of a log position; `None` when only the table can tell.
    pub fn tenant_position(&self, tenant: TenantId, log_position: i64) -> Option<i64> {
        self.source.ring().tenant_position(tenant, log_position)
    }

    /// Remembers where a tenant stands that had no event since this process started.
    pub(crate) fn remember_tenant(&self, tenant: TenantId, head: (i64, i64)) {
        self.source.ring().remember_tenant(tenant, head);
    }

    /// Whether what other processes wrote has been looked at just now, so that states kept in
    /// memory can be trusted without asking the database.
    pub fn is_fresh(&self) -> bool {
        self.source.ring().checked.elapsed() < FRESH
    }

    /// What comes after `log_position`, in order and without gaps, at most `limit`; empty at the
    /// head. From memory when it is recent, else from the table.
    ///
    /// # Errors
    /// When the table is needed and the database is away.
    pub async fn after(
        &self,
        log_position: i64,
        limit: usize,
    ) -> Result<Vec<Arc<Recorded>>, StoreError> {
        let recent = self.source.ring().events_after(log_position, limit);
        if let Some(mut recent) = recent {
            self.keys.open_shared(&mut recent).await?;
            return Ok(recent);
        }
        let mut connection = acquire(&self.pool).await?;
        let limit = i64::try_from(limit).unwrap_or(PAGE);
        let mut records = sql::after(&mut connection, log_position, limit).await?;
        drop(connection);
        self.keys.open_records(&mut records).await?;
        for (expected, record) in (log_position + 1..).zip(&records) {
            if record.log_position != expected {
                return Err(StoreError::Broken(format!(
                    "the log has a gap: expected {expected}, found {}",
                    record.log_position
                )));
            }
        }
        Ok(records.into_iter().map(Arc::new).collect())
    }

    /// What this process can say from memory of what comes after `log_position`, at most `limit`:
    /// contiguous, but where memory does not reach back so far, it begins later.
    pub(crate) fn entries_after(&self, log_position: i64, limit: usize) -> Vec<Entry> {
        self.source.ring().entries_after(log_position, limit)
    }
}

#[expect(
    clippy::disallowed_methods,
    reason = "the log role's pool: the tail is of all tenants"
)]
async fn acquire(pool: &PgPool) -> Result<sqlx::pool::PoolConnection<sqlx::Postgres>, StoreError> {
    Ok(pool.acquire().await?)
}
