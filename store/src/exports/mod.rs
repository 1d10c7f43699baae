//! The queue of exports that are to be made, of all tenants.
//!
//! A reader of the log fills it; whoever claims a job works on it under a lease. Of each tenant only
//! the oldest job can be claimed, so that one at a time is made.

mod change;
mod claim;

pub use change::JobChanges;
pub use claim::{ExportJob, ExportProgress, Exports};
