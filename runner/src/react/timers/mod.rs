//! What happens when a time comes?
//!
//! `kind` says what a kind of timer is: which events set and clear it, and which command it runs.
//! `read` sets timers as the log says; `alarm` finds those that are due and runs their commands.
//! Each run has a command id made of the timer and of the event that set it: however often and
//! wherever it is run, it happens once.

mod alarm;
mod kind;
mod overdue;
mod read;
mod zone;

pub(crate) use alarm::Alarm;
pub(crate) use kind::{Kind, Kinds, Note, Occasion};
pub(crate) use read::SetTimers;

/// The name of the reader that sets timers.
pub(crate) const READER: &str = "react.timers";
