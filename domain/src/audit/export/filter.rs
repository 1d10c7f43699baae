//! Which events are wanted?

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use crate::kernel::{FieldError, Text};

/// Types of events in one filter.
const MOST_TYPES: usize = 100;

const TYPE: Text = Text {
    field: "types",
    max: 120,
};
const ACTOR: Text = Text {
    field: "actor",
    max: 120,
};

/// Which events are wanted: those that meet every condition. Valid.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct Filter {
    /// From this position on.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub from: Option<u64>,
    /// Up to this position, which is in.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub to: Option<u64>,
    /// Of one of these types; `*` stands for one part of a name, or as the last one for all the
    /// rest. Empty: of all.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub types: Vec<String>,
    /// Of this stream.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub stream_id: Option<Uuid>,
    /// Recorded then or later.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub since: Option<DateTime<Utc>>,
    /// Recorded before that.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub until: Option<DateTime<Utc>>,
    /// By this actor: `user:…`, `api_key:…`, `system:…` or `anonymous`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub actor: Option<String>,
}

/// A filter as somebody wrote it.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct FilterInput {
    /// From this position on.
    pub from: Option<i64>,
    /// Up to this position.
    pub to: Option<i64>,
    /// Of these types.
    pub types: Vec<String>,
    /// Of this stream.
    pub stream_id: Option<Uuid>,
    /// Recorded then or later.
    pub since: Option<DateTime<Utc>>,
    /// Recorded before that.
    pub until: Option<DateTime<Utc>>,
    /// By this actor.
    pub actor: Option<String>,
}

impl Filter {
    /// Reads what somebody wrote.
    ///
    /// # Errors
    /// The first field that makes no sense, or asks for too much at once.
    pub fn read(input: &FilterInput) -> Result<Self, FieldError> {
        let from = input.from.map(|from| position("from", from)).transpose()?;
        let to = input.to.map(|to| position("to", to)).transpose()?;
        if from.zip(to).is_some_and(|(from, to)| from > to) {
            return Err(malformed("to", "at or after from"));
        }
        if input
            .since
            .zip(input.until)
            .is_some_and(|(since, until)| since >= until)
        {
            return Err(malformed("until", "later than since"));
        }
        if input.types.len() > MOST_TYPES {
            return Err(malformed("types", "a list of at most 100 types"));
        }
        let types = input.types.iter().map(|text| pattern(text));
        let actor = input.actor.as_deref().map(actor);
        Ok(Self {
            from,
            to,
            types: types.collect::<Result<_, _>>()?,
            stream_id: input.stream_id,
            since: input.since,
            until: input.until,
            actor: actor.transpose()?,
        })
    }

    /// Whether it wants all events.
    pub fn is_everything(&self) -> bool {
        *self == Self::default()
    }
}

fn position(field: &'static str, number: i64) -> Result<u64, FieldError> {
    let position = u64::try_from(number).ok().filter(|number| *number > 0);
    position.ok_or_else(|| malformed(field, "a position, which is 1 or greater"))
}

/// `crm.client.registered`, `crm.*`, `*.invoice.*`.
fn pattern(text: &str) -> Result<String, FieldError> {
    let text = TYPE.line(text)?;
    let is_part = |part: &str| {
        let is_name = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '_';
        part == "*" || (!part.is_empty() && part.chars().all(is_name))
    };
    if text.split('.').count() <= 4 && text.split('.').all(is_part) {
        return Ok(text);
    }
    Err(malformed(
        "types",
        "a list of types such as crm.client.registered or invoicing.*",
    ))
}

fn actor(text: &str) -> Result<String, FieldError> {
    let text = ACTOR.line(text)?;
    let kinds = ["user:", "api_key:", "system:"];
    if text == "anonymous" || kinds.iter().any(|kind| text.starts_with(kind)) {
        return Ok(text);
    }
    Err(malformed(
        "actor",
        "user:…, api_key:…, system:… or anonymous",
    ))
}

fn malformed(field: &'static str, expected: &'static str) -> FieldError {
    FieldError::Malformed { field, expected }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_asked_for_is_everything() {
        let filter = Filter::read(&FilterInput::default()).unwrap();
        assert!(filter.is_everything());
        assert_eq!(serde_json::to_string(&filter).unwrap(), "{}");
    }

    #[test]
    fn reads_what_makes_sense() {
        let input = FilterInput {
            from: Some(3),
            to: Some(3),
            types: vec![" crm.* ".to_owned(), "*.invoice.sent".to_owned()],
            actor: Some("system:timers".to_owned()),
            ..FilterInput::default()
        };
        let filter = Filter::read(&input).unwrap();
        assert_eq!(filter.types, ["crm.*", "*.invoice.sent"]);
        assert!(!filter.is_everything());
        let text =
            r#"{"from":3,"to":3,"types":["crm.*","*.invoice.sent"],"actor":"system:timers"}"#;
        assert_eq!(serde_json::to_string(&filter).unwrap(), text);
        assert_eq!(serde_json::from_str::<Filter>(text).unwrap(), filter);
    }

    #[test]
    fn refuses_what_makes_none_and_what_is_endless() {
        let at = crate::crm::client::fixtures::at();
        let nothing = FilterInput::default;
        let of_types = |types: &[&str]| FilterInput {
            types: types.iter().map(ToString::to_string).collect(),
            ..nothing()
        };
        for (input, field) in [
            (
                FilterInput {
                    from: Some(0),
                    ..nothing()
                },
                "from",
            ),
            (
                FilterInput {
                    to: Some(-1),
                    ..nothing()
                },
                "to",
            ),
            (
                FilterInput {
                    from: Some(5),
                    to: Some(4),
                    ..nothing()
                },
                "to",
            ),
            (
                FilterInput {
                    since: Some(at),
                    until: Some(at),
                    ..nothing()
                },
                "until",
            ),
            (of_types(&[""]), "types"),
            (of_types(&["crm..sent"]), "types"),
            (of_types(&["crm.(client)"]), "types"),
            (of_types(&["a.b.c.d.e"]), "types"),
            (of_types(&vec!["crm.*"; MOST_TYPES + 1]), "types"),
            (of_types(&[&"x".repeat(121)]), "types"),
            (
                FilterInput {
                    actor: Some("Ada".to_owned()),
                    ..nothing()
                },
                "actor",
            ),
        ] {
            assert_eq!(
                Filter::read(&input).unwrap_err().field(),
                field,
                "{input:?}"
            );
        }
    }
}
