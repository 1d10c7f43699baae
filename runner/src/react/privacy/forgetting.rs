//! How is an erasure carried out?

use std::io;
use std::time::Duration;

use daybook_domain::kernel::{Aggregate, CodecError, TenantId};
use daybook_domain::privacy::data_subject::{DataSubject, DataSubjectEvent, Forget, Subject};
use daybook_projections::engine::{Positions, forget_in_replaced};
use daybook_projections::privacy::addresses;
use daybook_store::{Context, DueTimer, ExecuteError, Moment, Recorded, Store, StoreError};
use futures::future::BoxFuture;

use super::journal::{Entry, Journal};
use super::recipients;
use crate::react::timers::{Kind, Note, Occasion};

/// How long other processes take to forget a key that they have in memory, and a bit.
const EVERYWHERE: Duration = Duration::from_secs(1);
/// How long read models may take to pass the event; somebody tries again afterwards.
const PATIENCE: Duration = Duration::from_secs(30);

/// Carries erasures out.
#[derive(Debug, Clone)]
pub(crate) struct Forgetting {
    /// How far the read models are.
    pub(crate) positions: Positions,
    /// Where erasures are written down outside of the database.
    pub(crate) journal: Journal,
}

impl Kind for Forgetting {
    fn name(&self) -> &'static str {
        "privacy.forget"
    }

    fn stream_type(&self) -> &'static str {
        DataSubject::NAME
    }

    fn note(&self, event: &Recorded) -> Result<Option<Note>, CodecError> {
        Ok(match event.decode::<DataSubjectEvent>()? {
            DataSubjectEvent::Erased(erased) => Some(Note::Set(Moment::At(erased.at))),
            DataSubjectEvent::Forgotten(_) => Some(Note::Clear),
            DataSubjectEvent::Held(_)
            | DataSubjectEvent::Released(_)
            | DataSubjectEvent::Exported(_) => None,
        })
    }

    fn waits_for_business(&self) -> bool {
        false
    }

    fn happen<'a>(
        &'a self,
        store: &'a Store,
        timer: &'a DueTimer,
        occasion: Occasion,
    ) -> BoxFuture<'a, Result<(), ExecuteError>> {
        Box::pin(async move {
            let tenant = timer.tenant;
            let stream = timer.subject_id;
            let found = store.load::<DataSubject>(tenant, stream).await?;
            if let Some(erasure) = found.state.erasure().filter(|it| !it.is_forgotten) {
                let entry = Entry {
                    tenant,
                    subject: erasure.subject,
                    basis: erasure.basis,
                    at: occasion.context.at,
                };
                self.carry_out(store, entry, &occasion.context).await?;
            }
            let forget = Forget {
                at: occasion.context.at,
            };
            let context = occasion.context;
            store.execute(tenant, stream, forget, context).await?;
            Ok(())
        })
    }
}

impl Forgetting {
    async fn carry_out(
        &self,
        store: &Store,
        entry: Entry,
        context: &Context,
    ) -> Result<(), StoreError> {
        let (tenant, subject) = (entry.tenant, entry.subject);
        write_down(&self.journal, vec![entry]).await?;
        forget_person(store, (tenant, subject), context).await?;
        let (posted, ()) = tokio::join!(self.posted(store), tokio::time::sleep(EVERYWHERE));
        posted?;
        let projections = daybook_projections::all();
        forget_in_replaced(store, &projections, (tenant, subject.id)).await?;
        tracing::info!(%tenant, kind = ?subject.kind, subject = %subject.id, "somebody was erased");
        Ok(())
    }

    /// Waits until every read model has passed what is in the log now.
    async fn posted(&self, store: &Store) -> Result<(), StoreError> {
        let names: Vec<&'static str> = daybook_projections::all()
            .iter()
            .map(|projection| projection.name())
            .collect();
        let head = store.tail().head();
        let waited = self.positions.wait(&names, head, PATIENCE).await;
        waited.map_err(|behind| StoreError::Unavailable(behind.to_string()))
    }
}

/// Forgets a person where they are known by an address, and then destroys their key: the one place
/// where that happens. In this order, since without the key nobody knows the addresses any more.
///
/// # Errors
/// The database is away; to be repeated with the same context.
pub(super) async fn forget_person(
    store: &Store,
    (tenant, subject): (TenantId, Subject),
    context: &Context,
) -> Result<(), StoreError> {
    let addresses = addresses::of(store, tenant, subject).await?;
    let addresses: Vec<String> = addresses.into_iter().collect();
    if !addresses.is_empty() {
        recipients::forget(store, tenant, (&addresses, context)).await?;
        store.outbox().forget(tenant, &addresses).await?;
    }
    store.erase_subject(tenant, subject.id).await?;
    Ok(())
}

/// Writes erasures into the journal; nothing is destroyed before that is on the disk.
pub(super) async fn write_down(journal: &Journal, entries: Vec<Entry>) -> Result<(), StoreError> {
    let (journal, path) = (journal.clone(), journal.path().display().to_string());
    let written = tokio::task::spawn_blocking(move || journal.add(&entries)).await;
    let written = written.unwrap_or_else(|error| Err(io::Error::other(error)));
    written.map(drop).map_err(|error| {
        StoreError::Unavailable(format!(
            "the erasure journal {path} cannot be written: {error}"
        ))
    })
}
