//! Which values custom fields may hold: the pure check behind a client's `SetCustomFields`.

use std::collections::BTreeMap;

use chrono::NaiveDate;
use rust_decimal::Decimal;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use thiserror::Error;

use super::definition::{Definition, FieldKey, Kind};
use crate::crm::web::web_address;
use crate::kernel::{Email, Patch, Text};

/// A value of a custom field: a boolean, or text for every other kind (a number in plain decimal
/// notation, a date as `YYYY-MM-DD`).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(untagged)]
pub enum FieldValue {
    /// Of a field of kind boolean.
    Boolean(bool),
    /// Of a field of any other kind.
    Text(String),
}

/// A client's custom fields, by key; a field without a value is absent.
pub type FieldValues = BTreeMap<FieldKey, FieldValue>;

/// Why a custom field does not take a value.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum FieldFault {
    /// No such field is declared.
    #[error("is not declared; declare it first")]
    Unknown,
    /// It must hold a value.
    #[error("is required; give it a value")]
    Required,
    /// Empty text.
    #[error("is empty; send null to clear it")]
    Empty,
    /// Not of the declared kind.
    #[error("is not {0}")]
    NotOfKind(&'static str),
}

/// The change that `wanted` makes to `current`: only what differs, read under `definitions`.
///
/// In `wanted`, null clears, and keys that are left out stay as they are. Values under a retired
/// field can be cleared and not set.
///
/// # Errors
/// The first key that is at fault, and why.
pub fn change(
    definitions: &[Definition],
    current: &FieldValues,
    wanted: &BTreeMap<String, Value>,
) -> Result<BTreeMap<FieldKey, Patch<FieldValue>>, (String, FieldFault)> {
    let mut changes = BTreeMap::new();
    for (text, value) in wanted {
        let fail = |fault| (text.clone(), fault);
        let key = FieldKey::parse(text).map_err(|_| fail(FieldFault::Unknown))?;
        let definition = definitions.iter().find(|d| d.key == key);
        let patch = match (value, definition) {
            (Value::Null, None) if !current.contains_key(&key) => {
                return Err(fail(FieldFault::Unknown));
            }
            (Value::Null, _) => Patch::Clear,
            (_, None) => return Err(fail(FieldFault::Unknown)),
            (value, Some(definition)) => Patch::Set(read(&definition.kind, value).map_err(fail)?),
        };
        let patch = patch.against(current.get(&key));
        if !patch.is_keep() {
            changes.insert(key, patch);
        }
    }
    let missing = definitions.iter().find(|definition| {
        let after = changes.get(&definition.key).cloned().unwrap_or_default();
        let after = after.apply(current.get(&definition.key).cloned());
        definition.required && after.is_none()
    });
    match missing {
        Some(definition) => Err((definition.key.to_string(), FieldFault::Required)),
        None => Ok(changes),
    }
}

fn read(kind: &Kind, value: &Value) -> Result<FieldValue, FieldFault> {
    match kind {
        Kind::Boolean => {
            let yes = value.as_bool();
            yes.map(FieldValue::Boolean)
                .ok_or(FieldFault::NotOfKind("true or false"))
        }
        Kind::Number => number(value),
        Kind::Text => {
            let fault = FieldFault::NotOfKind("one line of at most 1,000 characters");
            let text = Text {
                field: "values",
                max: 1_000,
            };
            let line = text.line(filled(value)?).map_err(|_| fault)?;
            Ok(FieldValue::Text(line))
        }
        Kind::Date => {
            let fault = FieldFault::NotOfKind("a date of the form YYYY-MM-DD");
            let text = filled(value)?.trim();
            // chrono alone would take years of any length and unpadded months.
            let date = NaiveDate::parse_from_str(text, "%Y-%m-%d").ok();
            let date = date.filter(|_| text.len() == 10).ok_or(fault)?;
            Ok(FieldValue::Text(date.to_string()))
        }
        Kind::Choice { options } => {
            let text = filled(value)?.trim();
            let fault = FieldFault::NotOfKind("one of its declared options");
            let option = options.iter().find(|option| *option == text).ok_or(fault)?;
            Ok(FieldValue::Text(option.clone()))
        }
        Kind::Url => {
            let fault = "a web address that starts with http:// or https://";
            let address = web_address("values", filled(value)?);
            address
                .map(FieldValue::Text)
                .map_err(|_| FieldFault::NotOfKind(fault))
        }
        Kind::Email => {
            let email = Email::parse("values", filled(value)?);
            let fault = FieldFault::NotOfKind("an e-mail address");
            Ok(FieldValue::Text(email.map_err(|_| fault)?.to_string()))
        }
    }
}

/// A number arrives as JSON number or as text, since JSON numbers lose decimals in many clients.
fn number(value: &Value) -> Result<FieldValue, FieldFault> {
    let text = match value {
        Value::Number(number) => number.to_string(),
        Value::String(_) => filled(value)?.trim().to_owned(),
        Value::Null | Value::Bool(_) | Value::Array(_) | Value::Object(_) => String::new(),
    };
    // Exactly, or not at all: parsing alone would round what has more digits than fit.
    let number = Decimal::from_str_exact(&text).or_else(|error| match text.find(['e', 'E']) {
        Some(_) => Decimal::from_scientific(&text),
        None => Err(error),
    });
    let fault = FieldFault::NotOfKind("a decimal number of at most 28 digits");
    let number = number.map_err(|_| fault)?;
    Ok(FieldValue::Text(number.normalize().to_string()))
}

