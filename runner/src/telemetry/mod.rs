//! What can be seen of a running process: log lines and numbers.

mod catalogue;
mod logs;
mod numbers;

pub use logs::start as start_logs;
pub use numbers::{Numbers, numbers};
