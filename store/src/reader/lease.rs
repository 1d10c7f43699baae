//! One process at a time: leases with an epoch and a heartbeat.

use sqlx::PgConnection;
use uuid::Uuid;

use super::progress::ReaderKey;
use crate::error::StoreError;
use crate::store::Store;
use crate::tenant_tx::DispatchTx;

/// After how long without a heartbeat another process takes over.
pub(super) const EXPIRY: &str = "3 seconds";

/// The right to write as a reader, until somebody else takes it over.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Lease {
    /// Which reader.
    pub key: ReaderKey,
    /// Raised with every change of hands.
    pub epoch: i64,
    /// How far it had read when the lease was taken.
    pub log_position: i64,
}

impl Store {
    /// Takes the lease of a reader when it is free, ours already, or its holder is silent. A
    /// generation that was replaced has none to give, not even to whoever has not heard of it yet.
    ///
    /// # Errors
    /// When the database is away, or the reader has read further than the log goes: then the log was
    /// restored or cut without it, and what comes next would not be what it takes it for.
    pub async fn take_lease(
        &self,
        key: &ReaderKey,
        holder: Uuid,
    ) -> Result<Option<Lease>, StoreError> {
        self.take_lease_while("state in ('building', 'live', 'scratch')", (key, holder))
            .await
    }

    /// As [`Self::take_lease`], of a generation that is being built: not if it has become live meanwhile.
    ///
    /// # Errors
    /// See [`Self::take_lease`].
    pub async fn take_building_lease(
        &self,
        key: &ReaderKey,
        holder: Uuid,
    ) -> Result<Option<Lease>, StoreError> {
        self.take_lease_while("state = 'building'", (key, holder))
            .await
    }

    /// As [`Self::take_lease`], of the generation before the live one.
    ///
    /// # Errors
    /// When the database is away.
    pub async fn take_previous_lease(
        &self,
        key: &ReaderKey,
        holder: Uuid,
    ) -> Result<Option<Lease>, StoreError> {
        self.take_lease_while("state = 'previous'", (key, holder))
            .await
    }

    async fn take_lease_while(
        &self,
        condition: &str,
        (key, holder): (&ReaderKey, Uuid),
    ) -> Result<Option<Lease>, StoreError> {
        let mut tx = self.dispatch_tx().await?;
        let statement = format!(
            "update readers set holder = $3, epoch = epoch + 1, heartbeat_at = clock_timestamp() \
             where name = $1 and generation = $2 and {condition} \
               and (holder is null or holder = $3 \
                    or heartbeat_at < clock_timestamp() - interval '{EXPIRY}') \
               and log_position <= (select h.log_position from log_head h) \
             returning epoch, log_position"
        );
        let taken: Option<(i64, i64)> = sqlx::query_as(&statement)
            .bind(&key.name)
            .bind(key.generation)
            .bind(holder)
            .fetch_optional(tx.connection())
            .await?;
        if taken.is_none() {
            refuse_ahead(&mut tx, key).await?;
        }
        tx.commit().await?;
        let lease = |(epoch, log_position)| Lease {
            key: key.clone(),
            epoch,
            log_position,
        };
        Ok(taken.map(lease))
    }

    /// Says that the holder is alive. `false`: the lease is somebody else's now.
    ///
    /// # Errors
    /// When the database is away.
    pub async fn keep_lease(&self, lease: &Lease) -> Result<bool, StoreError> {
        Ok(self.keep_lease_at(lease).await?.is_some())
    }

    /// As [`Self::keep_lease`]; says where the checkpoint stands. None: the lease is somebody else's now.
    ///
    /// # Errors
    /// When the database is away.
    pub async fn keep_lease_at(&self, lease: &Lease) -> Result<Option<i64>, StoreError> {
        let mut tx = self.dispatch_tx().await?;
        let position = sqlx::query_scalar(
            "update readers set heartbeat_at = clock_timestamp() \
             where name = $1 and generation = $2 and epoch = $3 and state <> 'retired' \
             returning log_position",
        )
        .bind(&lease.key.name)
        .bind(lease.key.generation)
        .bind(lease.epoch)
        .fetch_optional(tx.connection())
        .await?;
        tx.commit().await?;
        Ok(position)
    }

    /// Gives the lease back, so that another process need not wait for it to expire.
    ///
    /// # Errors
    /// When the database is away; the lease then expires by itself.
    pub async fn release_lease(&self, lease: &Lease) -> Result<(), StoreError> {
        let statement = sqlx::query(
            "update readers set holder = null, heartbeat_at = null \
             where name = $1 and generation = $2 and epoch = $3",
        )
        .bind(&lease.key.name)
        .bind(lease.key.generation)
        .bind(lease.epoch);
        self.dispatch(statement).await?;
        Ok(())
    }
}

async fn refuse_ahead(tx: &mut DispatchTx, key: &ReaderKey) -> Result<(), StoreError> {
    let ahead: Option<(i64, i64)> = sqlx::query_as(
        "select r.log_position, h.log_position from readers r cross join log_head h \
         where r.name = $1 and r.generation = $2 and r.state <> 'retired' \
           and r.log_position > h.log_position",
    )
    .bind(&key.name)
    .bind(key.generation)
    .fetch_optional(tx.connection())
    .await?;
    let Some((read, end)) = ahead else {
        return Ok(());
    };
    Err(StoreError::Broken(format!(
        "{} has read to {read}, and the log ends at {end}: the log was restored or cut without its \
         readers; restore a whole backup",
        key.name
    )))
}

/// Keeps the lease from changing hands until the transaction ends. `false`: it is lost, or somebody
/// moved the checkpoint.
pub(crate) async fn hold_checkpoint(
    connection: &mut PgConnection,
    lease: &Lease,
    from: i64,
) -> Result<bool, StoreError> {
    let held = sqlx::query(
        "select from readers where name = $1 and generation = $2 and epoch = $3 \
           and log_position = $4 and state <> 'retired' for update",
    )
    .bind(&lease.key.name)
    .bind(lease.key.generation)
    .bind(lease.epoch)
    .bind(from)
    .fetch_optional(connection)
    .await?;
    Ok(held.is_some())
}

/// Moves the checkpoint under the lease. `false`: the lease is lost or somebody moved it; the
/// transaction must not be committed.
pub(crate) async fn move_checkpoint(
    connection: &mut PgConnection,
    lease: &Lease,
    from: i64,
    to: i64,
) -> Result<bool, StoreError> {
    let moved = sqlx::query(
        "update readers set log_position = $5, heartbeat_at = clock_timestamp() \
         where name = $1 and generation = $2 and epoch = $3 and log_position = $4 \
           and state <> 'retired'",
    )
    .bind(&lease.key.name)
    .bind(lease.key.generation)
    .bind(lease.epoch)
    .bind(from)
    .bind(to)
    .execute(connection)
    .await?;
    Ok(moved.rows_affected() == 1)
}
