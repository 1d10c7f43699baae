//! What happened to a tenant's terms.

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

use super::kind::RetentionKind;
use crate::kernel::Event;

/// The facts of a tenant's terms.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub enum RetentionEvent {
    /// A kind is kept for so long.
    #[serde(rename = "privacy.retention.set")]
    Set(RetentionSet),
    /// A kind is kept for ever.
    #[serde(rename = "privacy.retention.cleared")]
    Cleared(Cleared),
}

impl Event for RetentionEvent {}

/// A kind is kept for so long.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct RetentionSet {
    /// What.
    pub kind: RetentionKind,
    /// How many days.
    pub days: u32,
    /// When that was said.
    pub at: DateTime<Utc>,
}

/// A kind is kept for ever.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Cleared {
    /// What.
    pub kind: RetentionKind,
    /// When that was said.
    pub at: DateTime<Utc>,
}

#[cfg(test)]
mod tests {
    use super::super::fixtures::{cleared, set};
    use crate::kernel::testing::stored_as;

    #[test]
    fn stored_forms_are_frozen() {
        let at = r#""at":"2024-03-01T09:30:00Z""#;
        stored_as(
            &set(30),
            "privacy.retention.set",
            &format!("{{\"kind\":\"archived_clients\",\"days\":30,{at}}}"),
        );
        stored_as(
            &cleared(),
            "privacy.retention.cleared",
            &format!("{{\"kind\":\"archived_clients\",{at}}}"),
        );
    }
}
