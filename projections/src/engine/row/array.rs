//! What do the values of one column look like on their way to the server?
//!
//! As an array in the binary form that `array_recv` of PostgreSQL reads: a rebuild sends millions of
//! values, and none of them is first made a string of its own.

use std::fmt::{Display, Write};

use chrono::{DateTime, TimeDelta, Utc};
use sqlx::encode::IsNull;
use sqlx::error::BoxDynError;
use sqlx::postgres::{PgArgumentBuffer, PgTypeInfo};
use sqlx::{Encode, Postgres, Type};
use uuid::Uuid;

use super::error::RowError;

/// What an array's elements are.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Element {
    Uuid,
    Integer,
    Boolean,
    Instant,
    Text,
    /// Text that is JSON.
    Json,
}

/// The values of one column, one per row. After an error it is not to be used any more.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Array {
    element: Element,
    count: i32,
    has_null: bool,
    /// Each with its length before it, of four bytes; −1 and nothing for null.
    values: Vec<u8>,
}

/// Bytes before the values: dimensions, whether there are nulls, the elements' type, how many, and
/// the first one's index.
const HEADER: usize = 5 * 4;

impl Element {
    /// The type's number, the same on every server.
    fn oid(self) -> u32 {
        match self {
            Self::Uuid => 2950,
            Self::Integer => 20,
            Self::Boolean => 16,
            Self::Instant => 1184,
            Self::Text | Self::Json => 25,
        }
    }

    /// Bytes of a usual value and its length.
    fn usual_size(self) -> usize {
        match self {
            Self::Uuid => 20,
            Self::Boolean => 5,
            Self::Integer | Self::Instant => 12,
            Self::Text => 16,
            Self::Json => 48,
        }
    }
}

impl Array {
    pub(super) fn new(element: Element, values: usize) -> Self {
        Self {
            element,
            count: 0,
            has_null: false,
            values: Vec::with_capacity(values * element.usual_size()),
        }
    }

    /// Bytes it takes in a statement's arguments.
    pub(crate) fn size(&self) -> usize {
        HEADER + self.values.len()
    }

    pub(super) fn is_json(&self) -> bool {
        self.element == Element::Json
    }

    pub(super) fn push_null(&mut self) {
        self.has_null = true;
        self.count += 1;
        self.values.extend_from_slice(&(-1_i32).to_be_bytes());
    }

    pub(super) fn push_bool(&mut self, value: bool) -> Result<(), RowError> {
        match self.element {
            Element::Boolean => self.push(&[u8::from(value)]),
            Element::Uuid | Element::Integer | Element::Instant | Element::Text | Element::Json => {
                Err(self.misfit("a boolean"))
            }
        }
    }

    pub(super) fn push_integer(&mut self, value: i64) -> Result<(), RowError> {
        match self.element {
            Element::Integer => self.push(&value.to_be_bytes()),
            Element::Text => self.push_shown(&value),
            Element::Uuid | Element::Boolean | Element::Instant | Element::Json => {
                Err(self.misfit("an integer"))
            }
        }
    }

    /// The bytes of an id.
    pub(super) fn push_bytes(&mut self, value: &[u8]) -> Result<(), RowError> {
        match self.element {
            Element::Uuid if value.len() == 16 => self.push(value),
            Element::Uuid
            | Element::Integer
            | Element::Boolean
            | Element::Instant
            | Element::Text
            | Element::Json => Err(self.misfit("bytes")),
        }
    }

    pub(super) fn push_text(&mut self, value: &str) -> Result<(), RowError> {
        match self.element {
            Element::Text => self.push(value.as_bytes()),
            Element::Uuid => {
                let id = Uuid::try_parse(value).map_err(|e| RowError(e.to_string()))?;
                self.push(id.as_bytes())
            }
            Element::Instant => {
                let at = DateTime::parse_from_rfc3339(value);
                self.push_instant(at.map_err(|e| RowError(e.to_string()))?.to_utc())
            }
            Element::Integer | Element::Boolean | Element::Json => Err(self.misfit("a text")),
        }
    }

