//! Who was erased lately? What this process must forget, and must not remember by a race.

use std::collections::{HashMap, HashSet};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use chrono::{DateTime, TimeDelta, Utc};
use daybook_domain::kernel::TenantId;
use tokio::time::sleep;

use super::form;
use super::key::Owner;
use super::keyring::SubjectKeys;
use super::memory::Memory;
use super::table;
use crate::error::StoreError;
use crate::log::Recorded;

/// How often the database is asked who was erased.
const POLL: Duration = Duration::from_millis(250);
/// How long a transaction may take from destroying a key to its commit.
const OVERLAP: TimeDelta = TimeDelta::seconds(15);
/// How long something written before an erasure may take to arrive after it.
const LATELY: Duration = Duration::from_mins(2);

/// Data subjects that were erased lately. Cheap to clone.
#[derive(Debug, Clone, Default)]
pub(crate) struct Erasures {
    recent: Arc<Mutex<Recent>>,
    /// Nearly always there was nobody: knowing that must cost the writer nothing.
    any: Arc<AtomicBool>,
}

#[derive(Debug, Default)]
struct Recent {
    owners: HashMap<Owner, Instant>,
    last: Option<Instant>,
}

impl Erasures {
    /// Remembers erasures for a while.
    pub(crate) fn note(&self, owners: &[Owner]) {
        let now = Instant::now();
        let mut recent = self.recent.lock().unwrap_or_else(PoisonError::into_inner);
        recent.owners.retain(|_, at| at.elapsed() <= LATELY);
        recent
            .owners
            .extend(owners.iter().map(|owner| (*owner, now)));
        recent.last = Some(now);
        self.any.store(true, Ordering::SeqCst);
    }

    /// Whether somebody the event says something about was erased lately.
    pub(crate) fn touch(&self, record: &Recorded) -> bool {
        let recent = self.recent();
        recent.is_some_and(|recent| is_about(record, |owner| recent.owners.contains_key(owner)))
    }

    /// Whether somebody of the tenant was erased lately.
    pub(crate) fn in_tenant(&self, tenant: TenantId) -> bool {
        let recent = self.recent();
        recent.is_some_and(|recent| recent.owners.keys().any(|owner| owner.0 == tenant))
    }

    /// `None` when there was nobody.
    fn recent(&self) -> Option<MutexGuard<'_, Recent>> {
        if !self.any.load(Ordering::SeqCst) {
            return None;
        }
        let mut recent = self.recent.lock().unwrap_or_else(PoisonError::into_inner);
        if recent.last.is_some_and(|last| last.elapsed() <= LATELY) {
            return Some(recent);
        }
        recent.owners.clear();
        self.any.store(false, Ordering::SeqCst);
        None
    }
}

/// Whether the event has something sealed about one of these.
pub(crate) fn is_about(record: &Recorded, is_meant: impl Fn(&Owner) -> bool) -> bool {
    let parcels = record.personal.as_deref().and_then(form::parcels);
    let mut parcels = parcels.into_iter().flatten();
    parcels.any(|parcel| is_meant(&(record.tenant, parcel.subject)))
}

/// Asks again and again who was erased, by whatever process, and has it forgotten here. Only a poll:
/// a notice can be lost, and this is soon enough.
pub(crate) async fn watch(memory: Memory) {
    let mut since: Option<DateTime<Utc>> = None;
    let mut seen: HashSet<Owner> = HashSet::new();
    loop {
        match look(&memory.keys, since).await {
            Ok((destroyed, looked_at)) => {
                let new = destroyed.iter().filter(|owner| !seen.contains(*owner));
                let new: Vec<Owner> = new.copied().collect();
                if !new.is_empty() {
                    memory.forget(&new);
                }
                seen = destroyed.into_iter().collect();
                since = Some(looked_at);
            }
            Err(error) => tracing::debug!(%error, "erasures cannot be looked for"),
        }
        sleep(POLL).await;
    }
}

/// Who was erased since the last look, and a little before; and when that was.
async fn look(
    keys: &SubjectKeys,
    since: Option<DateTime<Utc>>,
) -> Result<(Vec<Owner>, DateTime<Utc>), StoreError> {
    let Some(since) = since else {
        // Nothing is remembered yet that would have to be forgotten.
        return Ok((Vec::new(), table::clock(keys.pool()).await?));
    };
    let destroyed = table::destroyed_since(keys.pool(), since - OVERLAP).await?;
    let last = destroyed.iter().map(|(_, at)| *at).max();
    let owners = destroyed.into_iter().map(|(owner, _)| owner).collect();
    Ok((owners, since.max(last.unwrap_or(since))))
}
