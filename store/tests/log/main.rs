//! The log against a real PostgreSQL.

mod account;
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
mod model;
mod oracle;
mod order;
mod outages;
mod races;
mod repeats;
mod smoke;
mod snapshots;
mod world;
