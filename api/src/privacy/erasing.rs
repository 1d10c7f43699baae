//! What goes through together when somebody is erased, whoever asks for it?
//!
//! The event of the data subject and the end of its own stream are one batch: nobody is erased by
//! half. Keys are destroyed and rows purged by whoever follows the log, after the event and never
//! before: what is not in the log was not decided.

use std::time::Duration;

use chrono::{DateTime, Utc};
use daybook_domain::kernel::{ClientId, MemberId, TenantId, UserId};
use daybook_domain::privacy::data_subject::{Basis, DataSubject, Erase, Subject};
use daybook_domain::tenancy::member::ErasedBy;
use daybook_domain::{crm, identity, tenancy};
use daybook_store::{Batch, Store, StoreError};

/// An erasure of somebody.
#[derive(Debug, Clone, Copy)]
pub struct Erasing {
    /// Why.
    pub basis: Basis,
    /// Whether there is such a person: what was looked up.
    pub is_there: bool,
    /// When.
    pub at: DateTime<Utc>,
}

impl Erasing {
    fn decision(self, subject: Subject) -> Erase {
        Erase {
            subject: self.is_there.then_some(subject),
            basis: self.basis,
            streams: vec![subject.id],
            at: self.at,
        }
    }

    /// Adds the erasure of what is known of somebody, and leaves them what they are: the last owner of
    /// a tenant, say, whom nothing can replace.
    pub fn data_alone(self, batch: Batch<'_>, subject: Subject) -> Batch<'_> {
        batch.and(subject.stream(), self.decision(subject))
    }

    /// Adds the erasure of a client to a batch of its tenant.
    pub fn client(self, batch: Batch<'_>, id: ClientId) -> Batch<'_> {
        let subject = Subject::from(id);
        let end = crm::client::Erase { at: self.at };
        let batch = batch.and(subject.stream(), self.decision(subject));
        batch.and(id, end)
    }

    /// Adds the erasure of a member to a batch of its tenant.
    pub fn member(self, batch: Batch<'_>, id: MemberId, by: ErasedBy) -> Batch<'_> {
        let subject = Subject::from(id);
        let end = tenancy::member::Erase { by, at: self.at };
        let batch = batch.and(subject.stream(), self.decision(subject));
        batch.and(id, end)
    }

    /// Adds the erasure of a user to a batch of the platform's own tenant.
    pub fn user(self, batch: Batch<'_>, id: UserId) -> Batch<'_> {
        let subject = Subject::from(id);
        let end = identity::user::Erase { at: self.at };
        let batch = batch.and(subject.stream(), self.decision(subject));
        batch.and(id, end)
    }
}

/// Waits until an erasure was carried out. `false`: it is still going on.
///
/// # Errors
/// The log is away.
pub async fn carried_out(
    store: &Store,
    (tenant, subject): (TenantId, Subject),
    patience: Duration,
) -> Result<bool, StoreError> {
    let stream = subject.stream();
    let forgotten = async {
        loop {
            let seen = store.tail().head();
            let loaded = store.load::<DataSubject>(tenant, stream).await?;
            if loaded.state.erasure().is_some_and(|it| it.is_forgotten) {
                return Ok(());
            }
            store.tail().past(seen).await;
        }
    };
    match tokio::time::timeout(patience, forgotten).await {
        Ok(done) => done.map(|()| true),
        Err(_) => Ok(false),
    }
}
