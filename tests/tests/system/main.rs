//! The whole system from outside: each file asks one question of it.
//!
//! One program for all of them, so that most share one app and all share one PostgreSQL.
#![expect(
    clippy::as_conversions,
    clippy::expect_used,
    clippy::float_arithmetic,
    clippy::format_collect,
    clippy::format_push_string,
    clippy::indexing_slicing,
    clippy::match_same_arms,
    clippy::panic,
    clippy::too_many_lines,
    clippy::unwrap_used,
    reason = "a test stops at the first thing it does not expect, and tells a story to its end"
)]

mod address;
mod audit;
mod audit_refusals;
mod backup;
mod backup_file;
mod bad_input;
mod clients_guide;
mod crash;
mod demo;
mod doctor;
mod erasure;
mod erasure_account;
mod erasure_killed;
mod erasure_proofs;
mod erasure_restored;
mod export;
mod export_progress;
mod export_requests;
mod interrupted;
mod isolation;
mod limits;
mod live;
mod live_killed;
mod live_lists;
mod logs;
mod master_key;
mod metrics;
mod origin;
mod past;
mod projections;
mod read_your_writes;
mod rebuild;
mod replay;
mod retention;
mod roles;
mod schema;
mod scrub;
mod seal_pace;
mod stage;
mod start;
mod subject_activity;
mod subject_mails;
mod subject_pages;
