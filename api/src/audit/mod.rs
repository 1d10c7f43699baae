//! `/audit/{tenant}/*`: what was sealed of a tenant's log, and proofs from it.
//!
//! The tenant is named by its id or subdomain and is always the caller's own: any other is answered
//! as one that does not exist. Everything needs `audit.read`.

mod admission;
mod proofs;
mod routes;
mod tiles;

pub use routes::routes;
