//! Who makes the archives that were asked for, and who takes them away again?
//!
//! `queue` reads the log and keeps the queue of those to be made, `maker` makes them, one at a time
//! in each process and for each tenant, `sweep` takes away what has expired.

mod maker;
mod queue;
mod sweep;

pub(crate) use maker::Maker;
pub(crate) use queue::QueueExports;

/// The name of the reader that keeps the queue.
pub(crate) const READER: &str = "react.exports";
