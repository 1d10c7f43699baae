//! Tells sockets when their caller's rights end.
//!
//! One task follows the log's tail and wakes only those who depend on the stream of an event. Who
//! is woken is authenticated anew against the database.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};

use daybook_store::Tail;
use tokio::sync::Notify;
use uuid::Uuid;

/// Events looked at at once.
const PAGE: usize = 1_000;

/// Who waits for events of which stream.
#[derive(Debug, Clone, Default)]
pub struct RightsWatch {
    waiting: Arc<Mutex<HashMap<Uuid, Vec<Arc<Notify>>>>>,
}

/// A place in the watch; given up when dropped.
#[derive(Debug)]
pub(crate) struct Waiting {
    watch: RightsWatch,
    streams: Vec<Uuid>,
    woken: Arc<Notify>,
}

impl RightsWatch {
    /// Wakes those who wait, for as long as it is polled.
    pub async fn run(self, tail: Tail) {
        let mut position = tail.head();
        loop {
            tail.past(position).await;
            match tail.after(position, PAGE).await {
                Ok(events) => {
                    for event in &events {
                        self.wake(event.stream_id);
                        position = event.log_position;
                    }
                }
                Err(error) => {
                    // What cannot be read may have revoked anybody's rights.
                    tracing::warn!(%error, "the log cannot be followed; all rights are checked");
                    self.wake_all();
                    tokio::time::sleep(std::time::Duration::from_millis(250)).await;
                }
            }
        }
    }

    /// Waits for events of any of these streams.
    pub(crate) fn wait_on(&self, streams: Vec<Uuid>) -> Waiting {
        let woken = Arc::new(Notify::new());
        let mut waiting = self.waiting();
        for stream in &streams {
            waiting.entry(*stream).or_default().push(Arc::clone(&woken));
        }
        drop(waiting);
        Waiting {
            watch: self.clone(),
            streams,
            woken,
        }
    }

    fn wake(&self, stream: Uuid) {
        if let Some(waiting) = self.waiting().get(&stream) {
            for woken in waiting {
                woken.notify_one();
            }
        }
    }

    fn wake_all(&self) {
        for woken in self.waiting().values().flatten() {
            woken.notify_one();
        }
    }

    fn waiting(&self) -> std::sync::MutexGuard<'_, HashMap<Uuid, Vec<Arc<Notify>>>> {
        self.waiting.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Waiting {
    /// Returns when something happened on one of the streams since the last call.
    pub(crate) async fn woken(&self) {
        self.woken.notified().await;
    }
}

impl Drop for Waiting {
    fn drop(&mut self) {
        let mut waiting = self.watch.waiting();
        for stream in &self.streams {
            if let Some(others) = waiting.get_mut(stream) {
                others.retain(|other| !Arc::ptr_eq(other, &self.woken));
                if others.is_empty() {
                    waiting.remove(stream);
                }
            }
        }
    }
}
