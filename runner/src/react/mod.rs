//! What happens outside because of what is in the log or in a queue?
//!
//! A reactor changes state only by a command, and carries the id of its effect outward, so that
//! whoever gets it twice can tell. Any number of processes may run all of them.

mod calendar;
pub(crate) mod exports;
pub(crate) mod follow;
mod housekeeping;
mod lease;
pub(crate) mod mail;
pub(crate) mod privacy;
pub(crate) mod seal;
pub(crate) mod timers;

pub(crate) use calendar::are_times;
pub(crate) use housekeeping::keep_house;
