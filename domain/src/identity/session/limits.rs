//! How long and how often, where no tenant's policy says it.

/// How long an access token opens the API, in minutes.
pub const ACCESS_MINUTES: i64 = 10;
/// How long a refresh token that was just rotated still buys its successor, in seconds.
pub const GRACE_SECONDS: i64 = 10;
/// The most rotations of one session, which bounds what is remembered of spent tokens: a month of
/// one every nine minutes.
pub const MAX_ROTATIONS: usize = 5_000;
/// The most characters kept of a user agent; the rest is cut off.
pub const USER_AGENT_CHARS: usize = 200;
