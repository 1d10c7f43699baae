//! In which tenants is a user a member?
//!
//! The one question here that no tenant's transaction can answer: before a tenant is chosen there
//! is none. The dispatch role may read the few columns it takes, of members and of tenants.

mod query;
#[cfg(test)]
mod tests;

pub use query::{MembershipRow, TenantEntry, ever_of_user, invitations_to, of_user, tenants};
