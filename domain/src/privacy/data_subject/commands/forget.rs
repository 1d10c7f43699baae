//! Say that a person is forgotten.

use chrono::{DateTime, Utc};

use crate::kernel::{Command, Decision};
use crate::privacy::data_subject::{DataSubject, DataSubjectEvent, Forgotten, Refusal};

/// Records that an erasure was carried out: whoever follows the log now has nothing left to keep.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Forget {
    /// Now.
    pub at: DateTime<Utc>,
}

impl Command for Forget {
    type Aggregate = DataSubject;

    fn decide(&self, data_subject: &DataSubject) -> Decision<DataSubject> {
        let erasure = data_subject.erasure().ok_or(Refusal::NotErased)?;
        if erasure.is_forgotten {
            return Ok(vec![]);
        }
        Ok(vec![DataSubjectEvent::Forgotten(Forgotten {
            subject: erasure.subject,
            at: self.at,
        })])
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::crm::client::fixtures::at;
    use crate::kernel::testing::given;
    use crate::privacy::data_subject::fixtures::{erased, forgotten, held};

    fn forget() -> Forget {
        Forget { at: at() }
    }

    #[test]
    fn forgets_who_was_erased_once() {
        given(&[erased()]).when(&forget()).then(&[forgotten()]);
        given(&[erased(), forgotten()]).when(&forget()).then(&[]);
    }

    #[test]
    fn refuses_who_was_not_erased() {
        given(&[]).when(&forget()).refuses(&Refusal::NotErased);
        given(&[held("case 7")])
            .when(&forget())
            .refuses(&Refusal::NotErased);
    }
}
