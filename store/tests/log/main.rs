//! The log against a real PostgreSQL.

mod account;
mod batches;
mod catalogue;
mod claims;
mod counters;
mod draws;
mod order;
mod races;
mod repeats;
mod smoke;
mod snapshots;
mod world;