    /// What a value shows of itself.
    pub(super) fn push_shown<T: Display + ?Sized>(&mut self, value: &T) -> Result<(), RowError> {
        match self.element {
            Element::Text => self.push_with(|values| {
                write!(Bytes(values), "{value}").map_err(|e| RowError(e.to_string()))
            }),
            Element::Uuid
            | Element::Integer
            | Element::Boolean
            | Element::Instant
            | Element::Json => self.push_text(&value.to_string()),
        }
    }

    /// What writes itself as JSON; its null is the absence of a value.
    pub(super) fn push_json(
        &mut self,
        write: impl FnOnce(&mut Vec<u8>) -> Result<(), serde_json::Error>,
    ) -> Result<(), RowError> {
        let before = self.values.len();
        self.push_with(|values| write(values).map_err(|e| RowError(e.to_string())))?;
        if self.values.get(before + 4..) == Some(b"null") {
            self.values.truncate(before);
            self.count -= 1;
            self.push_null();
        }
        Ok(())
    }

    fn push_instant(&mut self, at: DateTime<Utc>) -> Result<(), RowError> {
        // 2000-01-01T00:00:00Z: the server counts microseconds from there.
        let since = at - (DateTime::UNIX_EPOCH + TimeDelta::days(10_957));
        let micros = since.num_microseconds();
        let micros = micros.ok_or_else(|| RowError(format!("{at} is too far away")))?;
        self.push(&micros.to_be_bytes())
    }

    fn push(&mut self, value: &[u8]) -> Result<(), RowError> {
        let length = i32::try_from(value.len()).map_err(|e| RowError(e.to_string()))?;
        self.values.extend_from_slice(&length.to_be_bytes());
        self.values.extend_from_slice(value);
        self.count += 1;
        Ok(())
    }

    /// Adds a value whose length is known when it is written.
    fn push_with(
        &mut self,
        write: impl FnOnce(&mut Vec<u8>) -> Result<(), RowError>,
    ) -> Result<(), RowError> {
        let before = self.values.len();
        self.values.extend_from_slice(&[0; 4]);
        write(&mut self.values)?;
        let length = i32::try_from(self.values.len() - before - 4);
        let length = length.map_err(|e| RowError(e.to_string()))?.to_be_bytes();
        if let Some(place) = self.values.get_mut(before..before + 4) {
            place.copy_from_slice(&length);
        }
        self.count += 1;
        Ok(())
    }

    fn misfit(&self, value: &str) -> RowError {
        let column = match self.element {
            Element::Uuid => "a uuid",
            Element::Integer => "an integer",
            Element::Boolean => "a boolean",
            Element::Instant => "a timestamptz",
            Element::Text => "a text",
            Element::Json => "a jsonb",
        };
        RowError(format!("{value} does not go into {column} column"))
    }
}

/// Takes what is shown at the end of bytes.
struct Bytes<'a>(&'a mut Vec<u8>);

impl Write for Bytes<'_> {
    fn write_str(&mut self, text: &str) -> std::fmt::Result {
        self.0.extend_from_slice(text.as_bytes());
        Ok(())
    }
}

/// A stand-in: each array says its own type where it is bound.
impl Type<Postgres> for Array {
    fn type_info() -> PgTypeInfo {
        <[String] as Type<Postgres>>::type_info()
    }
}

impl Encode<'_, Postgres> for Array {
    fn encode_by_ref(&self, buffer: &mut PgArgumentBuffer) -> Result<IsNull, BoxDynError> {
        const DIMENSIONS: i32 = 1;
        const FIRST: i32 = 1;
        for word in [DIMENSIONS, i32::from(self.has_null)] {
            buffer.extend_from_slice(&word.to_be_bytes());
        }
        buffer.extend_from_slice(&self.element.oid().to_be_bytes());
        for word in [self.count, FIRST] {
            buffer.extend_from_slice(&word.to_be_bytes());
        }
        buffer.extend_from_slice(&self.values);
        Ok(IsNull::No)
    }

    fn produces(&self) -> Option<PgTypeInfo> {
        Some(match self.element {
            Element::Uuid => <[Uuid] as Type<Postgres>>::type_info(),
            Element::Integer => <[i64] as Type<Postgres>>::type_info(),
            Element::Boolean => <[bool] as Type<Postgres>>::type_info(),
            Element::Instant => <[DateTime<Utc>] as Type<Postgres>>::type_info(),
            Element::Text | Element::Json => <[String] as Type<Postgres>>::type_info(),
        })
    }

    fn size_hint(&self) -> usize {
        self.size()
    }
}

