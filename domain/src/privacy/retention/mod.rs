//! How long a tenant keeps what it no longer works with.
//!
//! ```text
//!  (for ever) ── Set ──► a term in days ──► Set, another term
//!      ▲                       │
//!      └──────── Clear ────────┘
//! ```
//! One stream for each tenant has the terms of all kinds. What its term is over for is erased like
//! anybody else: never under a hold, and with an event that says why.

mod commands;
mod events;
#[cfg(any(test, feature = "testing"))]
pub mod fixtures;
mod kind;
mod refusal;
mod state;

pub use commands::{Clear, Set};
pub use events::{Cleared, RetentionEvent, RetentionSet};
pub use kind::RetentionKind;
pub use refusal::Refusal;
pub use state::{MAX_DAYS, Retention, retention_id};
