//! The whole API over real HTTP, a real log, its read models and PostgreSQL: what each context
//! promises its clients.
#![expect(
    clippy::indexing_slicing,
    clippy::panic,
    clippy::unwrap_used,
    reason = "a test stops at the first thing it does not expect"
)]

mod cross_site;
mod identity;
mod tenancy;
mod world;
