//! How a custom field's row follows from its declarations.

use chrono::{DateTime, Utc};
use daybook_domain::crm::fields::{Declared, FieldKey, FieldSetEvent, Kind};
use serde::{Deserialize, Serialize};

use crate::engine::{Envelope, Fault, ReadModel, existing};

/// A custom field as it is declared.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct FieldRow {
    /// Its name in programs.
    pub key: FieldKey,
    /// Its name for people.
    pub label: String,
    /// What its values are.
    pub kind: Kind,
    /// Whether it must hold a value whenever custom fields are set.
    pub required: bool,
    /// Since when it takes no values any more; none while it does.
    pub retired_at: Option<DateTime<Utc>>,
    /// The tenant's position at which it was first declared.
    pub created_position: i64,
    /// The tenant's position of its last event.
    pub position: i64,
}

/// The read model of custom fields.
#[derive(Debug)]
pub enum Fields {}

impl ReadModel for Fields {
    type Event = FieldSetEvent;
    type Row = FieldRow;
    type Key = FieldKey;
    const TABLE: &'static str = "crm_client_fields";
    const KEY: &'static [&'static str] = &["key"];

    fn key(row: &FieldRow) -> FieldKey {
        row.key.clone()
    }

    fn keys(event: &FieldSetEvent, _: &Envelope) -> Vec<FieldKey> {
        match event {
            FieldSetEvent::Declared(declared) => vec![declared.key.clone()],
            FieldSetEvent::Retired(retired) => vec![retired.key.clone()],
        }
    }

    fn apply(
        row: &mut Option<FieldRow>,
        _: &FieldKey,
        event: &FieldSetEvent,
        envelope: &Envelope,
    ) -> Result<(), Fault> {
        match event {
            FieldSetEvent::Declared(declared) => {
                let first = row.as_ref().map(|row| row.created_position);
                *row = Some(declared_row(declared, first, envelope));
            }
            FieldSetEvent::Retired(_) => {
                let row = existing(row)?;
                row.retired_at = Some(envelope.recorded_at);
                row.position = envelope.position;
            }
        }
        Ok(())
    }
}

fn declared_row(declared: &Declared, first: Option<i64>, envelope: &Envelope) -> FieldRow {
    FieldRow {
        key: declared.key.clone(),
        label: declared.label.clone(),
        kind: declared.kind.clone(),
        required: declared.required,
        retired_at: None,
        created_position: first.unwrap_or(envelope.position),
        position: envelope.position,
    }
}
