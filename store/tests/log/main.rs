//! The log against a real PostgreSQL.

mod account;
mod append_only;
mod batches;
mod catalogue;
mod claims;
mod counters;
mod draws;
mod isolation;
mod order;
mod races;
mod repeats;
mod smoke;
mod snapshots;
mod world;
