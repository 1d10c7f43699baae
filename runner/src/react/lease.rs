//! How does one process at a time do a reader's work?
//!
//! Under a lease that it keeps alive while it works; another takes over within seconds when it is
//! gone.

use std::time::Duration;

use daybook_store::reader::{Lease, ReaderState};
use daybook_store::{Store, StoreError};
use tokio::time::{MissedTickBehavior, interval};
use tokio_util::sync::CancellationToken;
use uuid::Uuid;

/// A third of the time after which a silent holder loses its lease.
const HEARTBEAT: Duration = Duration::from_secs(1);

/// The lease is somebody else's now.
pub(crate) struct Lost;

/// Who wants to work as which reader.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Reader<'s> {
    /// The log.
    pub(crate) store: &'s Store,
    /// The reader's name; frozen once used.
    pub(crate) name: &'static str,
    /// Who holds the lease.
    pub(crate) holder: Uuid,
}

/// Works under the reader's lease, if it is to be had, until the lease is lost, the work fails or
/// the process stops; then gives it back.
pub(crate) async fn under_lease<E: From<StoreError>>(
    reader: Reader<'_>,
    stop: &CancellationToken,
    work: impl AsyncFnOnce(Lease) -> Result<Lost, E>,
) -> Result<(), E> {
    let Some(lease) = reader.take().await? else {
        return Ok(());
    };
    let ended = tokio::select! {
        ended = work(lease.clone()) => ended,
        () = reader.silent(&lease) => Ok(Lost),
        () = stop.cancelled() => {
            reader.store.release_lease(&lease).await?;
            return Ok(());
        }
    };
    match ended {
        Ok(Lost) => {
            tracing::info!(name = reader.name, "somebody else follows the log now");
            Ok(())
        }
        Err(error) => {
            // Let others try; when the database is away, the lease expires.
            reader.store.release_lease(&lease).await?;
            Err(error)
        }
    }
}

impl Reader<'_> {
    async fn take(&self) -> Result<Option<Lease>, StoreError> {
        self.store.register_reader(self.name, 1).await?;
        let readers = self.store.readers().await?;
        let live = readers
            .iter()
            .find(|reader| reader.key.name == self.name && reader.state == ReaderState::Live);
        match live.map(|reader| reader.key.clone()) {
            Some(key) => self.store.take_lease(&key, self.holder).await,
            None => Ok(None),
        }
    }

    /// Gives signs of life; returns when the lease is lost.
    async fn silent(&self, lease: &Lease) {
        let mut beat = interval(HEARTBEAT);
        beat.set_missed_tick_behavior(MissedTickBehavior::Delay);
        loop {
            beat.tick().await;
            match self.store.keep_lease(lease).await {
                Ok(true) => {}
                Ok(false) => return,
                Err(error) => tracing::debug!(%error, "no heartbeat for a lease"),
            }
        }
    }
}
