//! Why may, or must, a person's data be erased?

use serde::{Deserialize, Serialize};

/// The legal basis of an erasure. A closed list, so that it holds no personal data.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Basis {
    /// The person asked for it.
    Request,
    /// The person withdrew the consent on which the data was kept.
    ConsentWithdrawn,
    /// The person objects to the processing.
    Objection,
    /// What the data was collected for is done.
    NoLongerNeeded,
    /// The data should never have been kept.
    UnlawfulProcessing,
    /// A law or an authority demands it.
    LegalObligation,
    /// The term of the tenant's retention policy is over.
    RetentionOver,
}
