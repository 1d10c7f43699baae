//! What happened to a tenant's custom fields.

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

use super::definition::{Definition, FieldKey, Kind};
use crate::kernel::Event;

/// The facts of a tenant's custom fields.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub enum FieldSetEvent {
    /// A field takes values from now on, or is declared anew.
    #[serde(rename = "crm.field_set.declared")]
    Declared(Declared),
    /// A field takes no values any more.
    #[serde(rename = "crm.field_set.retired")]
    Retired(Retired),
}

impl Event for FieldSetEvent {}

/// A field takes values from now on; of a declared field, this replaces the declaration.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Declared {
    /// Its name in programs.
    pub key: FieldKey,
    /// Its name for people.
    pub label: String,
    /// What its values are.
    pub kind: Kind,
    /// Whether it must hold a value whenever custom fields are set.
    pub required: bool,
    /// When.
    pub at: DateTime<Utc>,
}

impl Declared {
    /// The field as declared.
    pub fn definition(&self) -> Definition {
        Definition {
            key: self.key.clone(),
            label: self.label.clone(),
            kind: self.kind.clone(),
            required: self.required,
        }
    }
}

/// A field takes no values any more.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Retired {
    /// Its name in programs.
    pub key: FieldKey,
    /// When.
    pub at: DateTime<Utc>,
}

#[cfg(test)]
mod tests {
    use super::super::fixtures::{at, choice, declared, retired};
    use super::*;
    use crate::kernel::testing::stored_as;

    #[test]
    fn stored_forms_are_frozen() {
        stored_as(
            &declared("size", Kind::Number),
            "crm.field_set.declared",
            r#"{"key":"size","label":"size","kind":{"type":"number"},"required":false,"at":"2024-03-01T09:30:00Z"}"#,
        );
        stored_as(
            &FieldSetEvent::Declared(Declared {
                key: FieldKey::parse("tier").unwrap(),
                label: "Tier".to_owned(),
                kind: choice(&["gold", "silver"]),
                required: true,
                at: at(),
            }),
            "crm.field_set.declared",
            r#"{"key":"tier","label":"Tier","kind":{"type":"choice","options":["gold","silver"]},"required":true,"at":"2024-03-01T09:30:00Z"}"#,
        );
        stored_as(
            &retired("size"),
            "crm.field_set.retired",
            r#"{"key":"size","at":"2024-03-01T09:30:00Z"}"#,
        );
    }
}
