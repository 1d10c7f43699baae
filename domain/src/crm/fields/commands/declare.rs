//! Declare a custom field, or declare it anew.

use chrono::{DateTime, Utc};

use crate::crm::fields::{
    Declared, FieldKey, FieldSet, FieldSetEvent, Kind, MAX_DECLARED, MAX_FIELDS, Refusal,
};
use crate::kernel::{Command, Decision, Text};

/// Declares a field. Of a declared or retired one it replaces label, options and requiredness;
/// the kind stays.
#[derive(Debug, Clone, PartialEq)]
pub struct Declare {
    /// Its name in programs.
    pub key: String,
    /// Its name for people, at most 100 characters.
    pub label: String,
    /// What its values are.
    pub kind: Kind,
    /// Whether it must hold a value whenever custom fields are set.
    pub required: bool,
    /// Now.
    pub at: DateTime<Utc>,
}

impl Command for Declare {
    type Aggregate = FieldSet;

    fn decide(&self, set: &FieldSet) -> Decision<FieldSet> {
        let label = Text {
            field: "label",
            max: 100,
        };
        let declared = Declared {
            key: FieldKey::parse(&self.key)?,
            label: label.line(&self.label)?,
            kind: self.kind.checked()?,
            required: self.required,
            at: self.at,
        };
        let before = set.ever_declared(&declared.key);
        if before.is_some_and(|before| !before.kind.is_same_kind(&declared.kind)) {
            return Err(Refusal::KindIsFixed {
                key: self.key.clone(),
            });
        }
        let current = set.declared(&declared.key);
        if current == Some(&declared.definition()) {
            return Ok(vec![]);
        }
        if current.is_none() && set.definitions().count() >= MAX_FIELDS {
            return Err(Refusal::TooManyFields { max: MAX_FIELDS });
        }
        if before.is_none() && set.count_ever_declared() >= MAX_DECLARED {
            return Err(Refusal::TooManyDeclared { max: MAX_DECLARED });
        }
        Ok(vec![FieldSetEvent::Declared(declared)])
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::crm::fields::fixtures::{at, choice, declared, retired};
    use crate::kernel::testing::given;
    use crate::kernel::{FieldError, Refusal as _};

    fn declare(key: &str, kind: Kind) -> Declare {
        Declare {
            key: key.to_owned(),
            label: key.to_owned(),
            kind,
            required: false,
            at: at(),
        }
    }

    #[test]
    fn declares_a_field() {
        given(&[])
            .when(&declare("size", Kind::Number))
            .then(&[declared("size", Kind::Number)]);
    }

    #[test]
    fn replaces_the_options_of_a_choice() {
        let set = given(&[declared("tier", choice(&["gold"]))])
            .when(&declare("tier", choice(&["gold", "silver"])))
            .then(&[declared("tier", choice(&["gold", "silver"]))]);
        assert_eq!(set.definitions().count(), 1);
    }

    #[test]
    fn brings_a_retired_field_back() {
        let set = given(&[declared("size", Kind::Number), retired("size")])
            .when(&declare("size", Kind::Number))
            .then(&[declared("size", Kind::Number)]);
        assert_eq!(set.definitions().count(), 1);
    }

    #[test]
    fn declaring_the_same_again_changes_nothing() {
        given(&[declared("size", Kind::Number)])
            .when(&declare("size", Kind::Number))
            .then(&[]);
    }

    #[test]
    fn refuses_another_kind_even_for_a_retired_field() {
        let refusal = Refusal::KindIsFixed {
            key: "size".to_owned(),
        };
        given(&[declared("size", Kind::Number)])
            .when(&declare("size", Kind::Text))
            .refuses(&refusal);
        given(&[declared("size", Kind::Number), retired("size")])
            .when(&declare("size", Kind::Text))
            .refuses(&refusal);
    }

    #[test]
    fn refuses_more_than_fifty_at_a_time() {
        let mut past: Vec<_> = (0..50)
            .map(|n| declared(&format!("f{n}"), Kind::Text))
            .collect();
        given(&past)
            .when(&declare("one_more", Kind::Text))
            .refuses(&Refusal::TooManyFields { max: 50 });
        past.push(retired("f0"));
        given(&past)
            .when(&declare("one_more", Kind::Text))
            .then(&[declared("one_more", Kind::Text)]);
    }

    #[test]
    fn refuses_more_than_five_hundred_in_all() {
        let past: Vec<_> = (0..500)
            .flat_map(|n| {
                let key = format!("f{n}");
                [declared(&key, Kind::Text), retired(&key)]
            })
            .collect();
        given(&past)
            .when(&declare("one_more", Kind::Text))
            .refuses(&Refusal::TooManyDeclared { max: 500 });
        given(&past)
            .when(&declare("f7", Kind::Text))
            .then(&[declared("f7", Kind::Text)]);
    }

    #[test]
    fn refuses_malformed_input() {
        let refused = |command: Declare| command.decide(&FieldSet::default()).unwrap_err();
        assert_eq!(refused(declare("Size", Kind::Text)).field(), "key");
        assert_eq!(refused(declare("tier", choice(&[]))).field(), "options");
        let mut unlabelled = declare("size", Kind::Text);
        unlabelled.label = " ".to_owned();
        given(&[])
            .when(&unlabelled)
            .refuses(&Refusal::Field(FieldError::Empty { field: "label" }));
    }
}
