//! Which exports does the log ask for?

use daybook_domain::audit::export::{Export, ExportEvent, Place};
use daybook_domain::kernel::{Aggregate, CodecError, ExportId, TenantId};
use daybook_store::reader::ReaderTx;
use daybook_store::{JobChanges, Recorded, StoreError};

use super::READER;
use crate::react::follow::Reading;

/// Keeps the queue of exports as events say.
#[derive(Debug, Clone, Copy)]
pub(crate) struct QueueExports;

/// What an event means for the queue.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Meaning {
    /// It is to be made; asked for at this position.
    Begun(ExportId, i64),
    /// It has ended.
    Ended(ExportId),
}

impl Reading for QueueExports {
    type Note = Meaning;

    fn name(&self) -> &'static str {
        READER
    }

    fn note(&self, event: &Recorded) -> Result<Option<Meaning>, CodecError> {
        if event.stream_type != Export::NAME {
            return Ok(None);
        }
        let export = ExportId(event.stream_id);
        Ok(match event.decode::<ExportEvent>()? {
            ExportEvent::Requested(requested) => match requested.place {
                Place::Kept => Some(Meaning::Begun(export, event.position)),
                Place::File => None,
            },
            ExportEvent::Completed(_) | ExportEvent::Failed(_) => Some(Meaning::Ended(export)),
            ExportEvent::HandedOut(_) | ExportEvent::Expired(_) => None,
        })
    }

    async fn write(
        &self,
        tx: &mut ReaderTx,
        tenant: TenantId,
        meanings: Vec<Meaning>,
    ) -> Result<(), StoreError> {
        let mut changes = JobChanges::default();
        for meaning in meanings {
            match meaning {
                Meaning::Begun(export, position) => changes.begin(export, position),
                Meaning::Ended(export) => changes.end(export),
            }
        }
        tx.change_export_jobs(tenant, &changes).await
    }
}
