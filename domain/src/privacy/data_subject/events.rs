//! What happened to a data subject.

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use super::basis::Basis;
use super::subject::Subject;
use crate::kernel::{Event, Personal};

/// The facts of a data subject. What is left of them after an erasure is about nobody.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub enum DataSubjectEvent {
    /// The data must be kept for now.
    #[serde(rename = "privacy.data_subject.held")]
    Held(Held),
    /// It need not be kept any more.
    #[serde(rename = "privacy.data_subject.released")]
    Released(Released),
    /// Somebody was handed everything about the person.
    #[serde(rename = "privacy.data_subject.exported")]
    Exported(Exported),
    /// The person is to be known no more.
    #[serde(rename = "privacy.data_subject.erased")]
    Erased(Erased),
    /// That was carried out.
    #[serde(rename = "privacy.data_subject.forgotten")]
    Forgotten(Forgotten),
}

impl Event for DataSubjectEvent {
    fn personal(&self) -> Vec<Personal> {
        match self {
            // Whoever writes it may name them nevertheless.
            Self::Held(held) => vec![Personal::text("/reason").of(held.subject.id)],
            Self::Released(_) | Self::Exported(_) | Self::Erased(_) | Self::Forgotten(_) => {
                Vec::new()
            }
        }
    }
}

/// The data must be kept: a dispute, an inquiry.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Held {
    /// Who.
    pub subject: Subject,
    /// Why: a file number, not a person's story.
    pub reason: String,
    /// When.
    pub at: DateTime<Utc>,
}

/// The data need not be kept any more.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Released {
    /// When.
    pub at: DateTime<Utc>,
}

/// Everything about the person was handed out; the envelope says to whom.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Exported {
    /// Who.
    pub subject: Subject,
    /// When.
    pub at: DateTime<Utc>,
}

/// The person is to be known no more.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Erased {
    /// Who.
    pub subject: Subject,
    /// Why.
    pub basis: Basis,
    /// The streams that end with it; personal fields in other streams are under the same key.
    pub streams: Vec<Uuid>,
    /// When.
    pub at: DateTime<Utc>,
}

/// The key is destroyed, and nothing that was derived from the person's data is left.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Forgotten {
    /// Who.
    pub subject: Subject,
    /// When.
    pub at: DateTime<Utc>,
}

#[cfg(test)]
mod tests {
    use super::super::fixtures::*;
    use crate::kernel::testing::{erased_as, stored_as};

    #[test]
    fn stored_forms_are_frozen() {
        let subject = r#""subject":{"kind":"client","id":"00000000-0000-0000-0000-00000000000c"}"#;
        let at = r#""at":"2024-03-01T09:30:00Z""#;
        stored_as(
            &held("case 7"),
            "privacy.data_subject.held",
            &format!("{{{subject},\"reason\":\"case 7\",{at}}}"),
        );
        erased_as(
            &held("case 7"),
            &format!("{{{subject},\"reason\":\"erased\",{at}}}"),
        );
        stored_as(
            &released(),
            "privacy.data_subject.released",
            &format!("{{{at}}}"),
        );
        stored_as(
            &exported(),
            "privacy.data_subject.exported",
            &format!("{{{subject},{at}}}"),
        );
        let streams = r#""streams":["00000000-0000-0000-0000-00000000000c"]"#;
        stored_as(
            &erased(),
            "privacy.data_subject.erased",
            &format!("{{{subject},\"basis\":\"request\",{streams},{at}}}"),
        );
        stored_as(
            &forgotten(),
            "privacy.data_subject.forgotten",
            &format!("{{{subject},{at}}}"),
        );
    }
}
