//! Custom fields: which a tenant declared for its clients.

use async_graphql::{Enum, SimpleObject};
use chrono::{DateTime, Utc};
use daybook_domain::crm::fields::Kind;
use daybook_projections::crm::fields::FieldRow;
use serde::Serialize;

/// What the values of a custom field are.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Enum)]
pub enum CustomFieldKind {
    /// One line of at most 1,000 characters.
    Text,
    /// A decimal number.
    Number,
    /// Yes or no.
    Boolean,
    /// A calendar date.
    Date,
    /// One of the declared options.
    Choice,
    /// A web address.
    Url,
    /// An e-mail address.
    Email,
}

/// A field that the tenant declared for its clients.
#[derive(Debug, Clone, SimpleObject)]
pub struct CustomField {
    /// Its name in programs; never changes.
    key: String,
    /// Its name for people.
    label: String,
    /// What its values are; never changes.
    kind: CustomFieldKind,
    /// The options of a choice, in the order in which they are shown; empty for every other kind.
    options: Vec<String>,
    /// Whether it must hold a value whenever custom fields are set.
    required: bool,
    /// Since when it takes no values any more; null while it does.
    retired_at: Option<DateTime<Utc>>,
}

impl From<FieldRow> for CustomField {
    fn from(row: FieldRow) -> Self {
        let (kind, options) = match row.kind {
            Kind::Text => (CustomFieldKind::Text, Vec::new()),
            Kind::Number => (CustomFieldKind::Number, Vec::new()),
            Kind::Boolean => (CustomFieldKind::Boolean, Vec::new()),
            Kind::Date => (CustomFieldKind::Date, Vec::new()),
            Kind::Choice { options } => (CustomFieldKind::Choice, options),
            Kind::Url => (CustomFieldKind::Url, Vec::new()),
            Kind::Email => (CustomFieldKind::Email, Vec::new()),
        };
        Self {
            key: row.key.to_string(),
            label: row.label,
            kind,
            options,
            required: row.required,
            retired_at: row.retired_at,
        }
    }
}
