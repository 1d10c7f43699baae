//! Runs commands: load, decide, append; again on fresh state when a race was lost.

mod batch;
mod context;
mod receipt;
mod step;

pub use batch::Batch;
pub use context::{Actor, Context, Fingerprint, Origin};
pub use receipt::Receipt;
