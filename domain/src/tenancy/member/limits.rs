//! How long an invitation is good.

/// How long an invitation is good, in days.
pub const INVITATION_DAYS: i64 = 7;
