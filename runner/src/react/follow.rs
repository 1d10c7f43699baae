//! How does a reactor read the log?
//!
//! Under a lease: one process at a time follows, and another takes over within seconds when it is
//! gone. What it writes and how far it has read are written in one transaction, so nothing is read
//! twice or left out. A stream with an event that cannot be read is parked; the others go on.

use std::collections::HashSet;
use std::future::Future;
use std::sync::Arc;
use std::time::Duration;

use daybook_domain::kernel::{CodecError, TenantId};
use daybook_store::reader::{Lease, ParkedStream, ReaderKey, ReaderTx};
use daybook_store::{Recorded, Store, StoreError};
use tokio::time::{sleep, timeout};
use tokio_util::sync::CancellationToken;
use uuid::Uuid;

use super::lease::{Lost, Reader, under_lease};
use crate::clock::Clock;

/// Events read at once.
const BATCH: usize = 1_000;
/// How long somebody else's lease, or a failure, keeps us waiting.
const PAUSE: Duration = Duration::from_millis(500);
/// How long a checkpoint may stay behind events of no interest.
const IDLE: Duration = Duration::from_millis(250);

/// What a reactor makes of the log.
pub(crate) trait Reading: Send + Sync {
    /// What an event means to it.
    type Note: Send;

    /// Its name among the readers; frozen once used.
    fn name(&self) -> &'static str;

    /// What an event means; none when it is of no interest.
    ///
    /// # Errors
    /// When the event cannot be read.
    fn note(&self, event: &Recorded) -> Result<Option<Self::Note>, CodecError>;

    /// Writes what a tenant's events mean, in their order.
    ///
    /// # Errors
    /// When the database is away; everything is read again.
    fn write(
        &self,
        tx: &mut ReaderTx,
        tenant: TenantId,
        notes: Vec<Self::Note>,
    ) -> impl Future<Output = Result<(), StoreError>> + Send;
}

/// Follows the log for a reactor.
#[derive(Debug)]
pub(crate) struct Follower<R> {
    /// The log.
    pub(crate) store: Store,
    /// What is made of it.
    pub(crate) reading: R,
    /// Who holds the lease.
    pub(crate) holder: Uuid,
    /// What time it is.
    pub(crate) clock: Clock,
}

struct Place {
    lease: Lease,
    parked: HashSet<(TenantId, Uuid)>,
    /// What was read.
    position: i64,
    /// What the checkpoint says; behind `position` by events of no interest only.
    saved: i64,
}

impl<R: Reading> Follower<R> {
    /// Follows until stopped; then gives the lease back.
    pub(crate) async fn run(self, stop: CancellationToken) {
        let name = self.reading.name();
        while !stop.is_cancelled() {
            let pause = match self.once(&stop).await {
                Ok(()) => PAUSE,
                Err(error) => {
                    tracing::warn!(name, %error, "following the log was interrupted");
                    PAUSE
                }
            };
            stop.run_until_cancelled(sleep(pause)).await;
        }
    }

    /// Follows under one lease, if it is to be had.
    async fn once(&self, stop: &CancellationToken) -> Result<(), StoreError> {
        let reader = Reader {
            store: &self.store,
            name: self.reading.name(),
            holder: self.holder,
        };
        under_lease(reader, stop, async |lease: Lease| {
            let parked = self.store.parked_at(&lease.key).await?;
            let mut place = Place {
                position: lease.log_position,
                saved: lease.log_position,
                parked: parked.into_iter().collect(),
                lease,
            };
            self.follow(&mut place).await
        })
        .await
    }

    async fn follow(&self, place: &mut Place) -> Result<Lost, StoreError> {
        let tail = self.store.tail();
        loop {
            let events = tail.after(place.position, BATCH).await?;
            let Some(last) = events.last().map(|event| event.log_position) else {
                let more = timeout(IDLE, tail.past(place.position)).await;
                if more.is_err() && place.saved < place.position {
                    let tx = self.store.reader_tx().await?;
                    if !place.save(tx).await? {
                        return Ok(Lost);
                    }
                }
                continue;
            };
            if !self.read(place, &events, last).await? {
                return Ok(Lost);
            }
        }
    }

    /// Reads a batch. `false`: the lease was lost.
    async fn read(
        &self,
        place: &mut Place,
        events: &[Arc<Recorded>],
        last: i64,
    ) -> Result<bool, StoreError> {
        let mut notes: Vec<(TenantId, Vec<R::Note>)> = Vec::new();
        let mut poisons = Vec::new();
        for event in events {
            if place.parked.contains(&(event.tenant, event.stream_id)) {
                continue;
            }
            match self.reading.note(event) {
                Ok(None) => {}
                Ok(Some(note)) => match notes.iter_mut().find(|(it, _)| *it == event.tenant) {
                    Some((_, of_tenant)) => of_tenant.push(note),
                    None => notes.push((event.tenant, vec![note])),
                },
                Err(error) => {
                    place.parked.insert((event.tenant, event.stream_id));
                    poisons.push(self.poison(&place.lease.key, event, &error));
                }
            }
        }
        place.position = last;
        if notes.is_empty() && poisons.is_empty() {
            return Ok(true);
        }
        let mut tx = self.store.reader_tx().await?;
        for (tenant, notes) in notes {
            tx.enter(tenant).await?;
            self.reading.write(&mut tx, tenant, notes).await?;
        }
        for poison in &poisons {
            tx.enter(TenantId(poison.tenant_id)).await?;
            tx.park(poison).await?;
        }
        place.save(tx).await
    }

    fn poison(&self, key: &ReaderKey, event: &Recorded, error: &CodecError) -> ParkedStream {
        let reader = key.name.clone();
        tracing::error!(reader, stream = %event.stream_id, %error, "a stream was parked");
        ParkedStream {
            tenant_id: event.tenant.0,
            reader,
            generation: key.generation,
            stream_id: event.stream_id,
            position: event.position,
            event_type: event.event_type.clone(),
            reason: error.to_string(),
            parked_at: (self.clock)(),
        }
    }
}

impl Place {
    /// Commits up to what was read. `false`: the lease was lost.
    async fn save(&mut self, tx: ReaderTx) -> Result<bool, StoreError> {
        let kept = tx.commit(&self.lease, self.saved, self.position).await?;
        if kept {
            self.saved = self.position;
        }
        Ok(kept)
    }
}
