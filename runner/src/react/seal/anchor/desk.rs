//! What waits to be kept?

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};

use daybook_audit::checkpoint::Checkpoint;
use daybook_audit::note::Note;
use daybook_domain::kernel::TenantId;
use tokio::sync::Notify;

/// A signed checkpoint, and what it says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(in crate::react::seal) struct Seal {
    /// The signed note.
    pub(super) note: String,
    /// What it says.
    pub(super) checkpoint: Checkpoint,
}

/// The newest of each tenant.
pub(super) type Waiting = HashMap<TenantId, Arc<Seal>>;

/// Where seals are put for an anchor.
#[derive(Debug, Clone, Default)]
pub(in crate::react::seal) struct Desk {
    waiting: Arc<Mutex<Waiting>>,
    filled: Arc<Notify>,
}

impl Seal {
    /// Reads a note; none when it is no checkpoint. Who signed it is not asked.
    pub(in crate::react::seal) fn read(note: &str) -> Option<Self> {
        let text: Note = note.parse().ok()?;
        let checkpoint = text.unverified_text().parse().ok()?;
        let note = note.to_owned();
        Some(Self { note, checkpoint })
    }
}

impl Desk {
    /// Seals, each newer than any the tenant had before.
    pub(in crate::react::seal) fn put(
        &self,
        seals: impl IntoIterator<Item = (TenantId, Arc<Seal>)>,
    ) {
        let mut waiting = self.waiting.lock().unwrap_or_else(PoisonError::into_inner);
        waiting.extend(seals);
        drop(waiting);
        self.filled.notify_one();
    }

    /// Seals, each of no use if a newer one waits.
    pub(in crate::react::seal) fn offer(
        &self,
        seals: impl IntoIterator<Item = (TenantId, Arc<Seal>)>,
    ) {
        let mut waiting = self.waiting.lock().unwrap_or_else(PoisonError::into_inner);
        for (tenant, seal) in seals {
            waiting.entry(tenant).or_insert(seal);
        }
        let is_empty = waiting.is_empty();
        drop(waiting);
        if !is_empty {
            self.filled.notify_one();
        }
    }

    /// Resolves when something was put here since the last time.
    pub(super) async fn filled(&self) {
        self.filled.notified().await;
    }

    pub(super) fn take(&self) -> Waiting {
        std::mem::take(&mut *self.waiting.lock().unwrap_or_else(PoisonError::into_inner))
    }
}
