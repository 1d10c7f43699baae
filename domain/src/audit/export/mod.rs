//! An export of the history.
//!
//! ```text
//!            Request          Complete           Expire
//!  (unknown) ───────► pending ───────► ready ───────────► expired
//!                        │
//!                        └───────────► failed
//!                            Fail
//! ```
//! While it is ready, `HandOut` records who fetches it. Each command that finds what it wants already done changes nothing.

mod commands;
mod events;
mod filter;
#[cfg(any(test, feature = "testing"))]
pub mod fixtures;
mod refusal;
mod state;

pub use commands::{Complete, Expire, Fail, HandOut, Request, SAME_FETCH};
pub use events::{
    Cause, Completed, Expired, ExportEvent, Failed, HandedOut, OPEN_COUNT, Place, Requested,
};
pub use filter::{Filter, FilterInput};
pub use refusal::Refusal;
pub use state::{Archive, Export, MAX_OPEN};
