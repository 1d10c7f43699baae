//! Clients: who the tenant does business with, and what it keeps about them.
//!
//! # Language
//! - **client**: a person or organisation the tenant sells to. Not a member: a client who signs in
//!   does so as a member with the role of the same name.
//! - **external id**: the client's identity in another system; unique within the tenant.
//! - **billing details**: what a document needs to name the client; copied into each document when
//!   it is sent.
//! - **custom field**: a field the tenant declares for its clients, with a kind that its values
//!   must have.
//! - **note**: a dated remark on a client; never changed, but it can be withdrawn.
//!
//! # Invariants
//! - An external id belongs to at most one client of a tenant, archived ones included.
//! - An archived client takes no new documents and no changes. Notes may still be added, and
//!   `Reactivate` brings it back.
//! - A custom field keeps its kind for ever, since recorded values were read under it.
//! - A client's custom fields hold only values that their declarations allowed when they were set.

pub mod client;
pub mod fields;
pub mod public;

mod country;
mod web;
