//! What is due, whose turn it is, and how it ended.

use chrono::{DateTime, NaiveDate, Utc};
use daybook_domain::kernel::TenantId;
use uuid::Uuid;

use super::timer::{DueTimer, Moment, Timers};
use crate::error::StoreError;

/// How long one attempt may take before somebody else makes the next one.
const LEASE: &str = "1 minute";

impl Timers<'_> {
    /// Claims timers that are due at `now`, the longest due first, at most `limit`. Nobody else
    /// gets them for a minute.
    ///
    /// # Errors
    /// When the database is away.
    pub async fn claim(&self, now: DateTime<Utc>, limit: i64) -> Result<Vec<DueTimer>, StoreError> {
        let statement = format!(
            "with due as ( \
               select tenant_id, kind, subject_id from timers \
               where due_at <= $1 and (leased_until is null or leased_until < clock_timestamp()) \
               order by due_at limit $2 for update skip locked) \
             update timers t set attempts = attempts + 1, \
               leased_until = clock_timestamp() + interval '{LEASE}' \
             from due where t.tenant_id = due.tenant_id and t.kind = due.kind \
               and t.subject_id = due.subject_id \
             returning t.tenant_id, t.kind, t.subject_id, t.fire_at, t.fire_on, t.set_by, t.attempts"
        );
        let mut tx = self.store.dispatch_tx().await?;
        let rows: Vec<Row> = sqlx::query_as(&statement)
            .bind(now)
            .bind(limit)
            .fetch_all(tx.connection())
            .await?;
        tx.commit().await?;
        Ok(rows.into_iter().map(due).collect())
    }

    /// It has happened, or never will: the timer goes. `false`: it was set again meanwhile, or the
    /// attempt had run out, and nothing was changed.
    ///
    /// # Errors
    /// When the database is away; it happens again, with the same effect.
    pub async fn settle(&self, timer: &DueTimer) -> Result<bool, StoreError> {
        let statement = sqlx::query(
            "delete from timers where tenant_id = $1 and kind = $2 and subject_id = $3 \
               and set_by = $4 and attempts = $5",
        )
        .bind(timer.tenant.0)
        .bind(&timer.kind)
        .bind(timer.subject_id)
        .bind(timer.set_by)
        .bind(timer.attempt);
        Ok(self.store.dispatch(statement).await? == 1)
    }

    /// It could not happen yet; it is looked at again at `again`. `false`: as for
    /// [`Timers::settle`].
    ///
    /// # Errors
    /// When the database is away.
    pub async fn postpone(
        &self,
        timer: &DueTimer,
        again: DateTime<Utc>,
        reason: &str,
    ) -> Result<bool, StoreError> {
        let statement = sqlx::query(
            "update timers set due_at = $6, leased_until = null, last_error = $7 \
             where tenant_id = $1 and kind = $2 and subject_id = $3 and set_by = $4 \
               and attempts = $5",
        )
        .bind(timer.tenant.0)
        .bind(&timer.kind)
        .bind(timer.subject_id)
        .bind(timer.set_by)
        .bind(timer.attempt)
        .bind(again)
        .bind(reason);
        Ok(self.store.dispatch(statement).await? == 1)
    }

    /// How many timers are due at `now` and have not been looked at since.
    ///
    /// # Errors
    /// When the database is away.
    pub async fn late(&self, now: DateTime<Utc>) -> Result<i64, StoreError> {
        let mut tx = self.store.dispatch_tx().await?;
        let late = sqlx::query_scalar("select count(*) from timers where due_at <= $1")
            .bind(now)
            .fetch_one(tx.connection())
            .await?;
        tx.commit().await?;
        Ok(late)
    }
}

type Row = (
    Uuid,
    String,
    Uuid,
    DateTime<Utc>,
    Option<NaiveDate>,
    Uuid,
    i32,
);

fn due((tenant, kind, subject_id, at, on, set_by, attempt): Row) -> DueTimer {
    DueTimer {
        tenant: TenantId(tenant),
        kind,
        subject_id,
        moment: on.map_or(Moment::At(at), Moment::On),
        set_by,
        attempt,
    }
}
