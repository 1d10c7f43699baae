//! When is the log sealed?
//!
//! As soon as there is news, and then after a pause in which more may come: within a second of
//! every event, with at most two checkpoints a second for a tenant, and more only where so much comes
//! that memory would not hold it until then. Without news nothing is signed
//! anew: a checkpoint says nothing about time, so one more of the same tree would say nothing.

use std::sync::Arc;
use std::time::Duration;

use daybook_store::Store;
use daybook_store::audit::{MANY, Outside, READER, SealError, Sealer, Step};
use daybook_store::reader::Lease;
use tokio::task::JoinSet;
use tokio::time::{sleep, timeout};
use tokio_util::sync::CancellationToken;
use uuid::Uuid;

use super::anchor::{Desk, Seal};
use super::rotation::note_rotations;
use crate::react::lease::{Lost, Reader, under_lease};

/// How long events gather before they are sealed together.
const GATHER: Duration = Duration::from_millis(500);
/// How long an operator's word that a tenant may go on can take to be heard when nothing happens.
const LOOK: Duration = Duration::from_secs(5);
/// How long somebody else's lease, or a failure, keeps us waiting.
const PAUSE: Duration = Duration::from_millis(500);

/// Seals the log under the lease of its reader.
#[derive(Debug)]
pub(crate) struct Sealing {
    /// The log.
    pub(super) store: Store,
    /// Who grows and signs the trees.
    pub(super) sealer: Sealer,
    /// The last checkpoints.
    pub(super) outside: Outside,
    /// Who gets what was signed; the data directory first.
    pub(super) desks: Vec<Desk>,
    /// Who holds the lease.
    pub(super) holder: Uuid,
}

impl Sealing {
    /// Seals until stopped; then gives the lease back.
    pub(crate) async fn run(mut self, stop: CancellationToken) {
        let store = self.store.clone();
        while !stop.is_cancelled() {
            let reader = Reader {
                store: &store,
                name: READER,
                holder: self.holder,
            };
            let sealed = under_lease(reader, &stop, async |lease| self.seal(lease).await);
            if let Err(error) = sealed.await {
                tracing::warn!(%error, "sealing was interrupted");
            }
            stop.run_until_cancelled(sleep(PAUSE)).await;
        }
    }

    async fn seal(&mut self, lease: Lease) -> Result<Lost, SealError> {
        let tail = self.store.tail().clone();
        self.hand_out_kept();
        // Beside it: there may be many logs to write into. It ends with the lease.
        let mut noting = JoinSet::new();
        noting.spawn(note(self.store.clone()));
        let mut at = lease.log_position;
        loop {
            let step = self.sealer.step(&lease, at).await?;
            let Step::Sealed {
                position,
                more,
                signed,
                ..
            } = step
            else {
                return Ok(Lost);
            };
            at = position;
            let seals = signed.iter().filter_map(|it| {
                let seal = Seal::read(&it.note)?;
                Some((it.tenant, Arc::new(seal)))
            });
            let seals: Vec<_> = seals.collect();
            for desk in &self.desks {
                desk.put(seals.iter().cloned());
            }
            if more {
                continue;
            }
            let _many = timeout(GATHER, tail.past(at + MANY)).await;
            // News, or a look at what operators said.
            let _news = timeout(LOOK, tail.past(at)).await;
        }
    }

    /// What anchors missed while no process ran, they get now.
    fn hand_out_kept(&self) {
        let tenants = self.outside.tenants().unwrap_or_default();
        let seals = tenants.into_iter().filter_map(|tenant| {
            let note = self.outside.last(tenant).ok()??;
            Some((tenant, Arc::new(Seal::read(&note)?)))
        });
        let seals: Vec<_> = seals.collect();
        // The first is the data directory, where they come from.
        for desk in self.desks.iter().skip(1) {
            desk.offer(seals.iter().cloned());
        }
    }
}

/// Notes in the tenants' logs what an interrupted rotation left.
async fn note(store: Store) {
    match note_rotations(&store).await {
        Ok(0) => {}
        Ok(logs) => tracing::info!(logs, "a rotation of the signing key was noted"),
        Err(error) => {
            tracing::warn!(%error, "a rotation of the signing key is still to be noted");
        }
    }
}
