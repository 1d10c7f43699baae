//! What time is it, for an app that is told?

use std::sync::atomic::{AtomicI64, AtomicUsize, Ordering};

use chrono::{DateTime, TimeDelta, Utc};
use daybook::clock::{Clock, system};

const SLOTS: usize = 32;

static AHEAD_MS: [AtomicI64; SLOTS] = [const { AtomicI64::new(0) }; SLOTS];

/// An app's clock is a plain function, so there is one for each app of a test program.
const CLOCKS: [Clock; SLOTS] = [
    of::<0>, of::<1>, of::<2>, of::<3>, of::<4>, of::<5>, of::<6>, of::<7>, of::<8>, of::<9>,
    of::<10>, of::<11>, of::<12>, of::<13>, of::<14>, of::<15>, of::<16>, of::<17>, of::<18>,
    of::<19>, of::<20>, of::<21>, of::<22>, of::<23>, of::<24>, of::<25>, of::<26>, of::<27>,
    of::<28>, of::<29>, of::<30>, of::<31>,
];

/// The system's clock, some time ahead.
#[derive(Debug, Clone, Copy)]
pub struct MovableClock(usize);

impl MovableClock {
    /// One that shows the system's time and belongs to the caller alone.
    pub fn take() -> Self {
        static NEXT: AtomicUsize = AtomicUsize::new(0);
        let slot = NEXT.fetch_add(1, Ordering::Relaxed);
        assert!(slot < SLOTS, "more apps than clocks: add some");
        Self(slot)
    }

    /// Moves it forward.
    pub fn advance(self, by: TimeDelta) {
        AHEAD_MS[self.0].fetch_add(by.num_milliseconds(), Ordering::SeqCst);
    }

    /// What it shows.
    pub fn now(self) -> DateTime<Utc> {
        self.function()()
    }

    /// It, as an app takes it.
    pub fn function(self) -> Clock {
        CLOCKS[self.0]
    }
}

fn of<const SLOT: usize>() -> DateTime<Utc> {
    system() + TimeDelta::milliseconds(AHEAD_MS[SLOT].load(Ordering::SeqCst))
}
