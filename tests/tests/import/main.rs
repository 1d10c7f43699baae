//! Do invoices of other systems come in whole, once, and with nothing lost in silence?
#![expect(
    clippy::indexing_slicing,
    clippy::panic,
    clippy::too_many_lines,
    clippy::unwrap_used,
    reason = "a test's failure is a panic"
)]

mod bad_input;
mod bad_luck;
mod december;
mod erased;
mod figures;
mod quirks;
mod read_models;
mod world;
