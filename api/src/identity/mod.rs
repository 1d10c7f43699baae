//! Accounts and sign-ins: REST under `/auth/` for what happens before there is a token, GraphQL for
//! what a signed-in user does with their account.

mod entrance;
mod error;
mod letters;
mod me;
mod mutations;
mod password;
mod places;
mod query;
mod rest;
mod sign_in;

pub use error::{IdentityErrorCode, IdentityUserError};
pub use me::{Me, Session, TenantMembership, User};
pub use mutations::IdentityMutation;
pub(crate) use mutations::left_without_owner;
pub use query::IdentityQuery;
pub use rest::routes;
pub(crate) use rest::{Problem, dress};
