//! How do the values of one column travel to the server?

use chrono::{DateTime, Utc};
use sqlx::Postgres;
use sqlx::postgres::PgArguments;
use sqlx::query::Query;
use uuid::Uuid;

use super::error::RowError;

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
    /// `jsonb`.
    Json,
    /// Anything else that the server reads from text: `numeric`, `date`.
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
            Self::Text | Self::Json | Self::Other(_) => "text[]",
        }
    }

    /// The cast from what is sent to what the column holds; empty where they are the same.
    pub(crate) fn cast(&self) -> String {
        match self {
            Self::Uuid | Self::Boolean | Self::Instant | Self::Text => String::new(),
            Self::Integer(name) => format!("::{name}"),
            Self::Json => "::jsonb".to_owned(),
            Self::Other(name) => format!("::{name}"),
        }
    }

    /// An empty array of this kind.
    pub(crate) fn array(&self) -> Array {
        match self {
            Self::Uuid => Array::Uuid(Vec::new()),
            Self::Integer(_) => Array::Integer(Vec::new()),
            Self::Boolean => Array::Boolean(Vec::new()),
            Self::Instant => Array::Instant(Vec::new()),
            Self::Json => Array::Json(Vec::new()),
            Self::Text | Self::Other(_) => Array::Text(Vec::new()),
        }
    }
}

/// The values of one column, one per row.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Array {
    Uuid(Vec<Option<Uuid>>),
    Integer(Vec<Option<i64>>),
    Boolean(Vec<Option<bool>>),
    Instant(Vec<Option<DateTime<Utc>>>),
    Text(Vec<Option<String>>),
    Json(Vec<Option<String>>),
}

type Bound<'q> = Query<'q, Postgres, PgArguments>;

impl Array {
    /// Adds the array as the statement's next parameter.
    pub(crate) fn bind<'q>(&'q self, query: Bound<'q>) -> Bound<'q> {
        match self {
            Self::Uuid(values) => query.bind(values),
            Self::Integer(values) => query.bind(values),
            Self::Boolean(values) => query.bind(values),
            Self::Instant(values) => query.bind(values),
            Self::Text(values) | Self::Json(values) => query.bind(values),
        }
    }

    pub(super) fn push_null(&mut self) {
        match self {
            Self::Uuid(values) => values.push(None),
            Self::Integer(values) => values.push(None),
            Self::Boolean(values) => values.push(None),
            Self::Instant(values) => values.push(None),
            Self::Text(values) | Self::Json(values) => values.push(None),
        }
    }

    pub(super) fn push_bool(&mut self, value: bool) -> Result<(), RowError> {
        let Self::Boolean(values) = self else {
            return Err(self.misfit("a boolean"));
        };
        values.push(Some(value));
        Ok(())
    }

    pub(super) fn push_integer(&mut self, value: i64) -> Result<(), RowError> {
        match self {
            Self::Integer(values) => values.push(Some(value)),
            Self::Text(values) => values.push(Some(value.to_string())),
            Self::Uuid(_) | Self::Boolean(_) | Self::Instant(_) | Self::Json(_) => {
                return Err(self.misfit("an integer"));
            }
        }
        Ok(())
    }

    pub(super) fn push_text(&mut self, value: &str) -> Result<(), RowError> {
        match self {
            Self::Text(values) => values.push(Some(value.to_owned())),
            Self::Uuid(values) => {
                let id = Uuid::try_parse(value).map_err(|e| RowError(e.to_string()))?;
                values.push(Some(id));
            }
            Self::Instant(values) => {
                let at =
                    DateTime::parse_from_rfc3339(value).map_err(|e| RowError(e.to_string()))?;
                values.push(Some(at.to_utc()));
            }
            Self::Integer(_) | Self::Boolean(_) | Self::Json(_) => {
                return Err(self.misfit("a text"));
            }
        }
        Ok(())
    }

    pub(super) fn push_json(&mut self, value: String) -> Result<(), RowError> {
        let Self::Json(values) = self else {
            return Err(self.misfit("JSON"));
        };
        // The absence of a value is not a JSON null.
        values.push((value != "null").then_some(value));
        Ok(())
    }

    fn misfit(&self, value: &str) -> RowError {
        let column = match self {
            Self::Uuid(_) => "a uuid",
            Self::Integer(_) => "an integer",
            Self::Boolean(_) => "a boolean",
            Self::Instant(_) => "a timestamptz",
            Self::Text(_) => "a text",
            Self::Json(_) => "a jsonb",
        };
        RowError(format!("{value} does not go into {column} column"))
    }
}
