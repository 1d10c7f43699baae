//! Hand out everything about a person.

use chrono::{DateTime, Utc};

use crate::kernel::{Command, Decision};
use crate::privacy::data_subject::{DataSubject, DataSubjectEvent, Exported, Refusal, Subject};

/// Records that everything about a person is handed out. A hold does not stand in its way.
#[derive(Debug, Clone, PartialEq)]
pub struct Export {
    /// Who; looked up: none when there is no such person.
    pub subject: Option<Subject>,
    /// Now.
    pub at: DateTime<Utc>,
}

impl Command for Export {
    type Aggregate = DataSubject;

    fn decide(&self, data_subject: &DataSubject) -> Decision<DataSubject> {
        data_subject.kept()?;
        let subject = self.subject.ok_or(Refusal::Unknown)?;
        let at = self.at;
        Ok(vec![DataSubjectEvent::Exported(Exported { subject, at })])
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::crm::client::fixtures::at;
    use crate::kernel::testing::given;
    use crate::privacy::data_subject::fixtures::{erased, exported, held, subject};

    fn export() -> Export {
        Export {
            subject: Some(subject()),
            at: at(),
        }
    }

    #[test]
    fn is_recorded_each_time_held_or_not() {
        given(&[]).when(&export()).then(&[exported()]);
        given(&[exported(), held("case 7")])
            .when(&export())
            .then(&[exported()]);
    }

    #[test]
    fn refuses_who_is_not_there_or_not_any_more() {
        let nobody = Export {
            subject: None,
            at: at(),
        };
        given(&[]).when(&nobody).refuses(&Refusal::Unknown);
        given(&[erased()]).when(&export()).refuses(&Refusal::Erased);
    }
}
