//! Whose turn is it, how far is it, and how did it end?

use std::time::Duration;

use chrono::{DateTime, Utc};
use daybook_domain::kernel::{ExportId, TenantId};
use sqlx::postgres::types::PgInterval;
use uuid::Uuid;

use crate::error::StoreError;
use crate::store::Store;

/// The exports of all tenants that are to be made.
#[derive(Debug, Clone, Copy)]
pub struct Exports<'s> {
    store: &'s Store,
}

/// A job that is ours for a while.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ExportJob {
    /// Whose history.
    pub tenant: TenantId,
    /// Which export.
    pub export: ExportId,
    /// Which attempt this is, from 1; it also tells this claim from a later one.
    pub attempt: i32,
}

/// How far a job is.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct ExportProgress {
    /// Events that were read and checked.
    pub read: i64,
    /// Events in the range; 0 until that is known.
    pub total: i64,
    /// Events taken into the archive.
    pub events: i64,
    /// Whether somebody is at it.
    pub running: bool,
}

impl Store {
    /// The exports of all tenants that are to be made.
    pub fn exports(&self) -> Exports<'_> {
        Exports { store: self }
    }
}

impl Exports<'_> {
    /// Claims a job that is due at `now`: the oldest of a tenant. Nobody else gets it for `lease`.
    ///
    /// # Errors
    /// When the database is away.
    pub async fn claim(
        &self,
        now: DateTime<Utc>,
        lease: Duration,
    ) -> Result<Option<ExportJob>, StoreError> {
        let mut tx = self.store.dispatch_tx().await?;
        let row: Option<(Uuid, Uuid, i32)> = sqlx::query_as(
            "with next as ( \
               select j.tenant_id, j.export_id from audit_export_jobs j \
               where j.due_at <= $1 \
                 and (j.leased_until is null or j.leased_until < clock_timestamp()) \
                 and not exists (select from audit_export_jobs o \
                   where o.tenant_id = j.tenant_id and o.position < j.position) \
               order by j.due_at, j.position limit 1 for update of j skip locked) \
             update audit_export_jobs j set attempts = attempts + 1, \
               leased_until = clock_timestamp() + $2 \
             from next where j.tenant_id = next.tenant_id and j.export_id = next.export_id \
             returning j.tenant_id, j.export_id, j.attempts",
        )
        .bind(now)
        .bind(interval(lease))
        .fetch_optional(tx.connection())
        .await?;
        tx.commit().await?;
        Ok(row.map(|(tenant, export, attempt)| ExportJob {
            tenant: TenantId(tenant),
            export: ExportId(export),
            attempt,
        }))
    }

    /// Says how far it is, and keeps the lease. `false`: it is somebody else's, or has ended.
    ///
    /// # Errors
    /// When the database is away.
    pub async fn keep(
        &self,
        job: &ExportJob,
        progress: ExportProgress,
        lease: Duration,
    ) -> Result<bool, StoreError> {
        let statement = sqlx::query(
            "update audit_export_jobs set read = $4, total = $5, events = $6, \
               leased_until = clock_timestamp() + $7 \
             where tenant_id = $1 and export_id = $2 and attempts = $3 \
               and leased_until is not null",
        )
        .bind(job.tenant.0)
        .bind(job.export.0)
        .bind(job.attempt)
        .bind(progress.read)
        .bind(progress.total)
        .bind(progress.events)
        .bind(interval(lease));
        Ok(self.store.dispatch(statement).await? == 1)
    }

    /// It has ended, as the log says. `false`: it was somebody else's.
    ///
    /// # Errors
    /// When the database is away; the reader of the log takes it away as well.
    pub async fn settle(&self, job: &ExportJob) -> Result<bool, StoreError> {
        let statement = sqlx::query(
            "delete from audit_export_jobs \
             where tenant_id = $1 and export_id = $2 and attempts = $3",
        )
        .bind(job.tenant.0)
        .bind(job.export.0)
        .bind(job.attempt);
        Ok(self.store.dispatch(statement).await? == 1)
    }

    /// It could not be made now; it is tried again at `again`.
    ///
    /// # Errors
    /// When the database is away; the lease then runs out.
    pub async fn postpone(
        &self,
        job: &ExportJob,
        again: DateTime<Utc>,
        reason: &str,
    ) -> Result<bool, StoreError> {
        let statement = sqlx::query(
            "update audit_export_jobs set due_at = $4, last_error = $5, leased_until = null \
             where tenant_id = $1 and export_id = $2 and attempts = $3",
        )
        .bind(job.tenant.0)
        .bind(job.export.0)
        .bind(job.attempt)
        .bind(again)
        .bind(reason);
        Ok(self.store.dispatch(statement).await? == 1)
    }

    /// How far a tenant's jobs are; those that are not in the queue are left out.
    ///
    /// # Errors
    /// When the database is away.
    pub async fn progress(
        &self,
        tenant: TenantId,
        exports: &[ExportId],
    ) -> Result<Vec<(ExportId, ExportProgress)>, StoreError> {
        let mut tx = self.store.tenant_tx(tenant).await?;
        let ids: Vec<Uuid> = exports.iter().map(|export| export.0).collect();
        let rows: Vec<(Uuid, i64, i64, i64, bool)> = sqlx::query_as(
            "select export_id, read, total, events, \
               coalesce(leased_until >= clock_timestamp(), false) \
             from audit_export_jobs where tenant_id = $1 and export_id = any ($2)",
        )
        .bind(tenant.0)
        .bind(ids)
        .fetch_all(tx.connection())
        .await?;
        tx.commit().await?;
        let progress = |(export, read, total, events, running)| {
            let progress = ExportProgress {
                read,
                total,
                events,
                running,
            };
            (ExportId(export), progress)
        };
        Ok(rows.into_iter().map(progress).collect())
    }
}

fn interval(length: Duration) -> PgInterval {
    PgInterval {
        months: 0,
        days: 0,
        microseconds: i64::try_from(length.as_micros()).unwrap_or(i64::MAX),
    }
}
