//! What happened to a consent.

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

use super::purpose::Purpose;
use crate::kernel::{ClientId, Event, Personal};

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

impl Event for ConsentEvent {
    fn personal(&self) -> Vec<Personal> {
        match self {
            Self::Given(e) => vec![
                Personal::text("/wording").of(e.client_id),
                Personal::optional("/source").of(e.client_id),
            ],
            Self::Withdrawn(e) => vec![Personal::optional("/reason").of(e.client_id)],
        }
    }
}

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
    use crate::kernel::testing::{about, erased_as, stored_as};
    use crate::kernel::{ClientId, Subject};

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
    #[test]
    fn the_proof_of_a_consent_is_erased_with_the_client() {
        let who = r#""clientId":"00000000-0000-0000-0000-00000000000c","purpose":"newsletter""#;
        let at = r#""at":"2024-03-01T09:30:00Z""#;
        let given_erased = format!("{{{who},\"wording\":\"erased\",\"source\":null,{at}}}");
        erased_as(&given(), &given_erased);
        let withdrawn = withdrawn(Some("too many"));
        erased_as(&withdrawn, &format!("{{{who},\"reason\":null,{at}}}"));
        let client = Subject::Other(ClientId(uuid::Uuid::from_u128(0xc)).0);
        assert_eq!(about(&given()), [client, client]);
        assert_eq!(about(&withdrawn), [client]);
    }
}
