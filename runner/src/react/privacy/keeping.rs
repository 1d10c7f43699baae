//! Whose term is over?
//!
//! A tenant's terms set one timer, which goes off at once and every day from then on. What it finds
//! is erased by the same commands as anybody else: a hold stands in their way, too.

use chrono::{DateTime, TimeDelta, Utc};
use daybook_api::privacy::erasing::Erasing;
use daybook_domain::kernel::{Aggregate, ClientId, CodecError, MemberId};
use daybook_domain::privacy::data_subject::Basis;
use daybook_domain::privacy::retention::{Retention, RetentionEvent, RetentionKind};
use daybook_domain::tenancy::member::ErasedBy;
use daybook_projections::privacy::retention::{
    Expired, archived_clients, ended_members, expired_invitations,
};
use daybook_store::{Context, DueTimer, ExecuteError, Moment, Recorded, Store, StoreError};
use futures::future::BoxFuture;
use uuid::Uuid;

use crate::react::timers::{Kind, Note, Occasion};

/// Erased at once; the rest follows when these are gone from the lists.
const AT_ONCE: i64 = 500;

/// Erases what its term is over for.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Keeping;

impl Kind for Keeping {
    fn name(&self) -> &'static str {
        "privacy.retention"
    }

    fn stream_type(&self) -> &'static str {
        Retention::NAME
    }

    fn note(&self, event: &Recorded) -> Result<Option<Note>, CodecError> {
        Ok(match event.decode::<RetentionEvent>()? {
            RetentionEvent::Set(set) => Some(Note::Set(Moment::At(set.at))),
            // Other terms may be left; without any, there is nothing to be found.
            RetentionEvent::Cleared(_) => None,
        })
    }

    fn again(&self, now: DateTime<Utc>) -> Option<DateTime<Utc>> {
        Some(now + TimeDelta::days(1))
    }

    fn happen<'a>(
        &'a self,
        store: &'a Store,
        timer: &'a DueTimer,
        occasion: Occasion,
    ) -> BoxFuture<'a, Result<(), ExecuteError>> {
        Box::pin(async move {
            let terms = store
                .load::<Retention>(timer.tenant, timer.subject_id)
                .await?;
            for (kind, days) in &terms.state.days {
                let now = occasion.context.at;
                let before = now - TimeDelta::days(i64::from(*days));
                let sweep = Sweep {
                    store,
                    timer,
                    context: &occasion.context,
                    before,
                };
                sweep.all_of(*kind).await?;
            }
            Ok(())
        })
    }
}

/// One look at one kind of data of one tenant.
struct Sweep<'a> {
    store: &'a Store,
    timer: &'a DueTimer,
    context: &'a Context,
    /// What ended earlier has been kept for long enough.
    before: DateTime<Utc>,
}

impl Sweep<'_> {
    async fn all_of(&self, kind: RetentionKind) -> Result<(), ExecuteError> {
        let tenant = self.timer.tenant;
        match kind {
            RetentionKind::FinishedMail => {
                let outbox = self.store.outbox();
                let mails = outbox.forget_finished(tenant, self.before).await?;
                tracing::debug!(%tenant, mails, "mails had their time");
                return Ok(());
            }
            RetentionKind::ArchivedClients
            | RetentionKind::EndedMembers
            | RetentionKind::ExpiredInvitations => {}
        }
        let mut after = Uuid::nil();
        loop {
            let expired = self.expired(kind, after).await?;
            let Some(last) = expired.last().copied() else {
                return Ok(());
            };
            for id in expired {
                self.erase(kind, id).await?;
            }
            after = last;
        }
    }

    /// The next ones, in order of id.
    async fn expired(&self, kind: RetentionKind, after: Uuid) -> Result<Vec<Uuid>, StoreError> {
        let wanted = Expired {
            before: self.before,
            after,
            limit: AT_ONCE,
        };
        let mut tx = self.store.background_tx(self.timer.tenant).await?;
        let found = match kind {
            RetentionKind::ArchivedClients => archived_clients(&mut tx, wanted).await?,
            RetentionKind::EndedMembers => ended_members(&mut tx, wanted).await?,
            RetentionKind::ExpiredInvitations => expired_invitations(&mut tx, wanted).await?,
            RetentionKind::FinishedMail => Vec::new(),
        };
        tx.commit().await?;
        Ok(found)
    }

    async fn erase(&self, kind: RetentionKind, id: Uuid) -> Result<(), ExecuteError> {
        let erasing = Erasing {
            basis: Basis::RetentionOver,
            is_there: true,
            at: self.context.at,
        };
        let context = self.context.part(&id.to_string());
        let batch = self.store.batch(self.timer.tenant, context);
        let batch = match kind {
            RetentionKind::ArchivedClients => erasing.client(batch, ClientId(id)),
            RetentionKind::EndedMembers | RetentionKind::ExpiredInvitations => {
                erasing.member(batch, MemberId(id), ErasedBy::Term)
            }
            RetentionKind::FinishedMail => return Ok(()),
        };
        match batch.execute().await {
            Ok(_) => Ok(()),
            // A hold, or it came to life again meanwhile.
            Err(ExecuteError::Refused(refused)) => {
                tracing::info!(subject = %id, code = refused.code, "a term is over, and it is kept");
                Ok(())
            }
            Err(error) => Err(error),
        }
    }
}
