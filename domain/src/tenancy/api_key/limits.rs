//! How many keys there may be and how long two secrets of one are good.

use crate::kernel::Text;

/// The most keys of a tenant that are not revoked.
pub const MAX_API_KEYS: i64 = 100;
/// How long a rotated secret may stay good, in days.
pub const MAX_OVERLAP_DAYS: i64 = 7;
/// What a key may be called.
pub(super) const NAME: Text = Text {
    field: "name",
    max: 100,
};
