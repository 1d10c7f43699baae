//! What do the values of one column look like on their way to the server?
//!
//! As an array in the binary form that `array_recv` of PostgreSQL reads: a rebuild sends millions of
//! values, and ids, texts and JSON are written in place, without a string of their own before.

use std::fmt::{Display, Write};

use chrono::{DateTime, NaiveDate};
use rust_decimal::Decimal;
use serde::ser::Error as _;
use sqlx::encode::IsNull;
use sqlx::error::BoxDynError;
use sqlx::postgres::{PgArgumentBuffer, PgTypeInfo};
use sqlx::{Encode, Postgres, Type};
use uuid::Uuid;

use super::element::Element;
use super::error::RowError;

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
        if self.element != Element::Boolean {
            return Err(self.misfit("a boolean"));
        }
        self.push(&[u8::from(value)])
    }

    pub(super) fn push_integer(&mut self, value: i64) -> Result<(), RowError> {
        match self.element {
            Element::Integer => self.push(&value.to_be_bytes()),
            Element::Numeric => self.push_numeric(&value.into()),
            Element::Text => self.push_shown(&value),
            Element::Uuid | Element::Boolean | Element::Instant | Element::Date | Element::Json => {
                Err(self.misfit("an integer"))
            }
        }
    }

    /// The bytes of an id.
    pub(super) fn push_bytes(&mut self, value: &[u8]) -> Result<(), RowError> {
        if self.element != Element::Uuid || value.len() != 16 {
            return Err(self.misfit("bytes"));
        }
        self.push(value)
    }

    pub(super) fn push_text(&mut self, value: &str) -> Result<(), RowError> {
        match self.element {
            Element::Text => self.push(value.as_bytes()),
            Element::Uuid => {
                let id = Uuid::try_parse(value).map_err(RowError::custom)?;
                self.push(id.as_bytes())
            }
            Element::Instant => {
                let at = DateTime::parse_from_rfc3339(value).map_err(RowError::custom)?;
                self.push_encoded(&at.to_utc())
            }
            Element::Date => {
                let day: NaiveDate = value.parse().map_err(RowError::custom)?;
                self.push_encoded(&day)
            }
            Element::Numeric => {
                let number: Decimal = value.parse().map_err(RowError::custom)?;
                self.push_numeric(&number)
            }
            Element::Integer | Element::Boolean | Element::Json => Err(self.misfit("a text")),
        }
    }

    /// What a value shows of itself.
    pub(super) fn push_shown<T: Display + ?Sized>(&mut self, value: &T) -> Result<(), RowError> {
        if self.element != Element::Text {
            return self.push_text(&value.to_string());
        }
        self.push_with(|values| write!(Bytes(values), "{value}").map_err(RowError::custom))
    }

    /// What writes itself as JSON; its null is the absence of a value.
    pub(super) fn push_json(
        &mut self,
        write: impl FnOnce(&mut Vec<u8>) -> Result<(), serde_json::Error>,
    ) -> Result<(), RowError> {
        // The version of `jsonb` on its way.
        const VERSION: u8 = 1;
        let before = self.values.len();
        self.push_with(|values| {
            values.push(VERSION);
            write(values).map_err(RowError::custom)
        })?;
        if self.values.get(before + 5..) == Some(b"null") {
            self.values.truncate(before);
            self.count -= 1;
            self.push_null();
        }
        Ok(())
    }

    fn push_numeric(&mut self, number: &Decimal) -> Result<(), RowError> {
        if !number.is_zero() {
            return self.push_encoded(number);
        }
        // sqlx makes one of all zeros; an amount of 0.00 stays one. No digits, no weight, positive.
        let scale = u16::try_from(number.scale()).map_err(RowError::custom)?;
        let [high, low] = scale.to_be_bytes();
        self.push(&[0, 0, 0, 0, 0, 0, high, low])
    }

    /// Adds a value as sqlx encodes it.
    fn push_encoded<'q, T: Encode<'q, Postgres>>(&mut self, value: &T) -> Result<(), RowError> {
        let mut encoded = PgArgumentBuffer::default();
        encoded.reserve(32);
        match value.encode_by_ref(&mut encoded) {
            Ok(IsNull::No) => self.push(&encoded),
            Ok(IsNull::Yes) => {
                self.push_null();
                Ok(())
            }
            Err(error) => Err(RowError::custom(error)),
        }
    }

    fn push(&mut self, value: &[u8]) -> Result<(), RowError> {
        let length = i32::try_from(value.len()).map_err(RowError::custom)?;
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
        let length = length.map_err(RowError::custom)?.to_be_bytes();
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
            Element::Date => "a date",
            Element::Numeric => "a numeric",
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
        Some(self.element.type_of_array())
    }

    fn size_hint(&self) -> usize {
        self.size()
    }
}

