//! A log of texts whose readers can be counted.

use std::collections::HashSet;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};

use futures::Stream;
use tokio::sync::watch;

/// What happened: position 1 is the first.
#[derive(Debug, Default)]
pub(crate) struct Log {
    events: Mutex<Vec<String>>,
    head: watch::Sender<u64>,
    revoked: watch::Sender<HashSet<String>>,
    /// Executions that serve a group, now.
    pub(crate) live: AtomicUsize,
    /// Catch-ups so far.
    pub(crate) catch_ups: AtomicUsize,
    /// Results written by executions that serve a group.
    pub(crate) written: AtomicUsize,
}

impl Log {
    /// Appends and returns the position.
    pub(crate) fn add(&self, text: impl Into<String>) -> u64 {
        let mut events = self.events.lock().unwrap();
        events.push(text.into());
        let position = events.len() as u64;
        self.head.send_replace(position);
        position
    }

    pub(crate) fn head(&self) -> u64 {
        *self.head.borrow()
    }

    /// Ends the rights of everybody of that name.
    pub(crate) fn revoke(&self, name: &str) {
        self.revoked.send_modify(|revoked| {
            revoked.insert(name.to_owned());
        });
    }

    pub(crate) fn revocations(&self) -> watch::Receiver<HashSet<String>> {
        self.revoked.subscribe()
    }

    pub(crate) fn live(&self) -> usize {
        self.live.load(Ordering::SeqCst)
    }

    pub(crate) fn catch_ups(&self) -> usize {
        self.catch_ups.load(Ordering::SeqCst)
    }

    /// Everything after a position, up to another or without end.
    pub(crate) fn read(
        self: Arc<Self>,
        mut after: u64,
        up_to: Option<u64>,
    ) -> impl Stream<Item = (u64, String)> + Send + 'static {
        let mut moved = self.head.subscribe();
        async_stream::stream! {
            loop {
                moved.mark_unchanged();
                let batch: Vec<String> = {
                    let events = self.events.lock().unwrap();
                    events.iter().skip(after as usize).take(50).cloned().collect()
                };
                let is_empty = batch.is_empty();
                for text in batch {
                    if up_to.is_some_and(|up_to| after >= up_to) {
                        return;
                    }
                    after += 1;
                    yield (after, text);
                }
                if up_to.is_some_and(|up_to| after >= up_to) {
                    return;
                }
                if is_empty && moved.changed().await.is_err() {
                    return;
                }
            }
        }
    }
}
