//! How long what belongs to an account may be, in characters and in time.

use crate::kernel::Text;

/// How long a reset token is good, in minutes.
pub const RESET_MINUTES: i64 = 30;
/// How long a verification token is good, in hours.
pub const VERIFICATION_HOURS: i64 = 48;
/// What a person may be called.
pub(super) const NAME: Text = Text {
    field: "name",
    max: 100,
};
