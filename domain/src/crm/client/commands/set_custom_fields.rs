//! Set a client's custom fields.

use std::collections::BTreeMap;

use chrono::{DateTime, Utc};
use serde_json::Value;

use crate::crm::client::{Client, ClientEvent, CustomFieldsSet, Refusal};
use crate::crm::fields::{self, Definition};
use crate::kernel::{Command, Decision};

/// Sets or clears some custom fields; the others stay.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct SetCustomFields {
    /// By key: a value of the declared kind, or null to clear.
    pub values: BTreeMap<String, Value>,
    /// Looked up: the fields that the tenant declared and did not retire.
    pub definitions: Vec<Definition>,
    /// Now.
    pub at: DateTime<Utc>,
}

impl Command for SetCustomFields {
    type Aggregate = Client;

    fn decide(&self, client: &Client) -> Decision<Client> {
        let current = &client.changeable()?.custom_fields;
        let values = fields::change(&self.definitions, current, &self.values)
            .map_err(|(key, fault)| Refusal::CustomField { key, fault })?;
        if values.is_empty() {
            return Ok(vec![]);
        }
        let set = CustomFieldsSet {
            values,
            at: self.at,
        };
        Ok(vec![ClientEvent::CustomFieldsSet(set)])
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::crm::client::fixtures::*;
    use crate::crm::fields::fixtures::definition;
    use crate::crm::fields::{FieldFault, FieldValue, Kind};
    use crate::kernel::Patch;
    use crate::kernel::testing::given;

    fn set_fields(values: Value) -> SetCustomFields {
        SetCustomFields {
            values: serde_json::from_value(values).unwrap(),
            definitions: vec![
                definition("size", Kind::Number),
                definition("vip", Kind::Boolean),
            ],
            at: at(),
        }
    }

    fn size(text: &str) -> Patch<FieldValue> {
        Patch::Set(FieldValue::Text(text.to_owned()))
    }

    #[test]
    fn sets_and_clears_fields() {
        let client = given(&[registered(), custom_fields_set(&[("size", size("1"))])])
            .when(&set_fields(json!({ "size": null, "vip": true })))
            .then(&[custom_fields_set(&[
                ("size", Patch::Clear),
                ("vip", Patch::Set(FieldValue::Boolean(true))),
            ])]);
        assert_eq!(client.profile().unwrap().custom_fields.len(), 1);
    }

    #[test]
    fn setting_what_is_already_so_changes_nothing() {
        given(&[registered(), custom_fields_set(&[("size", size("1"))])])
            .when(&set_fields(json!({ "size": "1.00", "vip": null })))
            .then(&[]);
    }

    #[test]
    fn refuses_a_value_of_another_kind() {
        given(&[registered()])
            .when(&set_fields(json!({ "vip": "yes" })))
            .refuses(&Refusal::CustomField {
                key: "vip".to_owned(),
                fault: FieldFault::NotOfKind("true or false"),
            });
    }

    #[test]
    fn refuses_an_unknown_or_archived_client() {
        let command = set_fields(json!({ "size": 1 }));
        given(&[]).when(&command).refuses(&Refusal::Unknown);
        given(&[registered(), archived()])
            .when(&command)
            .refuses(&Refusal::Archived);
    }
}
