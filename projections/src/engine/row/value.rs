//! How does a field become one more element of its column's array?

use std::fmt::Display;

use serde::ser::{Error, Impossible};
use serde::{Serialize, Serializer};

use super::array::Array;
use super::error::RowError;

/// Takes one value.
pub(super) struct Value<'a>(pub(super) &'a mut Array);

macro_rules! integers {
    ($($method:ident($type:ty))*) => {$(
        fn $method(self, value: $type) -> Result<(), RowError> {
            let value = i64::try_from(value);
            self.0.push_integer(value.map_err(RowError::custom)?)
        }
    )*};
}

impl Serializer for Value<'_> {
    type Ok = ();
    type Error = RowError;
    type SerializeSeq = Impossible<(), RowError>;
    type SerializeTuple = Impossible<(), RowError>;
    type SerializeTupleStruct = Impossible<(), RowError>;
    type SerializeTupleVariant = Impossible<(), RowError>;
    type SerializeMap = Impossible<(), RowError>;
    type SerializeStruct = Impossible<(), RowError>;
    type SerializeStructVariant = Impossible<(), RowError>;

    integers! {
        serialize_i8(i8) serialize_i16(i16) serialize_i32(i32) serialize_i64(i64)
        serialize_u8(u8) serialize_u16(u16) serialize_u32(u32) serialize_u64(u64)
    }

    fn serialize_bool(self, value: bool) -> Result<(), RowError> {
        self.0.push_bool(value)
    }
    fn serialize_f32(self, _: f32) -> Result<(), RowError> {
        Err(not_a_value("a float; use a decimal"))
    }
    fn serialize_f64(self, _: f64) -> Result<(), RowError> {
        Err(not_a_value("a float; use a decimal"))
    }
    fn serialize_char(self, value: char) -> Result<(), RowError> {
        self.0.push_text(value.encode_utf8(&mut [0; 4]))
    }
    fn serialize_str(self, value: &str) -> Result<(), RowError> {
        self.0.push_text(value)
    }
    fn serialize_bytes(self, value: &[u8]) -> Result<(), RowError> {
        self.0.push_bytes(value)
    }
    fn collect_str<T: Display + ?Sized>(self, value: &T) -> Result<(), RowError> {
        self.0.push_shown(value)
    }
    /// Ids come as the bytes that they are.
    fn is_human_readable(&self) -> bool {
        false
    }
    fn serialize_none(self) -> Result<(), RowError> {
        self.0.push_null();
        Ok(())
    }
    fn serialize_some<T: Serialize + ?Sized>(self, value: &T) -> Result<(), RowError> {
        value.serialize(self)
    }
    fn serialize_unit(self) -> Result<(), RowError> {
        self.serialize_none()
    }
    fn serialize_unit_struct(self, _: &'static str) -> Result<(), RowError> {
        self.serialize_none()
    }
    fn serialize_unit_variant(
        self,
        _: &'static str,
        _: u32,
        variant: &'static str,
    ) -> Result<(), RowError> {
        self.0.push_text(variant)
    }
    fn serialize_newtype_struct<T: Serialize + ?Sized>(
        self,
        _: &'static str,
        value: &T,
    ) -> Result<(), RowError> {
        value.serialize(self)
    }
    fn serialize_newtype_variant<T: Serialize + ?Sized>(
        self,
        _: &'static str,
        _: u32,
        _: &'static str,
        _: &T,
    ) -> Result<(), RowError> {
        Err(not_a_value("an enum with contents"))
    }
    fn serialize_seq(self, _: Option<usize>) -> Result<Self::SerializeSeq, RowError> {
        Err(not_a_value("a list"))
    }
    fn serialize_tuple(self, _: usize) -> Result<Self::SerializeTuple, RowError> {
        Err(not_a_value("a tuple"))
    }
    fn serialize_tuple_struct(
        self,
        _: &'static str,
        _: usize,
    ) -> Result<Self::SerializeTupleStruct, RowError> {
        Err(not_a_value("a tuple"))
    }
    fn serialize_tuple_variant(
        self,
        _: &'static str,
        _: u32,
        _: &'static str,
        _: usize,
    ) -> Result<Self::SerializeTupleVariant, RowError> {
        Err(not_a_value("an enum with contents"))
    }
    fn serialize_map(self, _: Option<usize>) -> Result<Self::SerializeMap, RowError> {
        Err(not_a_value("a map"))
    }
    fn serialize_struct(
        self,
        _: &'static str,
        _: usize,
    ) -> Result<Self::SerializeStruct, RowError> {
        Err(not_a_value("a struct"))
    }
    fn serialize_struct_variant(
        self,
        _: &'static str,
        _: u32,
        _: &'static str,
        _: usize,
    ) -> Result<Self::SerializeStructVariant, RowError> {
        Err(not_a_value("an enum with contents"))
    }
}

fn not_a_value(what: &str) -> RowError {
    RowError(format!("{what} only goes into a jsonb column"))
}
