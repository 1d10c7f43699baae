//! The messages of `graphql-transport-ws`.

use std::borrow::Cow;

use async_graphql::ServerError;
use axum::extract::ws::Utf8Bytes;
use serde::Deserialize;
use serde_json::value::RawValue;
use serde_json::{Map, Value};

use crate::engine::Params;

/// Longest id of an operation.
const ID_BYTES: usize = 256;

pub(super) const ACK: &str = "{\"type\":\"connection_ack\"}";
pub(super) const PING: &str = "{\"type\":\"ping\"}";
pub(super) const PONG: &str = "{\"type\":\"pong\"}";

/// A message of the client.
#[derive(Debug)]
pub(super) enum Incoming {
    Init(Option<Map<String, Value>>),
    Ping,
    Pong,
    Subscribe(String, Box<Params>),
    Complete(String),
}

#[derive(Deserialize)]
struct Raw<'t> {
    #[serde(borrow, rename = "type")]
    kind: Cow<'t, str>,
    id: Option<String>,
    #[serde(borrow)]
    payload: Option<&'t RawValue>,
}

impl Incoming {
    /// Reads a message; `None` when it is none of the protocol.
    pub(super) fn read(text: &str) -> Option<Self> {
        if !text.trim_start().starts_with('{') {
            return None;
        }
        let raw: Raw<'_> = serde_json::from_str(text).ok()?;
        let id = raw.id.filter(|id| (1..=ID_BYTES).contains(&id.len()));
        let object = |payload: Option<&RawValue>| match payload {
            Some(payload) => serde_json::from_str(payload.get()).map(Some),
            None => Ok(None),
        };
        match raw.kind.as_ref() {
            "connection_init" => object(raw.payload).ok().map(Self::Init),
            "ping" => object(raw.payload).ok().map(|_| Self::Ping),
            "pong" => object(raw.payload).ok().map(|_| Self::Pong),
            "complete" => id.map(Self::Complete),
            "subscribe" => {
                let params = Params::from_json(raw.payload?.get().as_bytes()).ok()?;
                // What names its document, and be it badly, is no bad message: it gets an error of
                // its own.
                params
                    .names_a_document()
                    .then_some(Self::Subscribe(id?, Box::new(params)))
            }
            _ => None,
        }
    }
}

/// Writes the messages of one operation.
#[derive(Debug)]
pub(super) struct Envelope {
    /// The id as JSON.
    id: String,
}

impl Envelope {
    pub(super) fn new(id: &str) -> Self {
        Self {
            id: Value::from(id).to_string(),
        }
    }

    /// A result, wrapped around JSON that was written before.
    pub(super) fn next(&self, payload: &str) -> Utf8Bytes {
        let length = payload
            .len()
            .saturating_add(self.id.len())
            .saturating_add(40);
        let mut text = String::with_capacity(length);
        text.push_str("{\"id\":");
        text.push_str(&self.id);
        text.push_str(",\"type\":\"next\",\"payload\":");
        text.push_str(payload);
        text.push('}');
        text.into()
    }

    /// How far the operation has told everything, as a ping, which every client answers and may
    /// read.
    pub(super) fn beacon(&self, position: u64) -> Utf8Bytes {
        format!(
            "{{\"type\":\"ping\",\"payload\":{{\"positions\":{{{}:\"{position}\"}}}}}}",
            self.id
        )
        .into()
    }

    /// The errors of an operation that could not run; nothing follows.
    pub(super) fn error(&self, errors: &[ServerError]) -> Utf8Bytes {
        let errors = serde_json::json!(errors);
        format!(
            "{{\"id\":{},\"type\":\"error\",\"payload\":{errors}}}",
            self.id
        )
        .into()
    }

    /// The end; nothing follows.
    pub(super) fn complete(&self) -> Utf8Bytes {
        format!("{{\"id\":{},\"type\":\"complete\"}}", self.id).into()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_the_protocol_and_nothing_else() {
        let read = |text: &str| Incoming::read(text);
        assert!(matches!(
            read("{\"type\":\"connection_init\"}"),
            Some(Incoming::Init(None))
        ));
        assert!(matches!(
            read("{\"type\":\"connection_init\",\"payload\":{\"a\":1}}"),
            Some(Incoming::Init(Some(_)))
        ));
        assert!(matches!(
            read(" {\"type\":\"ping\",\"payload\":null}"),
            Some(Incoming::Ping)
        ));
        assert!(matches!(read("{\"type\":\"pong\"}"), Some(Incoming::Pong)));
        let subscribe = "{\"type\":\"subscribe\",\"id\":\"1\",\"payload\":{\"query\":\"{a}\"}}";
        assert!(matches!(read(subscribe), Some(Incoming::Subscribe(id, _)) if id == "1"));
        assert!(matches!(
            read("{\"type\":\"complete\",\"id\":\"1\"}"),
            Some(Incoming::Complete(_))
        ));
        for bad in [
            "",
            "1",
            "null",
            "[]",
            "[\"ping\"]",
            "{}",
            "{\"type\":1}",
            "{\"type\":\"start\"}",
            "{\"type\":\"ping\"",
            "{\"type\":\"connection_init\",\"payload\":1}",
            "{\"type\":\"complete\"}",
            "{\"type\":\"complete\",\"id\":1}",
            "{\"type\":\"subscribe\",\"id\":\"1\"}",
            "{\"type\":\"subscribe\",\"payload\":{\"query\":\"{a}\"}}",
            "{\"type\":\"subscribe\",\"id\":\"\",\"payload\":{\"query\":\"{a}\"}}",
            "{\"type\":\"subscribe\",\"id\":\"1\",\"payload\":{}}",
            "{\"type\":\"subscribe\",\"id\":\"1\",\"payload\":{\"query\":1}}",
            "{\"type\":\"subscribe\",\"id\":\"1\",\"payload\":[{\"query\":\"{a}\"}]}",
        ] {
            assert!(read(bad).is_none(), "{bad}");
        }
    }

    #[test]
    fn wraps_results_without_touching_them() {
        let envelope = Envelope::new("a\"b");
        let text = envelope.next("{\"data\":{\"n\":1}}").to_string();
        let json: Value = serde_json::from_str(&text).unwrap();
        assert_eq!(json["id"], "a\"b");
        assert_eq!(json["type"], "next");
        assert_eq!(json["payload"]["data"]["n"], 1);
        let json: Value = serde_json::from_str(envelope.beacon(7).as_str()).unwrap();
        assert_eq!(json["type"], "ping");
        assert_eq!(json["payload"]["positions"]["a\"b"], "7");
        let json: Value = serde_json::from_str(envelope.complete().as_str()).unwrap();
        assert_eq!(json["type"], "complete");
    }
}