#[cfg(test)]
mod tests {
    use chrono::Utc;
    use sqlx::Connection;

    use super::*;
    use crate::testing::World;

    type Columns = (
        Vec<Option<Uuid>>,
        Vec<Option<i64>>,
        Vec<Option<bool>>,
        Vec<Option<DateTime<Utc>>>,
        Vec<Option<NaiveDate>>,
        Vec<Option<String>>,
        Vec<Option<String>>,
        Vec<Option<String>>,
    );

    /// Each with a value, nothing, and another value; the JSON with a null of its own in the end.
    fn filled() -> [Array; 8] {
        let of = |element| Array::new(element, 1);
        let (mut ids, mut integers) = (of(Element::Uuid), of(Element::Integer));
        let (mut booleans, mut instants) = (of(Element::Boolean), of(Element::Instant));
        let (mut days, mut numbers) = (of(Element::Date), of(Element::Numeric));
        let (mut texts, mut json) = (of(Element::Text), of(Element::Json));
        ids.push_bytes(Uuid::from_u128(7).as_bytes()).unwrap();
        integers.push_integer(-5).unwrap();
        booleans.push_bool(true).unwrap();
        instants.push_shown(&"1999-12-31T23:59:59.000001Z").unwrap();
        days.push_text("1999-12-31").unwrap();
        numbers.push_text("-123456.7800").unwrap();
        texts.push_shown(&1.5).unwrap();
        json.push_json(|bytes| serde_json::to_writer(bytes, &["é"]))
            .unwrap();
        ids.push_null();
        integers.push_null();
        booleans.push_null();
        instants.push_null();
        days.push_null();
        numbers.push_null();
        texts.push_null();
        json.push_null();
        ids.push_text(&Uuid::from_u128(8).to_string()).unwrap();
        integers.push_integer(i64::MAX).unwrap();
        booleans.push_bool(false).unwrap();
        instants.push_text("2024-03-01T09:30:00+01:00").unwrap();
        days.push_shown(&"2024-02-29").unwrap();
        numbers.push_text("0.00").unwrap();
        texts.push_text("").unwrap();
        json.push_json(|bytes| serde_json::to_writer(bytes, &()))
            .unwrap();
        [
            ids, integers, booleans, instants, days, numbers, texts, json,
        ]
    }

    #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
    async fn the_server_reads_each_as_what_it_is() {
        let mut connection = World::new().await.administrator().await;
        let all = filled();
        let mut query = sqlx::query_as(
            "select $1::uuid[], $2::bigint[], $3::boolean[], $4::timestamptz[], $5::date[], \
               $6::numeric[]::text[], $7::text[], $8::jsonb[]::text[]",
        );
        for array in &all {
            query = query.bind(array);
        }
        let read: Columns = query.fetch_one(&mut connection).await.unwrap();
        let id = |n| Some(Uuid::from_u128(n));
        let at = |text: &str| Some(text.parse().unwrap());
        let day = |text: &str| Some(text.parse().unwrap());
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
        assert_eq!(read.4, [day("1999-12-31"), None, day("2024-02-29")]);
        assert_eq!(read.5, [text("-123456.7800"), None, text("0.00")]);
        assert_eq!(read.6, [text("1.5"), None, text("")]);
        assert_eq!(read.7, [text(r#"["é"]"#), None, None]);
        connection.close().await.unwrap();
    }

    #[test]
    fn refuses_what_is_not_of_its_kind() {
        let of = |element| Array::new(element, 1);
        assert!(of(Element::Uuid).push_bytes(&[0; 15]).is_err());
        assert!(of(Element::Text).push_bytes(&[0; 16]).is_err());
        assert!(of(Element::Integer).push_text("7").is_err());
        assert!(of(Element::Instant).push_text("yesterday").is_err());
        assert!(of(Element::Date).push_text("2024-02-30").is_err());
        assert!(of(Element::Numeric).push_text("a few").is_err());
        assert!(of(Element::Json).push_bool(true).is_err());
    }
}
