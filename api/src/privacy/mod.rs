//! What clients agreed to, and what becomes of people's data, as GraphQL shows it.

mod consent;
mod data_subject;
mod dossier;
pub mod erasing;
mod error;
mod filter;
mod forgetting;
mod mutations;
mod places;
mod query;
mod reached;
mod retention;
mod subjects;

pub use consent::{Consent, ConsentStatus, consents_by_ids};
pub use data_subject::{DataSubject, DataSubjectKind, DataSubjectStatus, ErasureBasis};
pub use error::{PrivacyErrorCode, PrivacyUserError};
pub use filter::{ConsentFilter, DataSubjectFilter};
pub(crate) use forgetting::watch as watch_erasures;
pub use mutations::PrivacyMutation;
pub use query::PrivacyQuery;
pub use retention::{RetentionKind, RetentionTerm};
