//! Events to stored bytes and back.
//!
//! An event enum is externally tagged, `{"name":payload}`, so its serde derive already holds both
//! the stored name and the stored payload. Taking that one object apart keeps every name in one
//! place: the `rename` on its variant.

use serde_json::Value;
use thiserror::Error;

use super::event::Event;

/// Bytes of most payloads with their names, so that they are written without growing.
const PAYLOAD: usize = 512;

/// An event as it is stored.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Encoded {
    /// `context.aggregate.fact`.
    pub name: String,
    /// The version of the payload's shape.
    pub version: u16,
    /// The payload: JSON, to be stored and hashed as these exact bytes.
    pub payload: Vec<u8>,
}

/// Stored bytes that are not an event of the expected aggregate: a bug or a damaged row.
#[derive(Debug, Error)]
#[error("event {name} version {version} cannot be read: {reason}")]
pub struct CodecError {
    /// The stored name.
    pub name: String,
    /// The stored version.
    pub version: u16,
    /// What the decoder said, without the values it found: they may be about people, and a reason goes
    /// into logs and tables where no erasure looks.
    pub reason: String,
}

/// The stored form of an event.
///
/// # Panics
/// When the event's type is not an externally tagged enum of structs: a bug that any test of the
/// event finds.
#[expect(
    clippy::expect_used,
    reason = "the shape of the type is at fault, never the data"
)]
pub fn encode<E: Event>(event: &E) -> Encoded {
    let mut payload = Vec::with_capacity(PAYLOAD);
    serde_json::to_writer(&mut payload, event).expect("an event serialises");
    let quote = payload
        .iter()
        .skip(2)
        .position(|&byte| byte == b'"')
        .map(|at| at + 2);
    let quote = quote.expect("an event is {\"name\":payload}");
    let name = payload
        .get(2..quote)
        .map(<[u8]>::to_vec)
        .unwrap_or_default();
    let name = String::from_utf8(name).expect("event names are ASCII");
    payload.truncate(payload.len().saturating_sub(1));
    payload.drain(..quote + 2);
    Encoded {
        name,
        version: event.version(),
        payload,
    }
}

/// The event that was stored, upcast to the current shape.
///
/// # Errors
/// When name, version and payload are not an event of `E`.
pub fn decode<E: Event>(name: &str, version: u16, payload: &[u8]) -> Result<E, CodecError> {
    let fail = |reason: String| CodecError {
        name: name.to_owned(),
        version,
        reason,
    };
    if let Some(event) =
        decode_old::<E>(name, version, payload).map_err(|error| fail(without_values(&error)))?
    {
        return Ok(event);
    }
    let mut tagged = Vec::with_capacity(payload.len() + name.len() + 5);
    tagged.extend_from_slice(b"{\"");
    tagged.extend_from_slice(name.as_bytes());
    tagged.extend_from_slice(b"\":");
    tagged.extend_from_slice(payload);
    tagged.push(b'}');
    serde_json::from_slice(&tagged).map_err(|error| fail(without_values(&error)))
}

/// `None` when the stored shape is the current one, which costs no parsing.
fn decode_old<E: Event>(
    name: &str,
    version: u16,
    payload: &[u8],
) -> Result<Option<E>, serde_json::Error> {
    // Most aggregates have no old shapes: ask with an empty value before parsing the payload.
    if E::upcast(name, version, &Value::Null).is_none() {
        return Ok(None);
    }
    let value: Value = serde_json::from_slice(payload)?;
    let Some((name, value)) = E::upcast(name, version, &value) else {
        return Ok(None);
    };
    let tagged = Value::Object([(name.to_owned(), value)].into_iter().collect());
    E::deserialize(tagged).map(Some)
}

/// What is wrong, by the decoder's own words for kinds of faults and what was expected instead.
fn without_values(error: &serde_json::Error) -> String {
    const OF_NAMES: [&str; 3] = ["missing field", "unknown field", "duplicate field"];
    const OF_VALUES: [&str; 4] = [
        "invalid type",
        "invalid value",
        "invalid length",
        "unknown variant",
    ];
    let text = error.to_string();
    if !error.is_data() || OF_NAMES.iter().any(|kind| text.starts_with(kind)) {
        return text;
    }
    let kind = OF_VALUES.iter().find(|kind| text.starts_with(**kind));
    // Whatever was found comes before what was expected.
    match (kind, text.rsplit_once(", expected ")) {
        (Some(kind), Some((_, expected))) => format!("{kind}, expected {expected}"),
        (kind, _) => {
            let kind = kind.unwrap_or(&"a value that is none of its kind");
            format!("{kind} at line {} column {}", error.line(), error.column())
        }
    }
}

#[cfg(test)]
mod tests {
    use serde::{Deserialize, Serialize};
    use serde_json::json;

    use super::*;

    #[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
    enum Lamp {
        #[serde(rename = "test.lamp.lit")]
        Lit(Lit),
        #[serde(rename = "test.lamp.doused")]
        Doused(Doused),
    }
    #[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
    struct Lit {
        watts: u32,
    }
    #[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
    struct Doused {}

    impl Event for Lamp {
        fn version(&self) -> u16 {
            match self {
                Lamp::Lit(_) => 2,
                Lamp::Doused(_) => 1,
            }
        }
        fn upcast(name: &str, version: u16, payload: &Value) -> Option<(&'static str, Value)> {
            match (name, version) {
                ("test.lamp.lit", 1) => {
                    Some(("test.lamp.lit", json!({ "watts": payload.get("power") })))
                }
                _ => None,
            }
        }
    }

    #[test]
    fn takes_name_and_payload_apart_and_together() {
        let event = Lamp::Lit(Lit { watts: 60 });
        let encoded = encode(&event);
        assert_eq!(encoded.name, "test.lamp.lit");
        assert_eq!(encoded.version, 2);
        assert_eq!(encoded.payload, br#"{"watts":60}"#);
        let back: Lamp = decode(&encoded.name, encoded.version, &encoded.payload).unwrap();
        assert_eq!(back, event);
        assert_eq!(encode(&Lamp::Doused(Doused {})).payload, b"{}");
    }

    #[test]
    fn upcasts_an_old_shape() {
        let back: Lamp = decode("test.lamp.lit", 1, br#"{"power":40}"#).unwrap();
        assert_eq!(back, Lamp::Lit(Lit { watts: 40 }));
    }

    #[test]
    fn names_what_cannot_be_read() {
        let error = decode::<Lamp>("test.lamp.exploded", 1, b"{}").unwrap_err();
        assert!(
            error
                .to_string()
                .starts_with("event test.lamp.exploded version 1 cannot be read")
        );
    }

    #[test]
    fn tells_what_was_expected_and_nothing_that_was_found() {
        let told = |name: &str, version: u16, payload: &str| {
            let error = decode::<Lamp>(name, version, payload.as_bytes()).unwrap_err();
            error.reason
        };
        for (payload, expected) in [
            (
                r#"{"watts":"Ada, expected u32"}"#,
                "invalid type, expected u32",
            ),
            (r#"{"watts":4294967296}"#, "invalid value, expected u32"),
            (r"{}", "missing field `watts`"),
            (r#"{"watts":"Ada"#, "EOF while parsing"),
        ] {
            let told = told("test.lamp.lit", 2, payload);
            assert!(told.starts_with(expected), "{told}");
            assert!(!told.contains("Ada") && !told.contains("429"), "{told}");
        }
        let told = told("test.lamp.lit", 1, r#"{"power":"Ada"}"#);
        assert!(told.starts_with("invalid type, expected u32"), "{told}");
    }
}
