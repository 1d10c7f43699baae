//! What are the values of one column, for the server?

use chrono::{DateTime, NaiveDate, Utc};
use rust_decimal::Decimal;
use sqlx::postgres::PgTypeInfo;
use sqlx::types::Json;
use sqlx::{Postgres, Type};
use uuid::Uuid;

/// What an array's elements are.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Element {
    Uuid,
    Integer,
    Boolean,
    Instant,
    Date,
    Numeric,
    Text,
    Json,
}

impl Element {
    /// The type's number, the same on every server.
    pub(super) fn oid(self) -> u32 {
        match self {
            Self::Uuid => 2950,
            Self::Integer => 20,
            Self::Boolean => 16,
            Self::Instant => 1184,
            Self::Date => 1082,
            Self::Numeric => 1700,
            Self::Text => 25,
            Self::Json => 3802,
        }
    }

    /// Bytes of a usual value and its length.
    pub(super) fn usual_size(self) -> usize {
        match self {
            Self::Uuid => 20,
            Self::Boolean => 5,
            Self::Integer | Self::Instant => 12,
            Self::Date => 8,
            Self::Numeric | Self::Text => 16,
            Self::Json => 48,
        }
    }

    /// The type of an array of such elements.
    pub(super) fn type_of_array(self) -> PgTypeInfo {
        match self {
            Self::Uuid => <[Uuid] as Type<Postgres>>::type_info(),
            Self::Integer => <[i64] as Type<Postgres>>::type_info(),
            Self::Boolean => <[bool] as Type<Postgres>>::type_info(),
            Self::Instant => <[DateTime<Utc>] as Type<Postgres>>::type_info(),
            Self::Date => <[NaiveDate] as Type<Postgres>>::type_info(),
            Self::Numeric => <[Decimal] as Type<Postgres>>::type_info(),
            Self::Text => <[String] as Type<Postgres>>::type_info(),
            Self::Json => <[Json<()>] as Type<Postgres>>::type_info(),
        }
    }
}
