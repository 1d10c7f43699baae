//! How do the values of one column travel to the server?

use super::array::Array;
use super::element::Element;

/// What a column holds, as far as sending it is concerned.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Kind {
    /// `uuid`.
    Uuid,
    /// `bigint`, and the narrower integers by a cast.
    Integer(&'static str),
    /// `boolean`.
    Boolean,
    /// `timestamptz`.
    Instant,
    /// `text`.
    Text,
    /// `date`.
    Date,
    /// `numeric`.
    Numeric,
    /// `jsonb`.
    Json,
    /// Anything else, which the server reads from text.
    Other(String),
}

impl Kind {
    /// The kind of a type by the server's name for it.
    pub(crate) fn of(type_name: &str) -> Self {
        match type_name {
            "uuid" => Self::Uuid,
            "bigint" => Self::Integer("bigint"),
            "integer" => Self::Integer("integer"),
            "smallint" => Self::Integer("smallint"),
            "boolean" => Self::Boolean,
            "timestamp with time zone" => Self::Instant,
            "date" => Self::Date,
            "numeric" => Self::Numeric,
            "text" => Self::Text,
            "jsonb" => Self::Json,
            other => Self::Other(other.to_owned()),
        }
    }

    /// The type of the array that is sent.
    pub(crate) fn sent_as(&self) -> &'static str {
        match self {
            Self::Uuid => "uuid[]",
            Self::Integer(_) => "bigint[]",
            Self::Boolean => "boolean[]",
            Self::Instant => "timestamptz[]",
            Self::Date => "date[]",
            Self::Numeric => "numeric[]",
            Self::Json => "jsonb[]",
            Self::Text | Self::Other(_) => "text[]",
        }
    }

    /// The cast from what is sent to what the column holds; empty where they are the same.
    pub(crate) fn cast(&self) -> String {
        match self {
            Self::Uuid
            | Self::Boolean
            | Self::Instant
            | Self::Date
            | Self::Numeric
            | Self::Text
            | Self::Json => String::new(),
            Self::Integer(name) => format!("::{name}"),
            Self::Other(name) => format!("::{name}"),
        }
    }

    /// An empty array of this kind, with room for so many values of a usual size.
    pub(crate) fn array(&self, values: usize) -> Array {
        let element = match self {
            Self::Uuid => Element::Uuid,
            Self::Integer(_) => Element::Integer,
            Self::Boolean => Element::Boolean,
            Self::Instant => Element::Instant,
            Self::Date => Element::Date,
            Self::Numeric => Element::Numeric,
            Self::Json => Element::Json,
            Self::Text | Self::Other(_) => Element::Text,
        };
        Array::new(element, values)
    }
}
