//! The businesses on the platform, who may act in them, and the keys programs act with.
//!
//! # Language
//! - **tenant**: a business. Everything but accounts belongs to exactly one.
//! - **subdomain**: the tenant's name in addresses, given when it is founded and never changed.
//! - **domain**: an address of the tenant's own, *claimed* first and *verified* by a DNS record.
//! - **member**: a user's place in a tenant, from the invitation on. **role**: what it allows.
//! - **owner**: a member who may do everything; a tenant always has one.
//! - **plan**: what the tenant pays, and the limits that come with it.
//! - **API key**: with which a program acts in the tenant; its **scopes** are the permissions it
//!   was given, its **kid** the public part by which it is found.
//!
//! # Invariants
//! - Who may do what stands in one table, in [`access`].
//! - Nobody grants a role or a scope above their own role, nor changes somebody above them.
//! - The last owner cannot leave, be removed or be demoted: a counter with a floor of one, so that
//!   two demotions at once leave one owner. Ownership is therefore received before it is handed
//!   over.
//! - An invitation is bound to an address and a role, is good once and expires. Invitations count
//!   against the plan's members.
//! - A suspended or closed tenant refuses every change but its reactivation.

pub mod access;
pub mod api_key;
pub mod member;
pub mod network;
pub mod plan;
pub mod public;
pub mod settings;
pub mod tenant;
