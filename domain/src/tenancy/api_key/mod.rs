//! With which a program acts in a tenant.
//!
//! ```text
//! (unknown) ── Create ──► active ── Revoke ──► revoked
//!                          │  ▲
//!                          └──┘ Rotate
//! ```
//!
//! The key itself is shown once and made at the edge ([`mod@format`]); here its public part (the kid)
//! finds it and the SHA-256 of its whole text recognises it. A key may do what its scopes allow
//! *and* the role of the member who created it allows today; it opens nothing when that member is
//! gone.

mod commands;
mod events;
#[cfg(test)]
mod fixtures;
pub mod format;
mod limits;
mod refusal;
mod state;

pub use commands::{Create, Revoke, Rotate};
pub use events::{API_KEYS_COUNT, ApiKeyEvent, Created, KID_SCOPE, Revoked, Rotated};
pub use format::Kid;
pub use limits::{MAX_API_KEYS, MAX_OVERLAP_DAYS};
pub use refusal::Refusal;
pub use state::{ApiKey, Key, PreviousSecret};
