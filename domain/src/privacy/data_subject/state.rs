//! A data subject, as a fold of its events.

use serde::{Deserialize, Serialize};

use super::basis::Basis;
use super::events::DataSubjectEvent;
use super::refusal::Refusal;
use super::subject::Subject;
use crate::kernel::Aggregate;

/// What the rules need to know of a data subject.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum DataSubject {
    /// Data is kept of the person, as far as there is any.
    Kept(Kept),
    /// The person is to be known no more.
    Erased(Erasure),
}

impl Default for DataSubject {
    fn default() -> Self {
        Self::Kept(Kept::default())
    }
}

/// Whether the data must be kept.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct Kept {
    /// Why it must; none when it need not.
    pub hold: Option<String>,
}

/// How the person was erased.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Erasure {
    /// Who.
    pub subject: Subject,
    /// Why.
    pub basis: Basis,
    /// Whether it was carried out.
    pub is_forgotten: bool,
}

impl DataSubject {
    /// What is kept.
    pub(super) fn kept(&self) -> Result<&Kept, Refusal> {
        match self {
            Self::Kept(kept) => Ok(kept),
            Self::Erased(_) => Err(Refusal::Erased),
        }
    }

    /// How the person was erased; none when they were not.
    pub fn erasure(&self) -> Option<&Erasure> {
        match self {
            Self::Kept(_) => None,
            Self::Erased(erasure) => Some(erasure),
        }
    }

    /// Whether the data must be kept.
    pub fn is_held(&self) -> bool {
        matches!(self, Self::Kept(Kept { hold: Some(_) }))
    }
}

impl Aggregate for DataSubject {
    const NAME: &'static str = "privacy.data_subject";
    type Event = DataSubjectEvent;
    type Refusal = Refusal;

    fn evolve(&mut self, event: DataSubjectEvent) {
        match (event, &mut *self) {
            (DataSubjectEvent::Held(held), Self::Kept(kept)) => {
                kept.hold = Some(held.reason);
            }
            (DataSubjectEvent::Released(_), Self::Kept(kept)) => kept.hold = None,
            (DataSubjectEvent::Erased(erased), Self::Kept(_)) => {
                *self = Self::Erased(Erasure {
                    subject: erased.subject,
                    basis: erased.basis,
                    is_forgotten: false,
                });
            }
            (DataSubjectEvent::Forgotten(_), Self::Erased(erasure)) => {
                erasure.is_forgotten = true;
            }
            (DataSubjectEvent::Exported(_), _)
            | (
                DataSubjectEvent::Held(_)
                | DataSubjectEvent::Released(_)
                | DataSubjectEvent::Erased(_),
                Self::Erased(_),
            )
            | (DataSubjectEvent::Forgotten(_), Self::Kept(_)) => {}
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::fixtures::{erased, forgotten, held, released};
    use super::*;
    use crate::kernel::testing::given;

    #[test]
    fn an_erased_person_stays_erased() {
        let subject: DataSubject = given(&[erased(), held("late"), forgotten()]).state();
        let erasure = subject.erasure().unwrap();
        assert!(erasure.is_forgotten);
        assert!(!subject.is_held());
    }

    #[test]
    fn a_hold_ends_with_its_release() {
        assert!(given::<DataSubject>(&[held("case 7")]).state().is_held());
        let subject: DataSubject = given(&[held("case 7"), released()]).state();
        assert!(!subject.is_held());
        let snapshot = serde_json::to_string(&subject).unwrap();
        assert_eq!(
            serde_json::from_str::<DataSubject>(&snapshot).unwrap(),
            subject
        );
    }
}
