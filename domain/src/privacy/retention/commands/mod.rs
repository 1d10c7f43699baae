//! One file per command.

mod clear;
mod set;

pub use clear::Clear;
pub use set::Set;
