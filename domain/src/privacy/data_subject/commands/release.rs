//! Stop keeping a person's data.

use chrono::{DateTime, Utc};

use crate::kernel::{Command, Decision};
use crate::privacy::data_subject::{DataSubject, DataSubjectEvent, Refusal, Released, Subject};

/// Lifts a legal hold.
#[derive(Debug, Clone, PartialEq)]
pub struct Release {
    /// Who; looked up: none when there is no such person.
    pub subject: Option<Subject>,
    /// Now.
    pub at: DateTime<Utc>,
}

impl Command for Release {
    type Aggregate = DataSubject;

    fn decide(&self, data_subject: &DataSubject) -> Decision<DataSubject> {
        let kept = data_subject.kept()?;
        self.subject.ok_or(Refusal::Unknown)?;
        Ok(match kept.hold {
            Some(_) => vec![DataSubjectEvent::Released(Released { at: self.at })],
            None => vec![],
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::crm::client::fixtures::at;
    use crate::kernel::testing::given;
    use crate::privacy::data_subject::fixtures::{erased, held, released, subject};

    fn release() -> Release {
        Release {
            subject: Some(subject()),
            at: at(),
        }
    }

    #[test]
    fn lifts_a_hold_once() {
        given(&[held("case 7")])
            .when(&release())
            .then(&[released()]);
        given(&[held("case 7"), released()])
            .when(&release())
            .then(&[]);
        given(&[]).when(&release()).then(&[]);
    }

    #[test]
    fn refuses_who_is_not_there_or_not_any_more() {
        let nobody = Release {
            subject: None,
            at: at(),
        };
        given(&[]).when(&nobody).refuses(&Refusal::Unknown);
        given(&[erased()])
            .when(&release())
            .refuses(&Refusal::Erased);
    }
}
