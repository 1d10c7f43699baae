//! Readers of the log: their leases, their checkpoints, and the transactions they write in.
//!
//! A reader is leased by one process at a time. Each change of hands raises the epoch, and a
//! checkpoint moves only under the epoch of the lease, in the transaction that writes the rows: a
//! paused twin that wakes up cannot write.

mod generations;
mod lease;
mod progress;
mod scratch;
mod transaction;
mod vantage;

pub use lease::Lease;
pub(crate) use lease::{hold_checkpoint, move_checkpoint};
pub use progress::{ParkedStream, ReaderKey, ReaderState, ReaderStatus};
pub use scratch::ScratchSchema;
pub use transaction::ReaderTx;
pub use vantage::{Vantage, VantageLimits, Wanted};
