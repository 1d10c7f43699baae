//! What a client is told when a request cannot be answered.
//!
//! Every error that leaves the API has a stable code, the request's id and whether trying again
//! can help. Nothing else about our inside ever leaves.

mod code;
mod polish;
mod refusal;

pub use code::Code;
pub(crate) use polish::is_about_an_input_value;
pub use polish::polish;
pub use refusal::Fault;
