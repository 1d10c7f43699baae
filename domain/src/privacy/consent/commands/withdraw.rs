//! Withdraw a consent.

use chrono::{DateTime, Utc};

use crate::kernel::{Command, Decision, Text};
use crate::privacy::consent::{Consent, ConsentEvent, Refusal, Withdrawn};

const REASON: Text = Text {
    field: "reason",
    max: 500,
};

/// Records that a client agrees no more.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Withdraw {
    /// Why, at most 500 characters.
    pub reason: Option<String>,
    /// Now.
    pub at: DateTime<Utc>,
}

impl Command for Withdraw {
    type Aggregate = Consent;

    fn decide(&self, consent: &Consent) -> Decision<Consent> {
        let reason = self.reason.as_deref().map(|text| REASON.line(text));
        let reason = reason.transpose()?;
        match consent {
            Consent::Unknown => Err(Refusal::NeverGiven),
            Consent::Withdrawn(_) => Ok(vec![]),
            Consent::Given(agreement) => Ok(vec![ConsentEvent::Withdrawn(Withdrawn {
                client_id: agreement.client_id,
                purpose: agreement.purpose.clone(),
                reason,
                at: self.at,
            })]),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::crm::client::fixtures::at;
    use crate::kernel::testing;
    use crate::kernel::{Aggregate as _, Refusal as _};
    use crate::privacy::consent::fixtures::{given, withdrawn};

    fn withdraw(reason: Option<&str>) -> Withdraw {
        Withdraw {
            reason: reason.map(str::to_owned),
            at: at(),
        }
    }

    #[test]
    fn a_consent_is_withdrawn_with_or_without_a_reason() {
        for reason in [None, Some("too many")] {
            testing::given(&[given()])
                .when(&withdraw(reason))
                .then(&[withdrawn(reason)]);
        }
    }

    #[test]
    fn withdrawing_again_changes_nothing() {
        testing::given(&[given(), withdrawn(None)])
            .when(&withdraw(Some("again")))
            .then(&[]);
    }

    #[test]
    fn refuses_what_was_never_given_and_an_empty_reason() {
        testing::given(&[])
            .when(&withdraw(None))
            .refuses(&Refusal::NeverGiven);
        let refused = withdraw(Some(" ")).decide(&Consent::fold(&[given()]));
        assert_eq!(refused.unwrap_err().field(), "reason");
    }
}
