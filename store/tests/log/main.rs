//! The log against a real PostgreSQL.
#![expect(
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::panic,
    clippy::ref_option,
    clippy::too_many_lines,
    clippy::unwrap_used,
    reason = "a test's failure is a panic"
)]

mod account;
mod activity;
mod append_only;
mod batches;
mod catalogue;
mod claims;
mod counters;
mod crash;
mod deliberate;
mod draws;
mod full_disk;
mod isolation;
mod mails;
mod model;
mod oracle;
mod order;
mod outages;
mod own_writes;
mod personal;
mod processes;
mod races;
mod repeats;
mod scratch;
mod seal;
mod set_up;
mod smoke;
mod snapshots;
mod world;
