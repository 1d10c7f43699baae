//! One file per command.

mod complete;
mod expire;
mod fail;
mod hand_out;
mod request;

pub use complete::Complete;
pub use expire::Expire;
pub use fail::Fail;
pub use hand_out::{HandOut, SAME_FETCH};
pub use request::Request;
