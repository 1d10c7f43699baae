//! How does a row of the binary protocol become a struct?

use chrono::{DateTime, NaiveDate, SecondsFormat, Utc};
use rust_decimal::Decimal;
use serde::de::value::StrDeserializer;
use serde::de::{
    DeserializeOwned, DeserializeSeed, Error, IntoDeserializer, MapAccess, SeqAccess, Visitor,
};
use serde::{Deserialize, Deserializer};
use sqlx::postgres::{PgRow, PgValueFormat, PgValueRef};
use sqlx::{Column, Decode, Postgres, Row, TypeInfo, ValueRef};
use uuid::Uuid;

use super::error::RowError;

/// The struct whose fields are named like the row's columns; further columns are passed over.
///
/// # Errors
/// When a field has no column or a value that is not of its type.
pub(crate) fn decode<T: DeserializeOwned>(row: &PgRow) -> Result<T, RowError> {
    T::deserialize(Columns { row, next: 0 })
}

/// The values of a row, one after the other.
struct Columns<'r> {
    row: &'r PgRow,
    next: usize,
}

impl<'de> Deserializer<'de> for Columns<'de> {
    type Error = RowError;

    fn deserialize_any<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, RowError> {
        visitor.visit_map(self)
    }

    fn deserialize_struct<V: Visitor<'de>>(
        self,
        _: &'static str,
        fields: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, RowError> {
        // In the order of the fields, as queries have them, no name has to be looked up.
        let names = self.row.columns().iter().map(|column| column.name());
        if names.eq(fields.iter().copied()) {
            visitor.visit_seq(self)
        } else {
            visitor.visit_map(self)
        }
    }

    serde::forward_to_deserialize_any! {
        bool i8 i16 i32 i64 i128 u8 u16 u32 u64 u128 f32 f64 char str string bytes byte_buf option
        unit unit_struct newtype_struct seq tuple tuple_struct map enum identifier ignored_any
    }
}

impl<'de> MapAccess<'de> for Columns<'de> {
    type Error = RowError;

    fn next_key_seed<K: DeserializeSeed<'de>>(
        &mut self,
        seed: K,
    ) -> Result<Option<K::Value>, RowError> {
        let Some(column) = self.row.columns().get(self.next) else {
            return Ok(None);
        };
        let name: StrDeserializer<'_, RowError> = column.name().into_deserializer();
        seed.deserialize(name).map(Some)
    }

    fn next_value_seed<V: DeserializeSeed<'de>>(&mut self, seed: V) -> Result<V::Value, RowError> {
        self.value(seed)
    }
}

impl<'de> SeqAccess<'de> for Columns<'de> {
    type Error = RowError;

    fn next_element_seed<S: DeserializeSeed<'de>>(
        &mut self,
        seed: S,
    ) -> Result<Option<S::Value>, RowError> {
        let there = self.next < self.row.columns().len();
        there.then(|| self.value(seed)).transpose()
    }
}

impl<'de> Columns<'de> {
    fn value<S: DeserializeSeed<'de>>(&mut self, seed: S) -> Result<S::Value, RowError> {
        let at = self.next;
        self.next += 1;
        let value = self.row.try_get_raw(at)?;
        let column = || self.row.columns().get(at).map_or("", |c| c.name());
        let named = |e: RowError| RowError(format!("column {}: {}", column(), e.0));
        seed.deserialize(Value(value)).map_err(named)
    }
}

/// One value of the row.
struct Value<'r>(PgValueRef<'r>);

fn read<'r, T: Decode<'r, Postgres>>(value: PgValueRef<'r>) -> Result<T, RowError> {
    T::decode(value).map_err(|e| RowError(e.to_string()))
}

/// How many decimals a `numeric` was stored with: the last of its four 16-bit heads.
fn numeric_scale(value: &PgValueRef<'_>) -> Option<u32> {
    let bytes = value.as_bytes().ok()?.get(6..8)?;
    let scale = u16::from_be_bytes(bytes.try_into().ok()?);
    (value.format() == PgValueFormat::Binary).then_some(u32::from(scale))
}

/// The JSON text within a `jsonb`: what follows the version byte.
fn json<'r>(value: &PgValueRef<'r>) -> Result<&'r [u8], RowError> {
    let is_binary = value.format() == PgValueFormat::Binary;
    let bytes = value.as_bytes().map_err(|e| RowError(e.to_string()))?;
    let text = if is_binary {
        bytes.get(1..)
    } else {
        Some(bytes)
    };
    text.ok_or_else(|| RowError::custom("an empty jsonb"))
}

impl<'de> Deserializer<'de> for Value<'de> {
    type Error = RowError;

    fn deserialize_any<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, RowError> {
        let Self(value) = self;
        if value.is_null() {
            return visitor.visit_none();
        }
        let kind = value.type_info().into_owned();
        match kind.name() {
            "UUID" => {
                let id: Uuid = read(value)?;
                visitor.visit_bytes(id.as_bytes())
            }
            "INT8" => visitor.visit_i64(read(value)?),
            "INT4" => visitor.visit_i32(read(value)?),
            "INT2" => visitor.visit_i16(read(value)?),
            "BOOL" => visitor.visit_bool(read(value)?),
            "TEXT" | "VARCHAR" => visitor.visit_borrowed_str(read(value)?),
            "TIMESTAMPTZ" => {
                let at: DateTime<Utc> = read(value)?;
                visitor.visit_string(at.to_rfc3339_opts(SecondsFormat::Micros, true))
            }
            "DATE" => {
                let date: NaiveDate = read(value)?;
                visitor.visit_string(date.to_string())
            }
            "NUMERIC" => {
                let scale = numeric_scale(&value);
                let mut number: Decimal = read(value)?;
                // The driver drops the decimals of a zero, which then is not the zero stored.
                if let Some(scale) = scale {
                    number.rescale(scale);
                }
                visitor.visit_string(number.to_string())
            }
            "JSONB" | "JSON" => serde_json::Deserializer::from_slice(json(&value)?)
                .deserialize_any(visitor)
                .map_err(RowError::custom),
            other => Err(RowError(format!("type {other} is not read"))),
        }
    }

    fn deserialize_option<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, RowError> {
        if self.0.is_null() {
            visitor.visit_none()
        } else {
            visitor.visit_some(self)
        }
    }

    fn deserialize_newtype_struct<V: Visitor<'de>>(
        self,
        _: &'static str,
        visitor: V,
    ) -> Result<V::Value, RowError> {
        visitor.visit_newtype_struct(self)
    }

    fn deserialize_enum<V: Visitor<'de>>(
        self,
        name: &'static str,
        variants: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, RowError> {
        let Self(value) = self;
        let kind = value.type_info().into_owned();
        match kind.name() {
            "JSONB" | "JSON" => serde_json::Deserializer::from_slice(json(&value)?)
                .deserialize_enum(name, variants, visitor)
                .map_err(RowError::custom),
            _ => {
                let text: StrDeserializer<'_, RowError> =
                    <&str>::deserialize(Value(value))?.into_deserializer();
                text.deserialize_enum(name, variants, visitor)
            }
        }
    }

    serde::forward_to_deserialize_any! {
        bool i8 i16 i32 i64 i128 u8 u16 u32 u64 u128 f32 f64 char str string bytes byte_buf unit
        unit_struct seq tuple tuple_struct map struct identifier ignored_any
    }
}
