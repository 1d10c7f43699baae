//! What is different between two states? Leaf by leaf, in the order of their paths.

use std::collections::BTreeSet;

use serde::Serialize;
use serde_json::{Map, Value};

/// Changes told of one event; there are rarely more than ten.
const MOST: usize = 200;
/// Characters told of one text.
const LONGEST: usize = 2_000;
/// Fields that hold digests of secrets: that they changed is told, not what they are.
const SECRET: [&str; 11] = [
    "access",
    "password_hash",
    "previous",
    "previous_access",
    "refresh_token",
    "rotation",
    "secret",
    "spent",
    "token",
    "verification",
    "verification_token",
];

/// A place in a state and what it held before and after.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Change {
    /// Where, as a JSON pointer (RFC 6901): `/details/name`.
    pub path: String,
    /// What was there; null when nothing was, or when it is hidden.
    pub before: Value,
    /// What is there; null when nothing is, or when it is hidden.
    pub after: Value,
    /// Whether it is a secret's digest, which nobody is told.
    pub is_hidden: bool,
}

/// What a state became, and whether there is more to tell than fits.
pub(super) fn changes(before: &Value, after: &Value) -> (Vec<Change>, bool) {
    let mut found = Vec::new();
    let mut path = Vec::new();
    compare(&mut found, &mut path, (before, after));
    let mut is_cut = found.len() > MOST;
    found.truncate(MOST);
    for change in &mut found {
        let cut = shorten(&mut change.before) | shorten(&mut change.after);
        is_cut = is_cut || cut;
    }
    (found, is_cut)
}

/// A state as its fields, with the variant's name as the field `phase`: so a thing that goes from
/// one phase to another keeps the paths of what stays the same.
pub(super) fn flattened(state: Value) -> Value {
    match state {
        Value::String(phase) => {
            let fields = Map::from_iter([("phase".to_owned(), Value::String(phase))]);
            Value::Object(fields)
        }
        Value::Object(variant) if variant.len() == 1 => {
            let is_variant = |name: &String| name.starts_with(|c: char| c.is_ascii_uppercase());
            match variant.into_iter().next() {
                Some((phase, Value::Object(mut fields))) if is_variant(&phase) => {
                    fields.insert("phase".to_owned(), Value::String(phase));
                    Value::Object(fields)
                }
                Some((name, value)) => Value::Object(Map::from_iter([(name, value)])),
                None => Value::Object(Map::new()),
            }
        }
        other @ (Value::Null
        | Value::Bool(_)
        | Value::Number(_)
        | Value::Array(_)
        | Value::Object(_)) => other,
    }
}

fn compare(found: &mut Vec<Change>, path: &mut Vec<String>, (before, after): (&Value, &Value)) {
    if before == after || found.len() > MOST {
        return;
    }
    let is_hidden = path
        .last()
        .is_some_and(|name| SECRET.contains(&name.as_str()));
    match (parts(before), parts(after)) {
        (Some(old), Some(new)) if !is_hidden && (!old.is_empty() || !new.is_empty()) => {
            let names: BTreeSet<Name> = old
                .iter()
                .chain(&new)
                .map(|(name, _)| name.clone())
                .collect();
            for name in names {
                let of = |parts: &[(Name, &Value)]| {
                    let part = parts.iter().find(|(other, _)| *other == name);
                    part.map_or(Value::Null, |(_, value)| (*value).clone())
                };
                let (old, new) = (of(&old), of(&new));
                path.push(name.text());
                compare(found, path, (&old, &new));
                path.pop();
            }
        }
        _ => {
            let shown = |value: &Value| {
                if is_hidden {
                    Value::Null
                } else {
                    value.clone()
                }
            };
            found.push(Change {
                path: pointer(path),
                before: shown(before),
                after: shown(after),
                is_hidden,
            });
        }
    }
}

/// What a part is called: fields by name, entries by number.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
enum Name {
    Entry(usize),
    Field(String),
}

