//! Give a consent.

use chrono::{DateTime, Utc};

use crate::kernel::{ClientId, Command, Decision, Text};
use crate::privacy::consent::{Consent, ConsentEvent, Given, Purpose, Refusal};

const WORDING: Text = Text {
    field: "wording",
    max: 5_000,
};
const SOURCE: Text = Text {
    field: "source",
    max: 200,
};

/// Records that a client agreed.
#[derive(Debug, Clone, PartialEq)]
pub struct Give {
    /// Who agreed; looked up: none when the tenant has no such client.
    pub client_id: Option<ClientId>,
    /// For what.
    pub purpose: Purpose,
    /// The text that was agreed to, at most 5,000 characters.
    pub wording: String,
    /// How, at most 200 characters.
    pub source: Option<String>,
    /// Now.
    pub at: DateTime<Utc>,
}

impl Command for Give {
    type Aggregate = Consent;

    fn decide(&self, consent: &Consent) -> Decision<Consent> {
        let client_id = self.client_id.ok_or(Refusal::ClientUnknown)?;
        let wording = WORDING.lines(&self.wording)?;
        let source = self.source.as_deref().map(|text| SOURCE.line(text));
        let source = source.transpose()?;
        if let Consent::Given(agreement) = consent
            && agreement.wording == wording
        {
            return Ok(vec![]);
        }
        Ok(vec![ConsentEvent::Given(Given {
            client_id,
            purpose: self.purpose.clone(),
            wording,
            source,
            at: self.at,
        })])
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::crm::client::fixtures::{at, client_id};
    use crate::kernel::Refusal as _;
    use crate::kernel::testing;
    use crate::privacy::consent::fixtures::{given, given_in, purpose, withdrawn};

    fn give(wording: &str) -> Give {
        Give {
            client_id: Some(client_id()),
            purpose: purpose(),
            wording: wording.to_owned(),
            source: None,
            at: at(),
        }
    }

    #[test]
    fn a_client_agrees() {
        let command = Give {
            source: Some(" web form ".to_owned()),
            ..give(" I want news. ")
        };
        testing::given(&[]).when(&command).then(&[given()]);
    }

    #[test]
    fn agreeing_again_to_the_same_words_changes_nothing() {
        testing::given(&[given()])
            .when(&give("I want news."))
            .then(&[]);
    }

    #[test]
    fn other_words_are_agreed_to_anew_and_so_are_withdrawn_ones() {
        testing::given(&[given()])
            .when(&give("Send me news."))
            .then(&[given_in("Send me news.")]);
        testing::given(&[given(), withdrawn(None)])
            .when(&give("I want news."))
            .then(&[given_in("I want news.")]);
    }

    #[test]
    fn refuses_a_client_that_is_not_there() {
        let command = Give {
            client_id: None,
            ..give("I want news.")
        };
        testing::given(&[])
            .when(&command)
            .refuses(&Refusal::ClientUnknown);
    }

    #[test]
    fn refuses_empty_and_endless_words() {
        for (command, field) in [
            (give(" "), "wording"),
            (give(&"x".repeat(5_001)), "wording"),
            (
                Give {
                    source: Some(String::new()),
                    ..give("yes")
                },
                "source",
            ),
        ] {
            let refused = command.decide(&Consent::default()).unwrap_err();
            assert_eq!(refused.field(), field);
        }
    }
}
