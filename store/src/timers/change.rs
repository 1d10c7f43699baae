//! Setting and clearing timers, with a checkpoint.

use std::collections::HashMap;

use chrono::{DateTime, NaiveDate, Utc};
use daybook_domain::kernel::{TenantId, TimeZone};
use uuid::Uuid;

use super::timer::{Moment, Timer, TimerKey};
use crate::error::StoreError;
use crate::reader::ReaderTx;

/// What some events of a tenant change about its timers; the last word on each counts.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct TimerChanges {
    timers: HashMap<TimerKey, Option<Timer>>,
    moved: bool,
}

impl TimerChanges {
    /// A timer is to go off.
    pub fn set(&mut self, key: TimerKey, timer: Timer) {
        self.timers.insert(key, Some(timer));
    }

    /// A timer is not to go off any more.
    pub fn clear(&mut self, key: TimerKey) {
        self.timers.insert(key, None);
    }

    /// The tenant may have another time zone: its days begin at other times.
    pub fn move_days(&mut self) {
        self.moved = true;
    }

    /// Whether nothing changes.
    pub fn is_empty(&self) -> bool {
        self.timers.is_empty() && !self.moved
    }
}

impl ReaderTx {
    /// Writes changes of the entered tenant's timers; its days begin by `zone`.
    ///
    /// # Errors
    /// When the database is away.
    pub async fn change_timers(
        &mut self,
        tenant: TenantId,
        changes: &TimerChanges,
        zone: TimeZone,
    ) -> Result<(), StoreError> {
        self.clear_timers(tenant, changes).await?;
        self.set_timers(tenant, changes, zone).await?;
        if changes.moved {
            self.move_days(tenant, zone).await?;
        }
        Ok(())
    }

    async fn clear_timers(
        &mut self,
        tenant: TenantId,
        changes: &TimerChanges,
    ) -> Result<(), StoreError> {
        let cleared = changes.timers.iter().filter(|(_, timer)| timer.is_none());
        let (kinds, subjects): (Vec<&str>, Vec<Uuid>) =
            cleared.map(|(key, _)| (key.kind, key.subject_id)).unzip();
        if kinds.is_empty() {
            return Ok(());
        }
        sqlx::query(
            "delete from timers t using unnest($2::text[], $3::uuid[]) as u(kind, subject_id) \
             where t.tenant_id = $1 and t.kind = u.kind and t.subject_id = u.subject_id",
        )
        .bind(tenant.0)
        .bind(kinds)
        .bind(subjects)
        .execute(self.connection())
        .await?;
        Ok(())
    }

    async fn set_timers(
        &mut self,
        tenant: TenantId,
        changes: &TimerChanges,
        zone: TimeZone,
    ) -> Result<(), StoreError> {
        let mut rows = Columns::default();
        for (key, timer) in &changes.timers {
            if let Some(timer) = timer {
                rows.push(key, timer, zone);
            }
        }
        if rows.kinds.is_empty() {
            return Ok(());
        }
        sqlx::query(
            "insert into timers (tenant_id, kind, subject_id, fire_at, fire_on, set_by, due_at) \
             select $1, kind, subject_id, fire_at, fire_on, set_by, fire_at \
             from unnest($2::text[], $3::uuid[], $4::timestamptz[], $5::date[], $6::uuid[]) \
               as u(kind, subject_id, fire_at, fire_on, set_by) \
             on conflict (tenant_id, kind, subject_id) do update set \
               fire_at = excluded.fire_at, fire_on = excluded.fire_on, set_by = excluded.set_by, \
               due_at = excluded.due_at, attempts = 0, leased_until = null, last_error = null",
        )
        .bind(tenant.0)
        .bind(rows.kinds)
        .bind(rows.subjects)
        .bind(rows.instants)
        .bind(rows.days)
        .bind(rows.set_by)
        .execute(self.connection())
        .await?;
        Ok(())
    }

    async fn move_days(&mut self, tenant: TenantId, zone: TimeZone) -> Result<(), StoreError> {
        let days: Vec<NaiveDate> = sqlx::query_scalar(
            "select distinct fire_on from timers where tenant_id = $1 and fire_on is not null",
        )
        .bind(tenant.0)
        .fetch_all(self.connection())
        .await?;
        let instants: Vec<DateTime<Utc>> = days
            .iter()
            .map(|day| Moment::On(*day).instant(zone))
            .collect();
        sqlx::query(
            "update timers t set fire_at = u.fire_at, due_at = u.fire_at \
             from unnest($2::date[], $3::timestamptz[]) as u(fire_on, fire_at) \
             where t.tenant_id = $1 and t.fire_on = u.fire_on and t.fire_at <> u.fire_at",
        )
        .bind(tenant.0)
        .bind(days)
        .bind(instants)
        .execute(self.connection())
        .await?;
        Ok(())
    }
}

#[derive(Default)]
struct Columns<'k> {
    kinds: Vec<&'k str>,
    subjects: Vec<Uuid>,
    instants: Vec<DateTime<Utc>>,
    days: Vec<Option<NaiveDate>>,
    set_by: Vec<Uuid>,
}

impl<'k> Columns<'k> {
    fn push(&mut self, key: &'k TimerKey, timer: &Timer, zone: TimeZone) {
        self.kinds.push(key.kind);
        self.subjects.push(key.subject_id);
        self.instants.push(timer.moment.instant(zone));
        self.days.push(timer.moment.day());
        self.set_by.push(timer.set_by);
    }
}