impl Name {
    fn text(&self) -> String {
        match self {
            Self::Entry(at) => at.to_string(),
            Self::Field(name) => name.clone(),
        }
    }
}

/// The parts of a value; none inside when it has none yet, none at all for a plain value.
fn parts(value: &Value) -> Option<Vec<(Name, &Value)>> {
    match value {
        Value::Null => Some(Vec::new()),
        Value::Object(fields) => {
            let field = |(name, value)| (Name::Field(String::clone(name)), value);
            Some(fields.iter().map(field).collect())
        }
        Value::Array(entries) => {
            let entries = entries.iter().enumerate();
            Some(
                entries
                    .map(|(at, value)| (Name::Entry(at), value))
                    .collect(),
            )
        }
        Value::Bool(_) | Value::Number(_) | Value::String(_) => None,
    }
}

fn pointer(path: &[String]) -> String {
    let escaped = path
        .iter()
        .map(|name| name.replace('~', "~0").replace('/', "~1"));
    escaped.flat_map(|name| ["/".to_owned(), name]).collect()
}

/// Cuts a long text; whether it was one.
fn shorten(value: &mut Value) -> bool {
    let Value::String(text) = value else {
        return false;
    };
    let Some((end, _)) = text.char_indices().nth(LONGEST) else {
        return false;
    };
    text.truncate(end);
    text.push('…');
    true
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn told(before: &Value, after: &Value) -> Vec<(String, Value, Value)> {
        let (found, is_cut) = changes(before, after);
        assert!(!is_cut);
        let told = found.into_iter().map(|it| (it.path, it.before, it.after));
        told.collect()
    }

    #[test]
    fn tells_each_leaf_that_differs_in_the_order_of_paths() {
        let before = json!({ "b": 1, "a": { "x": [1, 2], "y": "same" }, "gone": true });
        let after = json!({ "b": 2, "a": { "x": [1], "y": "same" }, "new": { "deep": [] } });
        assert_eq!(
            told(&before, &after),
            [
                ("/a/x/1".to_owned(), json!(2), json!(null)),
                ("/b".to_owned(), json!(1), json!(2)),
                ("/gone".to_owned(), json!(true), json!(null)),
                ("/new/deep".to_owned(), json!(null), json!([])),
            ]
        );
        assert!(told(&before, &before).is_empty());
    }

    #[test]
    fn escapes_names_and_hides_digests() {
        let (found, _) = changes(
            &json!({ "a/b~c": 1, "token": "old" }),
            &json!({ "a/b~c": 2, "token": "new" }),
        );
        assert_eq!(found[0].path, "/a~1b~0c");
        assert!(found[1].is_hidden);
        assert_eq!(
            (&found[1].before, &found[1].after),
            (&json!(null), &json!(null))
        );
    }

    #[test]
    fn keeps_paths_across_phases() {
        let draft = flattened(json!({ "Draft": { "number": null, "lines": [1] } }));
        let sent = flattened(json!({ "Sent": { "number": "A1", "lines": [1] } }));
        assert_eq!(
            told(&draft, &sent),
            [
                ("/number".to_owned(), json!(null), json!("A1")),
                ("/phase".to_owned(), json!("Draft"), json!("Sent")),
            ]
        );
        assert_eq!(flattened(json!("Unknown")), json!({ "phase": "Unknown" }));
    }

    #[test]
    fn bounds_what_it_tells() {
        let long = "ä".repeat(LONGEST + 1);
        let (found, is_cut) = changes(&json!({}), &json!({ "text": long }));
        assert!(is_cut);
        assert_eq!(
            found[0].after.as_str().unwrap().chars().count(),
            LONGEST + 1
        );
        let many: Vec<usize> = (0..MOST + 50).collect();
        let (found, is_cut) = changes(&json!([]), &json!(many));
        assert_eq!((found.len(), is_cut), (MOST, true));
        assert_eq!(found[10].path, "/10");
    }
}
