//! The whole API over real HTTP, a real log, its read models and PostgreSQL: what each context
//! promises its clients.
#![expect(
    clippy::indexing_slicing,
    clippy::panic,
    clippy::too_many_lines,
    clippy::unwrap_used,
    reason = "a test stops at the first thing it does not expect, and tells its story in one piece"
)]

mod accounts_past;
mod audit;
mod brand_and_plan;
mod crm;
mod cross_site;
mod domains;
mod due_dates;
mod enumeration;
mod identity;
mod invoicing;
mod malformed;
mod notes;
mod passwords;
mod past;
mod privacy;
mod rollback;
mod sessions;
mod tenancy;
mod world;
