//! One sign-in of a user: its tokens, their rotation and its end.
//!
//! ```text
//! (unknown) ── Start ──► live ── Revoke, or Refresh with a spent token ──► ended
//!                        │  ▲
//!                        └──┘ Refresh
//! ```
//!
//! # How tokens are made (at the edge)
//! Every token names its session, so that a digest is only ever compared within one. The first
//! pair is random. To rotate, the edge draws a [`Salt`] and derives both tokens of the next pair
//! from the refresh token presented and the salt, by HMAC. After [`Refresh`] was executed, by this
//! request or by one that came before it, [`Session::successor_salt`] gives the salt with which
//! the presented token becomes its successor: whoever presents the same token within the grace of
//! [`GRACE_SECONDS`] is given the same pair, though only digests and salts are kept.
//!
//! # What is presented, and what follows
//! - the current token: rotation;
//! - its parent, within the grace: no event, the same successor;
//! - its parent later, or any spent token: [`SessionEvent::ReuseDetected`], which ends the family.
//!   That is a decision, not a refusal, because it must be recorded; no salt is given then;
//! - anything else: a refusal that changes nothing.

mod commands;
mod events;
#[cfg(test)]
mod fixtures;
mod refusal;
mod salt;
mod state;

pub use commands::{Refresh, Revoke, Start};
pub use events::{EndReason, Refreshed, ReuseDetected, Revoked, SessionEvent, Started};
pub use refusal::Refusal;
pub use salt::{Salt, SaltError};
pub use state::{AccessToken, Ended, Login, Place, Rotation, Session};

/// How long an access token opens the API, in minutes.
pub const ACCESS_MINUTES: i64 = 10;
/// How long a refresh token that was just rotated still buys its successor, in seconds.
pub const GRACE_SECONDS: i64 = 10;
/// The most rotations of one session, which bounds what is remembered of spent tokens: a month of
/// one every nine minutes.
pub const MAX_ROTATIONS: usize = 5_000;
/// The most characters kept of a user agent; the rest is cut off.
pub const USER_AGENT_CHARS: usize = 200;
