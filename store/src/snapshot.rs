//! Snapshots: a cache of long streams' states in the database. Dropped whenever in doubt.

use std::time::Duration;

use daybook_domain::kernel::{Aggregate, TenantId};
use sqlx::PgPool;
use tokio::sync::mpsc;
use uuid::Uuid;

use crate::error::StoreError;
use crate::personal::Erasures;
use crate::tenant_tx::TenantTx;

/// A state is saved when a stream's version passes a multiple of this.
pub(crate) const EVERY: i64 = 100;
/// Snapshots waiting to be written; more are dropped, since the next one does as well.
const QUEUE: usize = 256;
/// Between two attempts at a deletion.
const PAUSE: Duration = Duration::from_millis(500);

/// A state to be saved.
#[derive(Debug)]
pub(crate) struct Snapshot {
    tenant: TenantId,
    stream_id: Uuid,
    stream_type: &'static str,
    state_version: i16,
    version: i64,
    state: Vec<u8>,
}

/// The way to the task that writes snapshots.
#[derive(Debug, Clone)]
pub(crate) struct Snapshots {
    queue: mpsc::Sender<Snapshot>,
    /// Tenants whose snapshots are to go.
    forgotten: mpsc::UnboundedSender<TenantId>,
}

impl Snapshots {
    /// The handle and its task, which ends when all handles are gone.
    pub(crate) fn new(pool: PgPool, erasures: Erasures) -> (Self, impl Future<Output = ()> + Send) {
        let (queue, mut snapshots) = mpsc::channel::<Snapshot>(QUEUE);
        let (forgotten, mut tenants) = mpsc::unbounded_channel();
        let task = async move {
            loop {
                tokio::select! {
                    Some(snapshot) = snapshots.recv() => {
                        // It may hold somebody in clear who was erased meanwhile.
                        if erasures.in_tenant(snapshot.tenant) {
                            continue;
                        }
                        if let Err(error) = save(&pool, &snapshot).await {
                            tracing::warn!(%error, stream_id = %snapshot.stream_id, "a snapshot was not saved");
                        }
                    }
                    // What this task saved just before it knew.
                    Some(tenant) = tenants.recv() => {
                        while let Err(error) = delete(&pool, tenant).await {
                            tracing::warn!(%error, %tenant, "snapshots were not deleted");
                            tokio::time::sleep(PAUSE).await;
                        }
                    }
                    else => return,
                }
            }
        };
        (Self { queue, forgotten }, task)
    }

    /// Deletes the tenant's snapshots in the background: some may hold somebody in clear who was
    /// erased, and nobody knows which. The erasure must have been noted before.
    pub(crate) fn forget(&self, tenant: TenantId) {
        if self.forgotten.send(tenant).is_err() {
            tracing::debug!("snapshots are saved no more");
        }
    }

    /// Saves the state in the background when the stream passed a multiple of [`EVERY`].
    pub(crate) fn offer<A: Aggregate>(
        &self,
        tenant: TenantId,
        stream_id: Uuid,
        (before, after): (i64, i64),
        state: &A,
    ) {
        if before / EVERY == after / EVERY {
            return;
        }
        let Ok(state) = serde_json::to_vec(state) else {
            return;
        };
        let snapshot = Snapshot {
            tenant,
            stream_id,
            stream_type: A::NAME,
            state_version: state_version::<A>(),
            version: after,
            state,
        };
        if self.queue.try_send(snapshot).is_err() {
            tracing::debug!("snapshots are written too slowly; one was dropped");
        }
    }
}

/// The saved state and its version, unless there is none or it is of another shape.
pub(crate) async fn load<A: Aggregate>(
    tx: &mut TenantTx,
    stream_id: Uuid,
) -> Result<Option<(A, i64)>, StoreError> {
    let tenant = tx.tenant();
    let row: Option<(i64, Vec<u8>)> = sqlx::query_as(
        "select version, state from snapshots \
         where tenant_id = $1 and stream_id = $2 and stream_type = $3 and state_version = $4",
    )
    .bind(tenant.0)
    .bind(stream_id)
    .bind(A::NAME)
    .bind(state_version::<A>())
    .fetch_optional(tx.connection())
    .await?;
    let read = |(version, state): (i64, Vec<u8>)| {
        serde_json::from_slice(&state)
            .ok()
            .map(|state| (state, version))
    };
    Ok(row.and_then(read))
}

async fn save(pool: &PgPool, snapshot: &Snapshot) -> Result<(), StoreError> {
    let mut tx = TenantTx::begin(pool, snapshot.tenant).await?;
    sqlx::query(
        "insert into snapshots as s \
           (tenant_id, stream_id, stream_type, state_version, version, state) \
         values ($1, $2, $3, $4, $5, $6) \
         on conflict on constraint snapshots_pk do update \
         set state_version = excluded.state_version, version = excluded.version, \
             state = excluded.state \
         where s.version < excluded.version or s.state_version <> excluded.state_version",
    )
    .bind(snapshot.tenant.0)
    .bind(snapshot.stream_id)
    .bind(snapshot.stream_type)
    .bind(snapshot.state_version)
    .bind(snapshot.version)
    .bind(&snapshot.state)
    .execute(tx.connection())
    .await?;
    tx.commit().await
}

async fn delete(pool: &PgPool, tenant: TenantId) -> Result<(), StoreError> {
    let mut tx = TenantTx::begin(pool, tenant).await?;
    sqlx::query("delete from snapshots where tenant_id = $1")
        .bind(tenant.0)
        .execute(tx.connection())
        .await?;
    tx.commit().await
}

fn state_version<A: Aggregate>() -> i16 {
    i16::try_from(A::STATE_VERSION).unwrap_or(i16::MAX)
}
