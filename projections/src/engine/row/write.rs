//! How does a struct become one more element of each column's array?

use serde::ser::{Error, Impossible, SerializeStruct, SerializeTuple};
use serde::{Serialize, Serializer};

use super::array::Array;
use super::error::RowError;
use super::value::Value;

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
        if array.is_json() {
            return array.push_json(|values| serde_json::to_writer(values, value));
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
        types.iter().map(|name| Kind::of(name).array(2)).collect()
    }

    /// A column of this type with these values; none for null.
    fn column(
        name: &str,
        values: &[Option<&str>],
        push: impl Fn(&mut Array, &str) -> Result<(), RowError>,
    ) -> Array {
        let mut array = Kind::of(name).array(2);
        for value in values {
            match value {
                Some(value) => push(&mut array, value).unwrap(),
                None => array.push_null(),
            }
        }
        array
    }

    fn texts(name: &str, values: &[Option<&str>]) -> Array {
        column(name, values, Array::push_text)
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
        let ids = [1, 2].map(|n| Uuid::from_u128(n).to_string());
        let json = |values: &[Option<&str>]| {
            column("jsonb", values, |array, text| {
                array.push_json(|bytes| {
                    bytes.extend_from_slice(text.as_bytes());
                    Ok(())
                })
            })
        };
        let integer = |array: &mut Array, text: &str| array.push_integer(text.parse().unwrap());
        assert_eq!(
            columns,
            [
                texts("uuid", &ids.each_ref().map(|id| Some(id.as_str()))),
                texts("text", &[Some("Ada"), None]),
                column("integer", &[Some("2"), Some("2")], integer),
                json(&[Some(r#"{"vip":true}"#), Some(r#"{"vip":true}"#)]),
                json(&[None, None]),
            ]
        );
    }

    #[test]
    fn takes_keys_of_one_and_of_more_columns() {
        let mut one = arrays(&["uuid"]);
        write(&Uuid::from_u128(7), &mut one).unwrap();
        let id = Uuid::from_u128(7).to_string();
        assert_eq!(one, [texts("uuid", &[Some(&id)])]);
        let mut two = arrays(&["text", "numeric"]);
        write(&("GBP", "1.50"), &mut two).unwrap();
        assert_eq!(
            two,
            [
                texts("text", &[Some("GBP")]),
                texts("numeric", &[Some("1.50")])
            ]
        );
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
