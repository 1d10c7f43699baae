//! Keep a person's data.

use chrono::{DateTime, Utc};

use crate::kernel::{Command, Decision, Text};
use crate::privacy::data_subject::{DataSubject, DataSubjectEvent, Held, Refusal, Subject};

const REASON: Text = Text {
    field: "reason",
    max: 200,
};

/// Puts a legal hold on a person's data: nobody erases it until it is released.
#[derive(Debug, Clone, PartialEq)]
pub struct Hold {
    /// Who; looked up: none when there is no such person.
    pub subject: Option<Subject>,
    /// Why, at most 200 characters.
    pub reason: String,
    /// Now.
    pub at: DateTime<Utc>,
}

impl Command for Hold {
    type Aggregate = DataSubject;

    fn decide(&self, data_subject: &DataSubject) -> Decision<DataSubject> {
        let kept = data_subject.kept()?;
        let subject = self.subject.ok_or(Refusal::Unknown)?;
        let reason = REASON.line(&self.reason)?;
        if kept.hold.as_ref() == Some(&reason) {
            return Ok(vec![]);
        }
        Ok(vec![DataSubjectEvent::Held(Held {
            subject,
            reason,
            at: self.at,
        })])
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::crm::client::fixtures::at;
    use crate::kernel::Refusal as _;
    use crate::kernel::testing::given;
    use crate::privacy::data_subject::fixtures::{erased, held, released, subject};

    fn hold(reason: &str) -> Hold {
        Hold {
            subject: Some(subject()),
            reason: reason.to_owned(),
            at: at(),
        }
    }

    #[test]
    fn holds_what_is_kept() {
        given(&[]).when(&hold(" case 7 ")).then(&[held("case 7")]);
        given(&[held("case 7"), released()])
            .when(&hold("case 7"))
            .then(&[held("case 7")]);
    }

    #[test]
    fn the_same_hold_again_changes_nothing_and_another_reason_does() {
        given(&[held("case 7")]).when(&hold("case 7")).then(&[]);
        given(&[held("case 7")])
            .when(&hold("case 8"))
            .then(&[held("case 8")]);
    }

    #[test]
    fn refuses_who_is_not_there_or_not_any_more() {
        let nobody = Hold {
            subject: None,
            ..hold("case 7")
        };
        given(&[]).when(&nobody).refuses(&Refusal::Unknown);
        given(&[erased()])
            .when(&hold("case 7"))
            .refuses(&Refusal::Erased);
    }

    #[test]
    fn refuses_a_hold_without_a_reason() {
        for reason in [" ", &"x".repeat(201)] {
            let refused = hold(reason).decide(&DataSubject::default()).unwrap_err();
            assert_eq!(refused.field(), "reason");
        }
    }
}
