//! Audit: who took which part of the history out of the house.
//!
//! # Language
//! - **export**: an archive of the tenant's events, of all or of those that a filter wants, with
//!   what it takes to check it without us.
//! - **filter**: which events are wanted; an empty one wants all of them.
//! - **expiry**: until when the archive is kept for whoever asked.
//!
//! # Invariants
//! - Every export is in the history: who asked, for what, and how it ended.
//! - An archive is never made of events that are not what was sealed: such an export fails, and says
//!   at which position.
//! - What is kept of an archive here says what it was; the archive itself goes when it expires.

pub mod export;
