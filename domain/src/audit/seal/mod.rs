//! What an operator did to the seal of a tenant's history.
//!
//! A stream for each tenant; it begins with whatever is done first, and has no phases. `Resume` says
//! that sealing goes on which had stopped because the history was not what had been signed, and whether
//! the signed history was given up. `NoteRotation` says that another key signs from now on. Both are
//! facts about the installation that auditors of a tenant need, and are written into each tenant's log.

mod commands;
mod events;
#[cfg(any(test, feature = "testing"))]
pub mod fixtures;
mod refusal;
mod state;

pub use commands::{NoteRotation, Resume};
pub use events::{KeyRotated, Resumed, SealEvent};
pub use refusal::Refusal;
pub use state::{Ended, Seal, seal_id};
