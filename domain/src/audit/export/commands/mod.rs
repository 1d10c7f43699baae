//! One file per command.

mod complete;
mod expire;
mod fail;
mod request;

pub use complete::Complete;
pub use expire::Expire;
pub use fail::Fail;
pub use request::Request;
