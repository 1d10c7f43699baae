//! What can be asked of a session, one file per command.

mod refresh;
mod revoke;
mod start;

pub use refresh::Refresh;
pub use revoke::Revoke;
pub use start::Start;
