//! Runs commands: load, decide, append; again on fresh state when a race was lost.

mod batch;
mod context;
mod keys;
mod receipt;
mod step;

pub use batch::Batch;
pub use context::{Actor, Address, Context, Fingerprint, Origin};
pub use receipt::Receipt;
