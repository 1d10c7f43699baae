//! How much of what belongs to a tenant there may be.

use crate::kernel::Text;

/// The most domains of one tenant, claimed ones included.
pub const MAX_DOMAINS: usize = 20;
/// The most addresses that get checkpoints by mail.
pub const MAX_RECIPIENTS: usize = 10;
/// What a tenant may be called.
pub(super) const NAME: Text = Text {
    field: "name",
    max: 100,
};
