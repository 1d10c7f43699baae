//! What time is it, and how does a test move it?

use std::sync::atomic::{AtomicI64, Ordering};

use chrono::{DateTime, SubsecRound, TimeDelta, Utc};

#[expect(
    clippy::disallowed_methods,
    reason = "the edge of a test is where its time comes from"
)]
pub(super) fn system() -> DateTime<Utc> {
    // In whole microseconds, as the program's own.
    Utc::now().trunc_subsecs(6)
}

/// Seconds by which clock number N is ahead.
static AHEAD: [AtomicI64; 10] = [const { AtomicI64::new(0) }; 10];

fn ahead<const N: usize>() -> DateTime<Utc> {
    system() + TimeDelta::seconds(AHEAD[N].load(Ordering::Relaxed))
}

/// A clock of one test, which is named by its number since a clock can hold nothing.
#[derive(Clone, Copy)]
pub(crate) struct Moved {
    pub(crate) read: fn() -> DateTime<Utc>,
    ahead: &'static AtomicI64,
}

/// Clock number N.
pub(crate) fn moved<const N: usize>() -> Moved {
    Moved {
        read: ahead::<N>,
        ahead: &AHEAD[N],
    }
}

impl Moved {
    pub(crate) fn on(self, by: TimeDelta) {
        self.ahead.fetch_add(by.num_seconds(), Ordering::Relaxed);
    }
}