fn filled(value: &Value) -> Result<&str, FieldFault> {
    let text = value.as_str().ok_or(FieldFault::NotOfKind("text"))?;
    if text.trim().is_empty() {
        return Err(FieldFault::Empty);
    }
    Ok(text)
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::crm::fields::fixtures::{choice, definition};

    fn set(definitions: &[Definition], values: Value) -> Result<FieldValues, (String, FieldFault)> {
        change_from(definitions, &FieldValues::new(), values)
    }

    fn change_from(
        definitions: &[Definition],
        current: &FieldValues,
        values: Value,
    ) -> Result<FieldValues, (String, FieldFault)> {
        let wanted = serde_json::from_value(values).unwrap();
        let mut after = current.clone();
        for (key, patch) in change(definitions, current, &wanted)? {
            match patch.apply(after.remove(&key)) {
                Some(value) => after.insert(key, value),
                None => None,
            };
        }
        Ok(after)
    }

    fn read_one(kind: &Kind, value: &Value) -> Result<FieldValue, FieldFault> {
        let definitions = [definition("key", kind.clone())];
        set(&definitions, json!({ "key": value }))
            .map(|values| values.into_values().next().unwrap())
            .map_err(|(_, fault)| fault)
    }

    #[test]
    fn takes_values_of_the_declared_kind() {
        let text = |text: &str| FieldValue::Text(text.to_owned());
        for (kind, value, stored) in [
            (Kind::Text, json!(" blue "), text("blue")),
            (Kind::Number, json!(12.50), text("12.5")),
            (Kind::Number, json!("0.10"), text("0.1")),
            (Kind::Number, json!(1e20), text("100000000000000000000")),
            (Kind::Boolean, json!(false), FieldValue::Boolean(false)),
            (Kind::Date, json!("2024-02-29"), text("2024-02-29")),
            (choice(&["a", "b"]), json!("b"), text("b")),
            (
                Kind::Url,
                json!("https://x.example"),
                text("https://x.example"),
            ),
            (Kind::Email, json!("a@x.example"), text("a@x.example")),
        ] {
            assert_eq!(read_one(&kind, &value), Ok(stored));
        }
    }

    #[test]
    fn refuses_values_of_another_kind() {
        for (kind, value) in [
            (Kind::Text, json!(1)),
            (Kind::Text, json!("a\nb")),
            (Kind::Text, json!("x".repeat(1_001))),
            (Kind::Number, json!("twelve")),
            (Kind::Number, json!(true)),
            (Kind::Number, json!(1e300)),
            (Kind::Number, json!("0.12345678901234567890123456789")),
            (Kind::Date, json!("+12345-01-01")),
            (Kind::Date, json!("2024-2-9")),
            (Kind::Boolean, json!("true")),
            (Kind::Date, json!("2023-02-29")),
            (Kind::Date, json!(["2023-02-28"])),
            (choice(&["a"]), json!("A")),
            (Kind::Url, json!("javascript:alert(1)")),
            (Kind::Email, json!("nobody")),
        ] {
            assert!(
                matches!(read_one(&kind, &value), Err(FieldFault::NotOfKind(_))),
                "{kind:?} {value}"
            );
        }
        assert_eq!(read_one(&Kind::Text, &json!("  ")), Err(FieldFault::Empty));
    }

    #[test]
    fn refuses_a_field_that_is_not_declared() {
        for key in ["other", "NO KEY"] {
            let refused = set(&[definition("key", Kind::Text)], json!({ key: "x" }));
            assert_eq!(refused, Err((key.to_owned(), FieldFault::Unknown)));
            let refused = set(&[definition("key", Kind::Text)], json!({ key: null }));
            assert_eq!(refused, Err((key.to_owned(), FieldFault::Unknown)));
        }
    }

    #[test]
    fn clears_a_value_under_a_retired_field() {
        let before = set(&[definition("old", Kind::Text)], json!({ "old": "x" })).unwrap();
        let after = change_from(&[], &before, json!({ "old": null })).unwrap();
        assert!(after.is_empty());
        let refused = change_from(&[], &before, json!({ "old": "y" }));
        assert_eq!(refused, Err(("old".to_owned(), FieldFault::Unknown)));
    }

    #[test]
    fn keeps_required_fields_filled() {
        let mut required = definition("key", Kind::Text);
        required.required = true;
        let definitions = [required, definition("other", Kind::Text)];
        let missing = Err(("key".to_owned(), FieldFault::Required));
        assert_eq!(set(&definitions, json!({ "other": "x" })), missing);
        let before = set(&definitions, json!({ "key": "x" })).unwrap();
        assert_eq!(
            change_from(&definitions, &before, json!({ "key": null })),
            missing
        );
        assert!(change_from(&definitions, &before, json!({ "other": "x" })).is_ok());
    }

    #[test]
    fn what_is_already_so_is_no_change() {
        let definitions = [definition("key", Kind::Number)];
        let before = set(&definitions, json!({ "key": "1.0" })).unwrap();
        let wanted = serde_json::from_value(json!({ "key": 1 })).unwrap();
        assert_eq!(change(&definitions, &before, &wanted), Ok(BTreeMap::new()));
    }
}
