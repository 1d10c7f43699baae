//! What other contexts may read of tenancy: who may do what, and how the tenant does business.

pub use super::access::{Permission, Role};
pub use super::plan::{Limits, Plan};
pub use super::settings::{NumberStyle, Settings};
