//! Custom fields for tests.
#![expect(
    clippy::missing_panics_doc,
    clippy::unwrap_used,
    reason = "what tests write here is valid"
)]

use chrono::{DateTime, Utc};

use super::definition::{Definition, FieldKey, Kind};
use super::events::{Declared, FieldSetEvent, Retired};

/// The instant at which everything happens.
pub fn at() -> DateTime<Utc> {
    "2024-03-01T09:30:00Z".parse().unwrap()
}

/// A choice of these options.
pub fn choice(options: &[&str]) -> Kind {
    let options = options.iter().map(ToString::to_string).collect();
    Kind::Choice { options }
}

/// A field that is not required, labelled by its key.
pub fn definition(key: &str, kind: Kind) -> Definition {
    Definition {
        key: FieldKey::parse(key).unwrap(),
        label: key.to_owned(),
        kind,
        required: false,
    }
}

/// That field was declared.
pub fn declared(key: &str, kind: Kind) -> FieldSetEvent {
    let definition = definition(key, kind);
    FieldSetEvent::Declared(Declared {
        key: definition.key,
        label: definition.label,
        kind: definition.kind,
        required: definition.required,
        at: at(),
    })
}

/// A field was retired.
pub fn retired(key: &str) -> FieldSetEvent {
    FieldSetEvent::Retired(Retired {
        key: FieldKey::parse(key).unwrap(),
        at: at(),
    })
}
