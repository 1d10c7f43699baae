//! How is a person erased from the log?

use chrono::{DateTime, Utc};
use daybook_domain::kernel::TenantId;
use sqlx::Executor;
use uuid::Uuid;

use super::key::Owner;
use super::table;
use crate::error::StoreError;
use crate::store::Store;
use crate::tenant_tx::begin_whole;

/// An erasure that stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Erased {
    /// When the key was destroyed.
    pub at: DateTime<Utc>,
    /// Whether that was before this call: repeating it changes nothing.
    pub already: bool,
}

/// A data subject whose key was destroyed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ErasedSubject {
    /// In which tenant; for users and their sessions the platform's own.
    pub tenant: TenantId,
    /// The stream of the person: a user, a client, a member.
    pub subject: Uuid,
    /// When.
    pub at: DateTime<Utc>,
}

impl Store {
    /// Erases a data subject from the log, for good: destroys their key, so that nothing that was
    /// sealed about them can be read by anybody; frees what their stream claims; deletes the
    /// snapshots of the tenant, which may hold them in clear. This process has forgotten them when
    /// it returns, the others within a second. No key is ever made for them again: commands that
    /// would write something personal about them are refused as `SUBJECT_ERASED`.
    ///
    /// Every byte of the log stays, and so do leaf hashes and proofs. Safe to repeat, also for
    /// somebody who never had a key: after a backup was restored, repeat what was erased since.
    /// End their streams first (deactivate, remove, archive): what is decided afterwards about
    /// them reads stand-ins.
    ///
    /// # Errors
    /// When the database is away; whether they were erased is then unknown, and repeating it does.
    pub async fn erase_subject(
        &self,
        tenant: TenantId,
        subject: impl Into<Uuid>,
    ) -> Result<Erased, StoreError> {
        let owner: Owner = (tenant, subject.into());
        let mut tx = begin_whole(self.subject_keys().pool(), "begin".to_owned()).await?;
        // What was erased stays erased, whatever happens to the server.
        tx.execute("set local synchronous_commit = on").await?;
        sqlx::query("delete from claims where holder_tenant_id = $1 and stream_id = $2")
            .bind(owner.0.0)
            .bind(owner.1)
            .execute(&mut *tx)
            .await?;
        sqlx::query("delete from snapshots where tenant_id = $1")
            .bind(owner.0.0)
            .execute(&mut *tx)
            .await?;
        // Last, so that the moment it is given is next to that of the commit.
        let (at, now) = table::destroy(&mut tx, owner).await?;
        tx.commit().await?;
        self.memory().forget(&[owner]);
        Ok(Erased { at, already: !now })
    }

    /// Since when a data subject is erased; none when they are not.
    ///
    /// # Errors
    /// When the database is away.
    pub async fn erased_at(
        &self,
        tenant: TenantId,
        subject: impl Into<Uuid>,
    ) -> Result<Option<DateTime<Utc>>, StoreError> {
        let at: Option<Option<DateTime<Utc>>> = sqlx::query_scalar(
            "select destroyed_at from keys.subject_keys where tenant_id = $1 and subject = $2",
        )
        .bind(tenant.0)
        .bind(subject.into())
        .fetch_optional(self.subject_keys().pool())
        .await?;
        Ok(at.flatten())
    }

    /// Who was erased after a moment, in the order of time; all of them from the beginning of time.
    ///
    /// # Errors
    /// When the database is away.
    pub async fn erased_since(
        &self,
        moment: DateTime<Utc>,
    ) -> Result<Vec<ErasedSubject>, StoreError> {
        let destroyed = table::destroyed_since(self.subject_keys().pool(), moment).await?;
        let erased = |((tenant, subject), at)| ErasedSubject {
            tenant,
            subject,
            at,
        };
        Ok(destroyed.into_iter().map(erased).collect())
    }
}
