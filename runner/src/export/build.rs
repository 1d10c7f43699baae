//! How is an archive written?
//!
//! Page by page into a draft beside the file, each page on the disk before the next one is read, so
//! that memory is bounded and a draft that was left goes on where it was.

use std::fs::{self, File, TryLockError};
use std::path::Path;

use daybook_audit::archive::{Draft, Entry, Kind, Plan};
use daybook_store::Store;
use daybook_store::audit::{Reading, SealedEvent};
use tokio::task::spawn_blocking;

use super::error::ExportError;
use super::finish::finish;
use super::order::{Built, Order, Progress};
use super::seal::covering;

/// A draft that nobody else is at, however this process ends.
#[derive(Debug)]
pub(super) struct Work {
    pub(super) draft: Draft,
    /// Held, not used: who works outlives who waits for it.
    _lock: File,
}

/// Makes the archive, or goes on with making it. It has its name when it is whole and verified.
///
/// # Errors
/// When an event is not what was sealed, the seal does not come, or files or the database are away.
/// The draft stays, for another attempt.
pub(crate) async fn build(
    store: &Store,
    order: &Order,
    tell: &(dyn Fn(Progress) + Sync),
) -> Result<Built, ExportError> {
    let mut work = begin(store, order).await?;
    let wanted = order.wanted();
    let head = work.draft.checkpoint().head();
    let reading = Reading {
        head,
        wanted: &wanted,
        proving: !wanted.is_everything(),
    };
    let first = wanted.from.unwrap_or(1);
    let last = wanted.to.unwrap_or(u64::MAX).min(head.size);
    let total = (last + 1).saturating_sub(first);
    let log = store.sealed(order.tenant);
    let mut at = work.draft.progress().last.unwrap_or(0);
    let progress = |work: &Work, at: u64| Progress {
        read: (at + 1).saturating_sub(first).min(total),
        total,
        events: work.draft.progress().count,
    };
    tell(progress(&work, at));
    while let Some(passage) = log.passage(reading, at).await? {
        at = passage.read;
        work = append(work, passage.events).await?;
        tell(progress(&work, at));
    }
    finish(work, order).await
}

/// Goes on with the draft, or begins one as soon as all is sealed.
async fn begin(store: &Store, order: &Order) -> Result<Work, ExportError> {
    let directory = order.draft();
    let lock = lock(&directory)?;
    if let Ok(draft) = Draft::resume(&directory)
        && draft.is_of(order.tenant.0, order.shown_filter().as_ref())
        && draft.exported() == Some(&order.exported)
    {
        return Ok(Work { draft, _lock: lock });
    }
    let vouched = covering(store, order).await?;
    let plan = Plan {
        tenant: order.tenant.0,
        kind: if order.filter.is_everything() {
            Kind::Full
        } else {
            Kind::Filtered
        },
        filter: order.shown_filter(),
        exported: Some(order.exported.clone()),
        checkpoint: vouched.note,
        keys: vouched.keys,
    };
    let draft = spawn_blocking(move || Draft::begin(&directory, &plan)).await??;
    Ok(Work { draft, _lock: lock })
}

fn lock(directory: &Path) -> Result<File, ExportError> {
    let opened = fs::create_dir_all(directory).and_then(|()| File::create(directory.join("lock")));
    let file = opened.map_err(|error| ExportError::of_file(directory, &error))?;
    match file.try_lock() {
        Ok(()) => Ok(file),
        Err(TryLockError::WouldBlock) => Err(ExportError::Busy),
        Err(TryLockError::Error(error)) => Err(ExportError::of_file(directory, &error)),
    }
}

async fn append(mut work: Work, events: Vec<SealedEvent>) -> Result<Work, ExportError> {
    if events.is_empty() {
        return Ok(work);
    }
    let write = move || {
        let page: Vec<Entry<'_>> = events.iter().map(entry).collect();
        work.draft.append(&page).map(|()| work)
    };
    Ok(spawn_blocking(write).await??)
}

fn entry(event: &SealedEvent) -> Entry<'_> {
    Entry {
        leaf: &event.leaf,
        payload: &event.record.payload,
        request: &event.record.request,
        personal: event.record.personal.as_deref(),
        sealed: event.sealed,
        proof: event.proof.as_deref(),
    }
}
