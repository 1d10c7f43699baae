//! Where do checkpoints go that the database's operator is not to be able to take back?
//!
//! Into the data directory always, into another directory and to an address as configured. Each
//! has its own pace: of a tenant's checkpoints that wait, only the newest is worth keeping, since
//! it contains all before.

use std::collections::HashMap;
use std::error::Error;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use daybook_domain::kernel::TenantId;
use daybook_store::audit::Outside;
use futures::StreamExt;
use reqwest::header::CONTENT_TYPE;
use reqwest::redirect::Policy;
use tokio::sync::Notify;
use tokio::time::sleep;
use tokio_util::sync::CancellationToken;
use url::Url;

use crate::failure::Failure;

/// Between two rounds: what is signed meanwhile replaces what waits.
const PACE: Duration = Duration::from_millis(200);
/// The longest pause after rounds that failed.
const LONGEST: Duration = Duration::from_mins(5);
/// Checkpoints posted at one time.
const PARALLEL: usize = 8;
/// How long a connection, and all of a request, may take.
const CONNECT: Duration = Duration::from_secs(3);
const ANSWER: Duration = Duration::from_secs(15);

/// Where checkpoints go.
#[derive(Debug, Clone)]
pub(super) enum Anchor {
    /// A directory, a file for each tenant.
    Directory { name: &'static str, to: Outside },
    /// An address that each is posted to.
    Webhook { client: reqwest::Client, url: Url },
}

type Waiting = HashMap<TenantId, String>;

/// What waits to be kept.
#[derive(Debug, Clone, Default)]
pub(super) struct Desk {
    waiting: Arc<Mutex<Waiting>>,
    filled: Arc<Notify>,
}

/// Takes what waits to its anchor.
#[derive(Debug)]
pub(crate) struct Keeping {
    desk: Desk,
    anchor: Anchor,
}

impl Desk {
    /// Checkpoints, each newer than any the tenant had before.
    pub(super) fn put(&self, notes: impl Iterator<Item = (TenantId, String)>) {
        let mut waiting = self.waiting.lock().unwrap_or_else(PoisonError::into_inner);
        waiting.extend(notes);
        drop(waiting);
        self.filled.notify_one();
    }

    /// A checkpoint that is of no use if a newer one waits.
    pub(super) fn offer(&self, tenant: TenantId, note: &str) {
        let mut waiting = self.waiting.lock().unwrap_or_else(PoisonError::into_inner);
        waiting.entry(tenant).or_insert_with(|| note.to_owned());
        drop(waiting);
        self.filled.notify_one();
    }

    fn take(&self) -> Waiting {
        std::mem::take(&mut *self.waiting.lock().unwrap_or_else(PoisonError::into_inner))
    }
}

impl Keeping {
    /// Somebody who takes checkpoints to an anchor, and the desk they are put on.
    pub(super) fn new(anchor: Anchor) -> (Desk, Self) {
        let desk = Desk::default();
        (desk.clone(), Self { desk, anchor })
    }

    /// Keeps what comes until stopped; what waits then is kept first.
    pub(crate) async fn run(self, stop: CancellationToken) {
        let name = self.anchor.name();
        let mut pause = PACE;
        loop {
            let going_on = stop.run_until_cancelled(self.desk.filled.notified()).await;
            let waiting = self.desk.take();
            let missed = self.anchor.keep(waiting).await;
            if going_on.is_none() {
                return;
            }
            if let Some((missed, error)) = missed {
                tracing::warn!(anchor = name, missed = missed.len(), %error,
                    "checkpoints were not kept outside; this is tried again");
                metrics::counter!("daybook_anchor_failures_total", "anchor" => name).increment(1);
                for (tenant, note) in &missed {
                    self.desk.offer(*tenant, note);
                }
                pause = (pause * 2).min(LONGEST);
            } else {
                pause = PACE;
            }
            stop.run_until_cancelled(sleep(pause)).await;
        }
    }
}

impl Anchor {
    /// An address.
    ///
    /// # Errors
    /// When no client can be made.
    pub(super) fn webhook(url: Url) -> Result<Self, Failure> {
        let client = reqwest::Client::builder()
            .redirect(Policy::none())
            .no_proxy()
            .connect_timeout(CONNECT)
            .timeout(ANSWER)
            .build();
        let client = client.map_err(|error| {
            Failure::failed(format!("checkpoints cannot be posted: {}", told(&error)))
        })?;
        Ok(Self::Webhook { client, url })
    }

    fn name(&self) -> &'static str {
        match self {
            Self::Directory { name, .. } => name,
            Self::Webhook { .. } => "webhook",
        }
    }

    /// Keeps checkpoints; those that were not kept, and why.
    async fn keep(&self, waiting: Waiting) -> Option<(Waiting, String)> {
        if waiting.is_empty() {
            return None;
        }
        match self {
            Self::Directory { to, .. } => {
                let (to, notes) = (to.clone(), waiting.clone());
                let write =
                    move || to.keep(notes.iter().map(|(tenant, note)| (*tenant, note.as_str())));
                let written = tokio::task::spawn_blocking(write).await;
                let error = match written {
                    Ok(Ok(())) => return None,
                    Ok(Err(error)) => error.to_string(),
                    Err(error) => error.to_string(),
                };
                Some((waiting, error))
            }
            Self::Webhook { client, url } => {
                let posting = futures::stream::iter(waiting).map(|(tenant, note)| async move {
                    let posted = post(client, url, &note).await;
                    posted.err().map(|error| (tenant, note, error))
                });
                let failed: Vec<_> = posting
                    .buffer_unordered(PARALLEL)
                    .filter_map(async |failed| failed)
                    .collect()
                    .await;
                let error = failed.first()?.2.clone();
                let missed = failed.into_iter().map(|(tenant, note, _)| (tenant, note));
                Some((missed.collect(), error))
            }
        }
    }
}

async fn post(client: &reqwest::Client, url: &Url, note: &str) -> Result<(), String> {
    let request = client
        .post(url.clone())
        .header(CONTENT_TYPE, "text/plain; charset=utf-8")
        .body(note.to_owned());
    // An address may hold a secret.
    let answer = request.send().await.map_err(|error| told(&error))?;
    let status = answer.status();
    if status.is_success() {
        return Ok(());
    }
    Err(format!("the answer was {status}"))
}

/// Without the address, with what is behind it.
fn told(error: &reqwest::Error) -> String {
    let mut text = String::from("no connection");
    let mut source = error.source();
    while let Some(cause) = source {
        text = cause.to_string();
        source = cause.source();
    }
    text
}
