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
mod limits;
mod refusal;
mod salt;
mod state;

pub use commands::{Refresh, Revoke, Start};
pub use events::{EndReason, Refreshed, ReuseDetected, Revoked, SessionEvent, Started};
pub use limits::{ACCESS_MINUTES, GRACE_SECONDS, MAX_ROTATIONS, USER_AGENT_CHARS};
pub use refusal::Refusal;
pub use salt::{Salt, SaltError};
pub use state::{AccessToken, Ended, Login, Place, Rotation, Session};
