//! How do the exact bytes of a payload stand in a line of JSON?

use std::borrow::Cow;
use std::fmt;

use serde::de::{Error, MapAccess, Visitor};
use serde::ser::SerializeMap;
use serde::{Deserialize, Deserializer, Serialize, Serializer};

use crate::encoding::{base64, from_base64};

/// Bytes: as a string if they are UTF-8, else as `{"base64": "…"}`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Content<'c> {
    Text(Cow<'c, str>),
    Base64(Cow<'c, str>),
}

impl<'c> Content<'c> {
    pub(super) fn of(bytes: &'c [u8]) -> Self {
        match str::from_utf8(bytes) {
            Ok(text) => Self::Text(Cow::Borrowed(text)),
            Err(_) => Self::Base64(Cow::Owned(base64(bytes))),
        }
    }

    /// The bytes; `None` if it is no base64.
    pub(super) fn bytes(&self) -> Option<Cow<'_, [u8]>> {
        match self {
            Self::Text(text) => Some(Cow::Borrowed(text.as_bytes())),
            Self::Base64(text) => from_base64(text).map(Cow::Owned),
        }
    }

    /// As it is shown to people.
    pub(super) fn text(&self) -> &str {
        match self {
            Self::Text(text) | Self::Base64(text) => text,
        }
    }
}

impl Serialize for Content<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self {
            Self::Text(text) => serializer.serialize_str(text),
            Self::Base64(text) => {
                let mut map = serializer.serialize_map(Some(1))?;
                map.serialize_entry("base64", text)?;
                map.end()
            }
        }
    }
}

impl<'de: 'c, 'c> Deserialize<'de> for Content<'c> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(Reading)
    }
}

struct Reading;

impl<'de> Visitor<'de> for Reading {
    type Value = Content<'de>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a string or {\"base64\": a string}")
    }

    fn visit_borrowed_str<E: Error>(self, text: &'de str) -> Result<Self::Value, E> {
        Ok(Content::Text(Cow::Borrowed(text)))
    }

    fn visit_str<E: Error>(self, text: &str) -> Result<Self::Value, E> {
        Ok(Content::Text(Cow::Owned(text.to_owned())))
    }

    fn visit_string<E: Error>(self, text: String) -> Result<Self::Value, E> {
        Ok(Content::Text(Cow::Owned(text)))
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Self::Value, A::Error> {
        let entry = map.next_entry::<String, String>()?;
        match entry.filter(|(name, _)| name == "base64") {
            // A second member is refused by the parser, which expects the end of the object.
            Some((_, text)) => Ok(Content::Base64(Cow::Owned(text))),
            None => Err(A::Error::custom("expected {\"base64\": a string}")),
        }
    }
}
