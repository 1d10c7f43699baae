//! Which moment of a tenant's past is meant, and what was known of an aggregate then?

use std::sync::Arc;

use chrono::{DateTime, Utc};
use daybook_domain::kernel::{Aggregate, TenantId};
use uuid::Uuid;

use crate::error::StoreError;
use crate::log::{Recorded, stream_after, streams_until};
use crate::store::{Loaded, Store};
use crate::tenant_tx::TenantTx;

/// A place in a tenant's log from which it can be looked at.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct AsOf {
    /// The tenant's position of the last event before it; 0 is before everything.
    pub position: i64,
    /// That event's place in the database's order; 0 for none.
    pub log_position: i64,
    /// When that event was recorded; none before everything.
    pub recorded_at: Option<DateTime<Utc>>,
}

impl AsOf {
    /// Before anything happened.
    pub const BEGINNING: Self = Self {
        position: 0,
        log_position: 0,
        recorded_at: None,
    };
}

impl Store {
    /// A transaction that reads one tenant's rows in one snapshot.
    ///
    /// # Errors
    /// When the database is away or all connections stay busy for 5 seconds.
    pub async fn tenant_snapshot(&self, tenant: TenantId) -> Result<TenantTx, StoreError> {
        let tx = TenantTx::begin_snapshot(self.app_pool(), tenant).await?;
        Ok(tx.with_keys(self.subject_keys().clone()))
    }

    /// The moment after the event at a position of the tenant; none when there is no such event
    /// yet.
    ///
    /// # Errors
    /// When the database is away.
    pub async fn moment_of(
        &self,
        tenant: TenantId,
        position: i64,
    ) -> Result<Option<AsOf>, StoreError> {
        if position == 0 {
            return Ok(Some(AsOf::BEGINNING));
        }
        let mut tx = self.tenant_tx(tenant).await?;
        let found: Option<(i64, DateTime<Utc>)> = sqlx::query_as(
            "select log_position, recorded_at from events where tenant_id = $1 and position = $2",
        )
        .bind(tenant.0)
        .bind(position)
        .fetch_optional(tx.connection())
        .await?;
        tx.commit().await?;
        Ok(found.map(|(log_position, recorded_at)| AsOf {
            position,
            log_position,
            recorded_at: Some(recorded_at),
        }))
    }

    /// The moment after the tenant's last event that was recorded at an instant or before it.
    ///
    /// # Errors
    /// When the database is away.
    pub async fn moment_at(&self, tenant: TenantId, at: DateTime<Utc>) -> Result<AsOf, StoreError> {
        let mut tx = self.tenant_tx(tenant).await?;
        // No event is recorded earlier than the one before it, and positions have no gaps: so the
        // place is found by halving, with one probe of the index for each step.
        let found: Option<(i64, i64, DateTime<Utc>)> = sqlx::query_as(
            "with recursive search (low, high) as ( \
               select 0::bigint, coalesce((select position from events where tenant_id = $1 \
                 order by position desc limit 1), 0) \
               union all \
               select case when m.recorded_at <= $2 then m.position else low end, \
                 case when m.recorded_at <= $2 then high else m.position - 1 end \
               from search cross join lateral ( \
                 select e.position, e.recorded_at from events e \
                 where e.tenant_id = $1 and e.position = (low + high + 1) / 2) m \
               where low < high) \
             select e.position, e.log_position, e.recorded_at \
             from search join events e on e.tenant_id = $1 and e.position = low \
             where low = high",
        )
        .bind(tenant.0)
        .bind(at)
        .fetch_optional(tx.connection())
        .await?;
        tx.commit().await?;
        let moment = |(position, log_position, recorded_at)| AsOf {
            position,
            log_position,
            recorded_at: Some(recorded_at),
        };
        Ok(found.map_or(AsOf::BEGINNING, moment))
    }

    /// The first events of a stream up to a version, in order.
    ///
    /// # Errors
    /// When the database is away.
    pub async fn stream_until(
        &self,
        tenant: TenantId,
        stream_id: Uuid,
        version: i64,
    ) -> Result<Vec<Recorded>, StoreError> {
        let mut tx = self.tenant_tx(tenant).await?;
        let mut records = stream_after(tx.connection(), tenant, stream_id, 0).await?;
        tx.commit().await?;
        records.retain(|record| record.version <= version);
        self.open_records(&mut records).await?;
        Ok(records)
    }

    /// An aggregate as it was at an instant: the fold of what was recorded until then.
    ///
    /// # Errors
    /// When the database is away or an event cannot be read.
    pub async fn load_as_of<A: Aggregate>(
        &self,
        tenant: TenantId,
        stream_id: impl Into<Uuid>,
        at: DateTime<Utc>,
    ) -> Result<Loaded<A>, StoreError> {
        let mut tx = self.tenant_tx(tenant).await?;
        let mut records = stream_after(tx.connection(), tenant, stream_id.into(), 0).await?;
        tx.commit().await?;
        records.retain(|record| record.recorded_at <= at);
        self.fold(records).await
    }

    /// An aggregate as it was at a moment of its tenant: the fold of what had happened until then.
    ///
    /// # Errors
    /// When the database is away or an event cannot be read.
    pub async fn load_then<A: Aggregate>(
        &self,
        tenant: TenantId,
        stream_id: impl Into<Uuid>,
        moment: AsOf,
    ) -> Result<Loaded<A>, StoreError> {
        let mut tx = self.tenant_tx(tenant).await?;
        let until = (&[stream_id.into()][..], moment.position);
        let records = streams_until(tx.connection(), tenant, until).await?;
        tx.commit().await?;
        self.fold(records).await
    }

    async fn fold<A: Aggregate>(
        &self,
        mut records: Vec<Recorded>,
    ) -> Result<Loaded<A>, StoreError> {
        records.retain(|record| record.stream_type == A::NAME);
        self.open_records(&mut records).await?;
        let (mut state, mut version) = (A::default(), 0);
        for record in &records {
            state.evolve(record.decode()?);
            version = record.version;
        }
        Ok(Loaded {
            state: Arc::new(state),
            version,
        })
    }
}
