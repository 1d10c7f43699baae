//! How does another master key take the place of the one there is?
//!
//! Only the keys are wrapped anew, a batch at a time: nothing that they sealed changes. Every row
//! says under which master key it is, so that what was interrupted goes on where it ended, and
//! processes that have both master keys read and write meanwhile.

use daybook_domain::kernel::TenantId;
use sqlx::Executor;
use uuid::Uuid;

use super::key::{Owner, rewrap};
use super::table;
use crate::audit::KeyringError;
use crate::audit::rewrap_signing_keys;
use crate::error::StoreError;
use crate::store::Store;
use crate::tenant_tx::begin_whole;

/// Keys wrapped anew in one transaction.
const BATCH: i64 = 1_000;
const BEGINNING: Owner = (TenantId(Uuid::nil()), Uuid::nil());

/// What was put under the master key.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Rewrapped {
    /// Keys of data subjects and of tenants.
    pub subject_keys: u64,
    /// Keys that checkpoints are signed with.
    pub signing_keys: u64,
}

/// The keys that there are of data subjects, and of tenants: each has one of its own.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct KeyCount {
    /// People of whom something can be read.
    pub kept: i64,
    /// Keys, of people and of tenants, that are under another master key than this process seals with.
    pub under_others: i64,
    /// Data subjects that were erased.
    pub destroyed: i64,
}

impl Store {
    /// Whether the master key is the one, or one of the two, that the keys of this database are
    /// wrapped under; true where there are none yet.
    ///
    /// # Errors
    /// [`KeyringError::WrongMasterKey`] when it is not; or the database is away.
    pub async fn check_master_key(&self) -> Result<(), KeyringError> {
        let keys = self.subject_keys();
        let mut tx = begin_whole(keys.pool(), "begin".to_owned()).await?;
        let opens = table::opens_what_is_there(&mut tx, keys.master()).await?;
        tx.commit().await.map_err(StoreError::from)?;
        if opens {
            Ok(())
        } else {
            Err(KeyringError::WrongMasterKey)
        }
    }

    /// How many keys of data subjects there are.
    ///
    /// # Errors
    /// When the database is away.
    pub async fn count_subject_keys(&self) -> Result<KeyCount, StoreError> {
        let keys = self.subject_keys();
        let (kept, under_others, destroyed) = sqlx::query_as(
            "select count(sealed) filter (where subject <> tenant_id), \
               count(*) filter (where master_id <> $1), \
               count(destroyed_at) filter (where subject <> tenant_id) from keys.subject_keys",
        )
        .bind(keys.master().id().as_slice())
        .fetch_one(keys.pool())
        .await?;
        Ok(KeyCount {
            kept,
            under_others,
            destroyed,
        })
    }

    /// Puts all keys under the master key of this store, which must open what they are under now.
    /// May be interrupted and repeated. At its end no other master key is of any use here: what
    /// runs with another one alone can write nothing more of whom it does not remember.
    ///
    /// # Errors
    /// [`KeyringError::WrongMasterKey`] when some key does not open; or the database is away.
    pub async fn rewrap_keys(&self) -> Result<Rewrapped, KeyringError> {
        let keys = self.subject_keys();
        let mut tx = begin_whole(keys.pool(), "begin".to_owned()).await?;
        tx.execute("set local synchronous_commit = on").await?;
        if !table::admit_master(&mut tx, keys.master()).await? {
            return Err(KeyringError::WrongMasterKey);
        }
        tx.commit().await.map_err(StoreError::from)?;
        let mut done = Rewrapped {
            subject_keys: self.rewrap_all().await?,
            signing_keys: rewrap_signing_keys(keys.pool(), keys.master()).await?,
        };
        // Waits for those who are writing a key under it, and lets nobody begin to.
        let mut tx = begin_whole(keys.pool(), "begin".to_owned()).await?;
        tx.execute("set local synchronous_commit = on").await?;
        table::lock_masters(&mut tx).await?;
        sqlx::query(
            "update keys.masters set retired_at = clock_timestamp() \
             where master_id <> $1 and retired_at is null",
        )
        .bind(keys.master().id().as_slice())
        .execute(&mut *tx)
        .await
        .map_err(StoreError::from)?;
        tx.commit().await.map_err(StoreError::from)?;
        done.subject_keys += self.rewrap_all().await?;
        Ok(done)
    }

    async fn rewrap_all(&self) -> Result<u64, KeyringError> {
        let mut done = 0;
        // Once more from the beginning while something was done: rows that somebody was at.
        loop {
            let before = done;
            let mut after = BEGINNING;
            while let Some((last, count)) = self.rewrap_batch(after).await? {
                after = last;
                done += count;
            }
            if done == before {
                return Ok(done);
            }
        }
    }

    /// One batch from after an owner on: the last of it, and how many. `None` at the end.
    async fn rewrap_batch(&self, after: Owner) -> Result<Option<(Owner, u64)>, KeyringError> {
        let keys = self.subject_keys();
        let master = keys.master();
        let mut tx = begin_whole(keys.pool(), "begin".to_owned()).await?;
        tx.execute("set local synchronous_commit = on").await?;
        let rows = table::under_others(&mut tx, master.id(), (after, BATCH)).await?;
        let Some(last) = rows.last().map(|row| row.owner) else {
            return Ok(None);
        };
        let mut wrapped = Vec::with_capacity(rows.len());
        for row in rows {
            let (Some(id), Some(sealed)) = (row.key_id, row.sealed) else {
                continue;
            };
            let again = rewrap(master, row.owner, (id, &sealed));
            let again = again.map_err(|_| KeyringError::WrongMasterKey)?;
            wrapped.push((row.owner, again));
        }
        table::put_under(&mut tx, master.id(), &wrapped).await?;
        tx.commit().await.map_err(StoreError::from)?;
        let count = u64::try_from(wrapped.len()).unwrap_or_default();
        Ok(Some((last, count)))
    }
}
