//! Erase a person.

use chrono::{DateTime, Utc};
use uuid::Uuid;

use crate::kernel::{Command, Decision};
use crate::privacy::data_subject::{
    Basis, DataSubject, DataSubjectEvent, Erased, Refusal, Subject,
};

/// Decides that a person is to be known no more. For ever: there is no way back.
#[derive(Debug, Clone, PartialEq)]
pub struct Erase {
    /// Who; looked up: none when there is no such person.
    pub subject: Option<Subject>,
    /// Why.
    pub basis: Basis,
    /// The streams that end in the same batch.
    pub streams: Vec<Uuid>,
    /// Now.
    pub at: DateTime<Utc>,
}

impl Command for Erase {
    type Aggregate = DataSubject;

    fn decide(&self, data_subject: &DataSubject) -> Decision<DataSubject> {
        let kept = match data_subject {
            DataSubject::Erased(_) => return Ok(vec![]),
            DataSubject::Kept(kept) => kept,
        };
        let subject = self.subject.ok_or(Refusal::Unknown)?;
        if kept.hold.is_some() {
            return Err(Refusal::Held);
        }
        Ok(vec![DataSubjectEvent::Erased(Erased {
            subject,
            basis: self.basis,
            streams: self.streams.clone(),
            at: self.at,
        })])
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::crm::client::fixtures::{at, client_id};
    use crate::kernel::testing::given;
    use crate::privacy::data_subject::fixtures::{
        erased, exported, forgotten, held, released, subject,
    };

    fn erase() -> Erase {
        Erase {
            subject: Some(subject()),
            basis: Basis::Request,
            streams: vec![client_id().0],
            at: at(),
        }
    }

    #[test]
    fn erases_who_is_not_held() {
        given(&[]).when(&erase()).then(&[erased()]);
        given(&[exported(), held("case 7"), released()])
            .when(&erase())
            .then(&[erased()]);
    }

    #[test]
    fn erasing_again_changes_nothing_even_when_nobody_is_found_any_more() {
        given(&[erased()]).when(&erase()).then(&[]);
        let nobody = Erase {
            subject: None,
            ..erase()
        };
        given(&[erased(), forgotten()]).when(&nobody).then(&[]);
    }

    #[test]
    fn refuses_who_is_held() {
        given(&[held("case 7")])
            .when(&erase())
            .refuses(&Refusal::Held);
    }

    #[test]
    fn refuses_who_is_not_there() {
        let nobody = Erase {
            subject: None,
            ..erase()
        };
        given(&[]).when(&nobody).refuses(&Refusal::Unknown);
    }
}
