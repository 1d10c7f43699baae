//! What can be asked of a key, one file per command.

mod create;
mod revoke;
mod rotate;

pub use create::Create;
pub use revoke::Revoke;
pub use rotate::Rotate;
