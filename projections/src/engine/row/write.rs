//! How does a struct become one more element of each column's array?

use serde::ser::{Error, Impossible, SerializeStruct, SerializeTuple};
use serde::{Serialize, Serializer};

use super::column::Array;
use super::error::RowError;

/// Adds a row, or a key, to the arrays: a struct or a tuple fills one array per field, anything
/// else the only array.
///
/// # Errors
/// When the value does not fit the columns.
pub(crate) fn write<T: Serialize + ?Sized>(
    value: &T,
    arrays: &mut [Array],
) -> Result<(), RowError> {
    let count = arrays.len();
    let mut next = 0;
    value.serialize(Row {
        arrays,
        next: &mut next,
    })?;
    if next == count {
        return Ok(());
    }
    Err(RowError(format!("{next} values for {count} columns")))
}

/// Takes a whole row.
struct Row<'a> {
    arrays: &'a mut [Array],
    next: &'a mut usize,
}

impl Row<'_> {
    fn put<T: Serialize + ?Sized>(&mut self, value: &T) -> Result<(), RowError> {
        let array = self.arrays.get_mut(*self.next);
        let array = array.ok_or_else(|| RowError::custom("more values than columns"))?;
        *self.next += 1;
        if let Array::Json(_) = array {
            let text = serde_json::to_string(value).map_err(RowError::custom)?;
            return array.push_json(text);
        }
        value.serialize(Value(array))
    }
}

/// A value that is a row by itself goes into the next column.
macro_rules! single {
    ($($method:ident($type:ty))*) => {$(
        fn $method(mut self, value: $type) -> Result<(), RowError> {
            self.put(&value)
        }
    )*};
}

impl<'a> Serializer for Row<'a> {
    type Ok = ();
    type Error = RowError;
    type SerializeSeq = Impossible<(), RowError>;
    type SerializeTuple = Row<'a>;
    type SerializeTupleStruct = Impossible<(), RowError>;
    type SerializeTupleVariant = Impossible<(), RowError>;
    type SerializeMap = Impossible<(), RowError>;
    type SerializeStruct = Row<'a>;
    type SerializeStructVariant = Impossible<(), RowError>;

    single! {
        serialize_bool(bool) serialize_i8(i8) serialize_i16(i16) serialize_i32(i32)
        serialize_i64(i64) serialize_u8(u8) serialize_u16(u16) serialize_u32(u32)
        serialize_u64(u64) serialize_f32(f32) serialize_f64(f64) serialize_char(char)
        serialize_str(&str)
    }

    fn serialize_bytes(self, _: &[u8]) -> Result<(), RowError> {
        Err(not_a_row())
    }
    fn serialize_none(self) -> Result<(), RowError> {
        Err(not_a_row())
    }
    fn serialize_some<T: Serialize + ?Sized>(self, _: &T) -> Result<(), RowError> {
        Err(not_a_row())
    }
    fn serialize_unit(self) -> Result<(), RowError> {
        Err(not_a_row())
    }
    fn serialize_unit_struct(self, _: &'static str) -> Result<(), RowError> {
        Err(not_a_row())
    }
    fn serialize_unit_variant(
        mut self,
        _: &'static str,
        _: u32,
        variant: &'static str,
    ) -> Result<(), RowError> {
        self.put(variant)
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
        Err(not_a_row())
    }
    fn serialize_seq(self, _: Option<usize>) -> Result<Self::SerializeSeq, RowError> {
        Err(not_a_row())
    }
    fn serialize_tuple(self, _: usize) -> Result<Row<'a>, RowError> {
        Ok(self)
    }
    fn serialize_tuple_struct(
        self,
        _: &'static str,
        _: usize,
    ) -> Result<Self::SerializeTupleStruct, RowError> {
        Err(not_a_row())
    }
    fn serialize_tuple_variant(
        self,
        _: &'static str,
        _: u32,
        _: &'static str,
        _: usize,
    ) -> Result<Self::SerializeTupleVariant, RowError> {
        Err(not_a_row())
    }
    fn serialize_map(self, _: Option<usize>) -> Result<Self::SerializeMap, RowError> {
        Err(not_a_row())
    }
    fn serialize_struct(self, _: &'static str, _: usize) -> Result<Row<'a>, RowError> {
        Ok(self)
    }
    fn serialize_struct_variant(
        self,
        _: &'static str,
        _: u32,
        _: &'static str,
        _: usize,
    ) -> Result<Self::SerializeStructVariant, RowError> {
        Err(not_a_row())
    }
}

