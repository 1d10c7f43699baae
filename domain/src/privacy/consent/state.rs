//! A consent, as a fold of its events.

use serde::{Deserialize, Serialize};
use uuid::Uuid;

use super::events::ConsentEvent;
use super::purpose::Purpose;
use super::refusal::Refusal;
use crate::kernel::{Aggregate, ClientId, ConsentId};

/// The one consent of a client for a purpose.
pub fn consent_id(client_id: ClientId, purpose: &Purpose) -> ConsentId {
    let name = format!("privacy.consent.{purpose}");
    ConsentId(Uuid::new_v5(&client_id.0, name.as_bytes()))
}

/// Whether the client agrees.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Status {
    /// It does.
    Given,
    /// It did, and does no more.
    Withdrawn,
}

/// A client's consent for one purpose.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Consent {
    /// Nobody was ever asked.
    #[default]
    Unknown,
    /// The client agrees.
    Given(Agreement),
    /// The client agreed once.
    Withdrawn(Agreement),
}

/// What was agreed to.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Agreement {
    /// By whom.
    pub client_id: ClientId,
    /// For what.
    pub purpose: Purpose,
    /// In which words.
    pub wording: String,
}

impl Aggregate for Consent {
    const NAME: &'static str = "privacy.consent";
    type Event = ConsentEvent;
    type Refusal = Refusal;

    fn evolve(&mut self, event: ConsentEvent) {
        match event {
            ConsentEvent::Given(given) => {
                *self = Self::Given(Agreement {
                    client_id: given.client_id,
                    purpose: given.purpose,
                    wording: given.wording,
                });
            }
            ConsentEvent::Withdrawn(_) => {
                *self = match std::mem::take(self) {
                    Self::Given(agreement) | Self::Withdrawn(agreement) => {
                        Self::Withdrawn(agreement)
                    }
                    Self::Unknown => Self::Unknown,
                };
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::fixtures::{given, given_in, purpose, withdrawn};
    use super::*;
    use crate::crm::client::fixtures::client_id;

    #[test]
    fn each_client_and_purpose_has_a_consent_of_its_own() {
        let other = Purpose::parse("calls").unwrap();
        let stranger = ClientId(Uuid::from_u128(13));
        let id = consent_id(client_id(), &purpose());
        assert_eq!(id, consent_id(client_id(), &purpose()));
        assert_ne!(id, consent_id(client_id(), &other));
        assert_ne!(id, consent_id(stranger, &purpose()));
    }

    #[test]
    fn the_last_words_count() {
        let consent = Consent::fold(&[given(), withdrawn(None), given_in("Other words.")]);
        let Consent::Given(agreement) = consent else {
            panic!("{consent:?}");
        };
        assert_eq!(agreement.wording, "Other words.");
    }
}
