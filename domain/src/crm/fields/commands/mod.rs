//! What can be done to a tenant's custom fields: one file per command.

mod declare;
mod retire;

pub use declare::Declare;
pub use retire::Retire;