impl SerializeStruct for Row<'_> {
    type Ok = ();
    type Error = RowError;
    fn serialize_field<T: Serialize + ?Sized>(
        &mut self,
        _: &'static str,
        value: &T,
    ) -> Result<(), RowError> {
        self.put(value)
    }
    fn end(self) -> Result<(), RowError> {
        Ok(())
    }
}

impl SerializeTuple for Row<'_> {
    type Ok = ();
    type Error = RowError;
    fn serialize_element<T: Serialize + ?Sized>(&mut self, value: &T) -> Result<(), RowError> {
        self.put(value)
    }
    fn end(self) -> Result<(), RowError> {
        Ok(())
    }
}

fn not_a_row() -> RowError {
    RowError::custom("a row is a struct of columns")
}

/// Takes one value.
struct Value<'a>(&'a mut Array);

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
    fn serialize_bytes(self, _: &[u8]) -> Result<(), RowError> {
        Err(not_a_value("bytes"))
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

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use uuid::Uuid;

    use super::super::column::Kind;
    use super::*;

    #[derive(Serialize)]
    struct Client {
        id: Uuid,
        name: Option<String>,
        notes: u32,
        fields: BTreeMap<String, bool>,
        billing: Option<Vec<u8>>,
    }

    fn arrays(types: &[&str]) -> Vec<Array> {
        types.iter().map(|name| Kind::of(name).array()).collect()
    }

    #[test]
    fn spreads_rows_over_columns() {
        let mut columns = arrays(&["uuid", "text", "integer", "jsonb", "jsonb"]);
        let row = |n: u128, name: Option<&str>| Client {
            id: Uuid::from_u128(n),
            name: name.map(str::to_owned),
            notes: 2,
            fields: [("vip".to_owned(), true)].into(),
            billing: None,
        };
        write(&row(1, Some("Ada")), &mut columns).unwrap();
        write(&row(2, None), &mut columns).unwrap();
        let json = || Some(r#"{"vip":true}"#.to_owned());
        assert_eq!(
            columns,
            [
                Array::Uuid(vec![Some(Uuid::from_u128(1)), Some(Uuid::from_u128(2))]),
                Array::Text(vec![Some("Ada".to_owned()), None]),
                Array::Integer(vec![Some(2), Some(2)]),
                Array::Json(vec![json(), json()]),
                Array::Json(vec![None, None]),
            ]
        );
    }

    #[test]
    fn takes_keys_of_one_and_of_more_columns() {
        let mut one = arrays(&["uuid"]);
        write(&Uuid::from_u128(7), &mut one).unwrap();
        assert_eq!(one, [Array::Uuid(vec![Some(Uuid::from_u128(7))])]);
        let mut two = arrays(&["text", "numeric"]);
        write(&("GBP", "1.50"), &mut two).unwrap();
        let text = |text: &str| Array::Text(vec![Some(text.to_owned())]);
        assert_eq!(two, [text("GBP"), text("1.50")]);
    }

    #[test]
    fn refuses_what_does_not_fit() {
        assert!(write(&("a", "b"), &mut arrays(&["text"])).is_err());
        assert!(write(&("a",), &mut arrays(&["text", "text"])).is_err());
        assert!(write(&"a", &mut arrays(&["bigint"])).is_err());
        assert!(write(&(1.5,), &mut arrays(&["numeric"])).is_err());
        assert!(write(&(vec![1],), &mut arrays(&["text"])).is_err());
    }
}
