//! Which columns does a row struct have?

use serde::Deserializer;
use serde::de::{DeserializeOwned, Error, Visitor};

use super::error::RowError;

/// The fields of a struct, in order, as serde names them; empty for anything else.
pub(crate) fn field_names<T: DeserializeOwned>() -> &'static [&'static str] {
    let mut names: &'static [&'static str] = &[];
    // It always fails: it only listens to what it is asked for.
    let _asked = T::deserialize(Listener(&mut names));
    names
}

struct Listener<'n>(&'n mut &'static [&'static str]);

impl<'de> Deserializer<'de> for Listener<'_> {
    type Error = RowError;

    fn deserialize_struct<V: Visitor<'de>>(
        self,
        _name: &'static str,
        fields: &'static [&'static str],
        _visitor: V,
    ) -> Result<V::Value, RowError> {
        *self.0 = fields;
        Err(RowError::custom("only the names were wanted"))
    }

    fn deserialize_any<V: Visitor<'de>>(self, _visitor: V) -> Result<V::Value, RowError> {
        Err(RowError::custom("a row is a struct"))
    }

    serde::forward_to_deserialize_any! {
        bool i8 i16 i32 i64 i128 u8 u16 u32 u64 u128 f32 f64 char str string bytes byte_buf option
        unit unit_struct newtype_struct seq tuple tuple_struct map enum identifier ignored_any
    }
}

#[cfg(test)]
mod tests {
    use serde::Deserialize;

    use super::*;

    #[derive(Deserialize)]
    #[expect(dead_code, reason = "only its names are read")]
    struct Row {
        id: u8,
        #[serde(rename = "kind")]
        of: String,
    }

    #[test]
    fn names_the_fields_of_a_struct() {
        assert_eq!(field_names::<Row>(), ["id", "kind"]);
        assert!(field_names::<u8>().is_empty());
    }
}
