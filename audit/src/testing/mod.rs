//! A history to try things on, and the Python verifier to try them with. For tests and benchmarks.
#![expect(
    clippy::unwrap_used,
    clippy::missing_panics_doc,
    reason = "what is for tests alone panics where they fail"
)]

mod sample;
mod twin;

pub use sample::{History, ORIGIN, Row, TENANT, row, signer};
pub use twin::{Answer, Twin};
