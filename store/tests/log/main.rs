//! The log against a real PostgreSQL.

mod account;
mod smoke;
mod world;
