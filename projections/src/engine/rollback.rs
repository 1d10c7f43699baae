//! How does a projection go back to the generation before the live one?
//!
//! That one stands where it was replaced. It is caught up first, and made live only when it is not
//! behind: so nobody's queries ever look back in time. The one it replaces is kept in its place.

use std::sync::Arc;
use std::time::Duration;

use chrono::{DateTime, Utc};
use daybook_store::Store;
use daybook_store::reader::{Lease, ReaderState, ReaderStatus};
use tokio::time::sleep;
use uuid::Uuid;

use super::batch::Desk;
use super::fault::Trouble;
use super::lease::while_leased;
use super::live::{Follower, Reached};
use super::projection::Projection;
use super::rebuild::RebuildError;

/// How often a lease that somebody else has is tried.
const LOOK: Duration = Duration::from_millis(200);

/// What going back needs to know.
#[derive(Debug, Clone)]
pub struct Rollback {
    /// The log and the rows.
    pub store: Store,
    /// What goes back.
    pub projection: Arc<Projection>,
    /// Who does it: one id per process.
    pub holder: Uuid,
    /// What time it is.
    pub clock: fn() -> DateTime<Utc>,
}

impl Rollback {
    /// Catches the generation before the live one up and makes it live; returns which it is.
    /// Works beside running projectors; effects are never fired.
    ///
    /// # Errors
    /// When there is none, or other code wrote it, or the database is away.
    pub async fn run(&self) -> Result<i32, RebuildError> {
        loop {
            let previous = self.previous().await?;
            let taken = self.store.take_previous_lease(&previous.key, self.holder);
            if let Some(lease) = taken.await? {
                let desk = self.desk(&lease);
                let done = while_leased(&desk, catch_up_and_promote(&desk)).await;
                let done = done.unwrap_or(Ok(false));
                // Whoever follows it from now on need not wait for the lease to expire.
                self.store.release_lease(&lease).await?;
                if done? {
                    return Ok(previous.key.generation);
                }
            }
            sleep(LOOK).await;
        }
    }

    async fn previous(&self) -> Result<ReaderStatus, RebuildError> {
        let name = self.projection.name();
        let readers = self.store.readers().await?;
        let is_it = |it: &ReaderStatus| it.key.name == name && it.state == ReaderState::Previous;
        let Some(previous) = readers.into_iter().find(is_it) else {
            return Err(RebuildError::NothingBefore(name));
        };
        let version = self.projection.version();
        if previous.version != version {
            return Err(RebuildError::OtherCode {
                wrote: previous.version,
                ours: version,
            });
        }
        Ok(previous)
    }

    fn desk(&self, lease: &Lease) -> Desk {
        Desk {
            store: self.store.clone(),
            projection: self.projection.clone(),
            lease: lease.clone(),
            clock: self.clock,
            schema: None,
            moved: Arc::default(),
        }
    }
}

async fn catch_up_and_promote(desk: &Desk) -> Result<bool, Trouble> {
    let mut follower = Follower::start(desk.clone(), None).await?;
    if follower.promote().await? == Reached::Lost {
        return Ok(false);
    }
    let key = &desk.lease.key;
    tracing::warn!(
        projection = key.name,
        generation = key.generation,
        log_position = follower.position(),
        "rolled back to the generation before"
    );
    Ok(true)
}
