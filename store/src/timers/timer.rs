//! What a timer is.

use chrono::{DateTime, NaiveDate, Utc};
use daybook_domain::kernel::{TenantId, TimeZone};
use uuid::Uuid;

use super::day::start_of_day;
use crate::store::Store;

/// The timers of all tenants.
#[derive(Debug, Clone, Copy)]
pub struct Timers<'s> {
    pub(super) store: &'s Store,
}

impl Store {
    /// The timers of all tenants.
    pub fn timers(&self) -> Timers<'_> {
        Timers { store: self }
    }
}

/// Which of a tenant's timers.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct TimerKey {
    /// What is to happen, `context.what`.
    pub kind: &'static str,
    /// What it is about.
    pub subject_id: Uuid,
}

/// When something is to happen.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Moment {
    /// At an instant.
    At(DateTime<Utc>),
    /// When a day begins, by the tenant's own calendar.
    On(NaiveDate),
}

impl Moment {
    /// The instant, for a tenant of this time zone.
    pub fn instant(self, zone: TimeZone) -> DateTime<Utc> {
        match self {
            Self::At(at) => at,
            Self::On(day) => start_of_day(day, zone),
        }
    }

    pub(super) fn day(self) -> Option<NaiveDate> {
        match self {
            Self::At(_) => None,
            Self::On(day) => Some(day),
        }
    }
}

/// A timer that is set.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Timer {
    /// When it is to happen.
    pub moment: Moment,
    /// The event that sets it.
    pub set_by: Uuid,
}

/// A timer that is due, and ours for a while.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DueTimer {
    /// Whose it is.
    pub tenant: TenantId,
    /// What is to happen.
    pub kind: String,
    /// What it is about.
    pub subject_id: Uuid,
    /// When it was to happen.
    pub moment: Moment,
    /// The event that set it.
    pub set_by: Uuid,
    /// Which attempt this is, from 1.
    pub attempt: i32,
}
