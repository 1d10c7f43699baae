//! What clients agreed to, as GraphQL shows it.

mod consent;
mod error;
mod filter;
mod mutations;
mod query;

pub use consent::{Consent, ConsentStatus, consents_by_ids};
pub use error::{PrivacyErrorCode, PrivacyUserError};
pub use filter::ConsentFilter;
pub use mutations::PrivacyMutation;
pub use query::PrivacyQuery;
