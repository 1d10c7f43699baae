//! What happened to a consent.

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

use super::purpose::Purpose;
use crate::kernel::{ClientId, Event};

/// The facts of a consent.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub enum ConsentEvent {
    /// The client agreed.
    #[serde(rename = "privacy.consent.given")]
    Given(Given),
    /// The client agrees no more.
    #[serde(rename = "privacy.consent.withdrawn")]
    Withdrawn(Withdrawn),
}

impl Event for ConsentEvent {}

/// The client agreed, for the first time or anew.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Given {
    /// Who agreed.
    pub client_id: ClientId,
    /// For what.
    pub purpose: Purpose,
    /// To which words.
    pub wording: String,
    /// How: a form, a call, a signature; absent when nobody said.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub source: Option<String>,
    /// When.
    pub at: DateTime<Utc>,
}

/// The client agrees no more.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Withdrawn {
    /// Who had agreed.
    pub client_id: ClientId,
    /// For what.
    pub purpose: Purpose,
    /// Why, if somebody said so.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reason: Option<String>,
    /// When.
    pub at: DateTime<Utc>,
}

#[cfg(test)]
mod tests {
    use super::super::fixtures::*;
    use crate::kernel::testing::stored_as;

    #[test]
    fn stored_forms_are_frozen() {
        let who = r#""clientId":"00000000-0000-0000-0000-00000000000c","purpose":"newsletter""#;
        let at = r#""at":"2024-03-01T09:30:00Z""#;
        stored_as(
            &given(),
            "privacy.consent.given",
            &format!("{{{who},\"wording\":\"I want news.\",\"source\":\"web form\",{at}}}"),
        );
        stored_as(
            &given_in("Send me news."),
            "privacy.consent.given",
            &format!("{{{who},\"wording\":\"Send me news.\",{at}}}"),
        );
        stored_as(
            &withdrawn(None),
            "privacy.consent.withdrawn",
            &format!("{{{who},{at}}}"),
        );
        stored_as(
            &withdrawn(Some("too many")),
            "privacy.consent.withdrawn",
            &format!("{{{who},\"reason\":\"too many\",{at}}}"),
        );
    }
}
