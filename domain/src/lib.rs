//! What the business decides: aggregates, commands, events and refusals of every context.
//!
//! Pure and synchronous. There is no `async`, no SQL, no clock, no randomness and no environment
//! here: time, ids and looked-up facts arrive as fields of the command. `ls */src/crm` from the
//! repository's root shows a whole feature, from its rules to its API.
#![deny(clippy::wildcard_enum_match_arm)]

pub mod audit;
pub mod crm;
pub mod identity;
pub mod invoicing;
pub mod kernel;
pub mod privacy;
pub mod tenancy;
