//! What time is it, for an app that is told?

use std::sync::atomic::{AtomicI64, AtomicUsize, Ordering};

use chrono::{DateTime, TimeDelta, Utc};
use daybook::clock::{Clock, system};

const SLOTS: usize = 96;

static AHEAD_MS: [AtomicI64; SLOTS] = [const { AtomicI64::new(0) }; SLOTS];

/// An app's clock is a plain function, so there is one for each app of a test program.
const CLOCKS: [Clock; SLOTS] = [
    of::<0>, of::<1>, of::<2>, of::<3>, of::<4>, of::<5>, of::<6>, of::<7>, of::<8>, of::<9>,
    of::<10>, of::<11>, of::<12>, of::<13>, of::<14>, of::<15>, of::<16>, of::<17>, of::<18>,
    of::<19>, of::<20>, of::<21>, of::<22>, of::<23>, of::<24>, of::<25>, of::<26>, of::<27>,
    of::<28>, of::<29>, of::<30>, of::<31>, of::<32>, of::<33>, of::<34>, of::<35>, of::<36>,
    of::<37>, of::<38>, of::<39>, of::<40>, of::<41>, of::<42>, of::<43>, of::<44>, of::<45>,
    of::<46>, of::<47>, of::<48>, of::<49>, of::<50>, of::<51>, of::<52>, of::<53>, of::<54>,
    of::<55>, of::<56>, of::<57>, of::<58>, of::<59>, of::<60>, of::<61>, of::<62>, of::<63>,
    of::<64>, of::<65>, of::<66>, of::<67>, of::<68>, of::<69>, of::<70>, of::<71>, of::<72>,
    of::<73>, of::<74>, of::<75>, of::<76>, of::<77>, of::<78>, of::<79>, of::<80>, of::<81>,
    of::<82>, of::<83>, of::<84>, of::<85>, of::<86>, of::<87>, of::<88>, of::<89>, of::<90>,
    of::<91>, of::<92>, of::<93>, of::<94>, of::<95>,
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
