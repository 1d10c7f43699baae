//! What is to happen at a time, once: set by readers of the log, claimed across tenants, settled.
//!
//! A timer is about a subject of a kind; setting it again moves it. Whoever claims one has it for
//! a while, and settles it only as long as nobody has set it again.

mod change;
mod claim;
mod day;
mod timer;

pub use change::TimerChanges;
pub use day::start_of_day;
pub use timer::{DueTimer, Moment, Timer, TimerKey, Timers};
