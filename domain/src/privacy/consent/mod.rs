//! A client's consent for one purpose.
//!
//! ```text
//!             Give             Withdraw
//!  (unknown) ──────► given ───────────────► withdrawn
//!                    │   ▲                      │
//!                    └───┘ Give, in other words │
//!                    ▲                          │
//!                    └──────────────────────────┘ Give
//! ```
//! Giving again what is given in the same words changes nothing, and so does withdrawing twice.

mod commands;
mod events;
#[cfg(any(test, feature = "testing"))]
pub mod fixtures;
mod purpose;
mod refusal;
mod state;

pub use commands::{Give, Withdraw};
pub use events::{ConsentEvent, Given, Withdrawn};
pub use purpose::Purpose;
pub use refusal::Refusal;
pub use state::{Agreement, Consent, Status, consent_id};
