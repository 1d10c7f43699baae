//! Retire a custom field.

use chrono::{DateTime, Utc};

use crate::crm::fields::{FieldKey, FieldSet, FieldSetEvent, Refusal, Retired};
use crate::kernel::{Command, Decision};

/// Takes a field out of use. Recorded values stay.
#[derive(Debug, Clone, PartialEq)]
pub struct Retire {
    /// Its name in programs.
    pub key: String,
    /// Now.
    pub at: DateTime<Utc>,
}

impl Command for Retire {
    type Aggregate = FieldSet;

    fn decide(&self, set: &FieldSet) -> Decision<FieldSet> {
        let key = FieldKey::parse(&self.key)?;
        if set.ever_declared(&key).is_none() {
            return Err(Refusal::Unknown {
                key: self.key.clone(),
            });
        }
        if set.declared(&key).is_none() {
            return Ok(vec![]);
        }
        Ok(vec![FieldSetEvent::Retired(Retired { key, at: self.at })])
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::crm::fields::Kind;
    use crate::crm::fields::fixtures::{at, declared, retired};
    use crate::kernel::testing::given;

    fn retire(key: &str) -> Retire {
        Retire {
            key: key.to_owned(),
            at: at(),
        }
    }

    #[test]
    fn retires_a_field() {
        let set = given(&[declared("size", Kind::Number)])
            .when(&retire("size"))
            .then(&[retired("size")]);
        assert_eq!(set.definitions().count(), 0);
    }

    #[test]
    fn retiring_a_retired_field_changes_nothing() {
        given(&[declared("size", Kind::Number), retired("size")])
            .when(&retire("size"))
            .then(&[]);
    }

    #[test]
    fn refuses_a_field_that_was_never_declared() {
        given(&[]).when(&retire("size")).refuses(&Refusal::Unknown {
            key: "size".to_owned(),
        });
    }

    #[test]
    fn refuses_a_malformed_key() {
        let refused = retire("No Key").decide(&FieldSet::default());
        assert!(matches!(refused, Err(Refusal::Field(_))));
    }
}