#[cfg(test)]
mod tests {
    use sqlx::Connection;

    use super::*;
    use crate::testing::World;

    type Columns = (
        Vec<Option<Uuid>>,
        Vec<Option<i64>>,
        Vec<Option<bool>>,
        Vec<Option<DateTime<Utc>>>,
        Vec<Option<String>>,
        Vec<Option<String>>,
    );

    fn filled() -> Vec<Array> {
        let of = |element| Array::new(element, 1);
        let mut all = [
            of(Element::Uuid),
            of(Element::Integer),
            of(Element::Boolean),
            of(Element::Instant),
            of(Element::Text),
            of(Element::Json),
        ];
        let [ids, integers, booleans, instants, texts, json] = &mut all;
        ids.push_bytes(Uuid::from_u128(7).as_bytes()).unwrap();
        integers.push_integer(-5).unwrap();
        booleans.push_bool(true).unwrap();
        instants.push_shown(&"1999-12-31T23:59:59.000001Z").unwrap();
        texts.push_shown(&1.5).unwrap();
        json.push_json(|values| serde_json::to_writer(values, &["é"]))
            .unwrap();
        for array in &mut all {
            array.push_null();
        }
        let [ids, integers, booleans, instants, texts, json] = &mut all;
        ids.push_text(&Uuid::from_u128(8).to_string()).unwrap();
        integers.push_integer(i64::MAX).unwrap();
        booleans.push_bool(false).unwrap();
        instants.push_text("2024-03-01T09:30:00+01:00").unwrap();
        texts.push_text("").unwrap();
        json.push_json(|values| serde_json::to_writer(values, &()))
            .unwrap();
        all.into()
    }

    #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
    async fn the_server_reads_each_as_what_it_is() {
        let mut connection = World::new().await.administrator().await;
        let all = filled();
        let mut query = sqlx::query_as(
            "select $1::uuid[], $2::bigint[], $3::boolean[], $4::timestamptz[], $5::text[], \
               array(select unnest($6::text[])::jsonb)::text[]",
        );
        for array in &all {
            query = query.bind(array);
        }
        let read: Columns = query.fetch_one(&mut connection).await.unwrap();
        let id = |n| Some(Uuid::from_u128(n));
        let at = |text: &str| Some(text.parse().unwrap());
        let text = |text: &str| Some(text.to_owned());
        assert_eq!(read.0, [id(7), None, id(8)]);
        assert_eq!(read.1, [Some(-5), None, Some(i64::MAX)]);
        assert_eq!(read.2, [Some(true), None, Some(false)]);
        let instants = [
            at("1999-12-31T23:59:59.000001Z"),
            None,
            at("2024-03-01T08:30:00Z"),
        ];
        assert_eq!(read.3, instants);
        assert_eq!(read.4, [text("1.5"), None, text("")]);
        assert_eq!(read.5, [text(r#"["é"]"#), None, None]);
        connection.close().await.unwrap();
    }

    #[test]
    fn refuses_what_is_not_of_its_kind() {
        let of = |element| Array::new(element, 1);
        assert!(of(Element::Uuid).push_bytes(&[0; 15]).is_err());
        assert!(of(Element::Text).push_bytes(&[0; 16]).is_err());
        assert!(of(Element::Integer).push_text("7").is_err());
        assert!(of(Element::Instant).push_text("yesterday").is_err());
        assert!(of(Element::Json).push_bool(true).is_err());
    }
}
