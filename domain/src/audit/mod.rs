//! Audit: who took which part of the history out of the house, and who laid hands on its seal.
//!
//! # Language
//! - **export**: an archive of the tenant's events, of all or of those that a filter wants, with
//!   what it takes to check it without us.
//! - **filter**: which events are wanted; an empty one wants all of them.
//! - **expiry**: until when the archive is kept for whoever asked.
//! - **seal**: the signed tree over the history; it stops where the history is not what was signed.
//!
//! # Invariants
//! - Every export is in the history: who asked, for what, and how it ended.
//! - An archive is never made of events that are not what was sealed: such an export fails, and says
//!   at which position.
//! - Sealing that stopped goes on only with an event that says so, and what was signed is given up only
//!   by somebody who says who they are and why.
//! - What is kept of an archive here says what it was; the archive itself goes when it expires.

pub mod export;
pub mod seal;
