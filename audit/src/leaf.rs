//! What does a leaf say? Version 1, read strictly.
//!
//! A leaf is the canonical form (RFC 8785) of an event's envelope: sixteen members in the order of
//! their names, each a string, two of which may be null. `docs/audit/format.md` says what they mean.

use std::borrow::Cow;

use serde::{Deserialize, Serialize};
use thiserror::Error;

use crate::encoding::decimal;

/// The members of a leaf, in the order of their names.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Leaf<'l> {
    /// Who: `user:…`, `api_key:…`, `system:…` or `anonymous`.
    #[serde(borrow)]
    pub actor: Cow<'l, str>,
    /// The event that caused the command, if one did.
    #[serde(borrow)]
    pub causation_id: Option<Cow<'l, str>>,
    /// The command it follows from.
    #[serde(borrow)]
    pub command_id: Cow<'l, str>,
    /// What it belongs together with.
    #[serde(borrow)]
    pub correlation_id: Cow<'l, str>,
    /// The event's own identity.
    #[serde(borrow)]
    pub event_id: Cow<'l, str>,
    /// The stored name, `context.aggregate.fact`.
    #[serde(borrow)]
    pub event_type: Cow<'l, str>,
    /// The version of the payload's shape, a decimal number.
    #[serde(borrow)]
    pub event_version: Cow<'l, str>,
    /// SHA-256 of the payload, in hexadecimal.
    #[serde(borrow)]
    pub payload_hash: Cow<'l, str>,
    /// SHA-256 of the encrypted personal fields, in hexadecimal, if there are some.
    #[serde(borrow)]
    pub personal_hash: Option<Cow<'l, str>>,
    /// The position in the tenant's log, a decimal number from 1.
    #[serde(borrow)]
    pub position: Cow<'l, str>,
    /// When it was appended, in microseconds, UTC.
    #[serde(borrow)]
    pub recorded_at: Cow<'l, str>,
    /// SHA-256 of the request, in hexadecimal.
    #[serde(borrow)]
    pub request_hash: Cow<'l, str>,
    /// Which aggregate.
    #[serde(borrow)]
    pub stream_id: Cow<'l, str>,
    /// The kind of aggregate, `context.aggregate`.
    #[serde(borrow)]
    pub stream_type: Cow<'l, str>,
    /// Whose event it is.
    #[serde(borrow)]
    pub tenant_id: Cow<'l, str>,
    /// The version of this form: 1.
    #[serde(borrow)]
    pub v: Cow<'l, str>,
    /// The position in the stream, a decimal number from 1.
    #[serde(borrow)]
    pub version: Cow<'l, str>,
}

/// Bytes that are no leaf.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum LeafError {
    /// Not an object with these members.
    #[error("the leaf cannot be read: {reason}")]
    Unreadable {
        /// What the parser said.
        reason: String,
    },
    /// The same object in another spelling.
    #[error("the leaf is not in canonical form (RFC 8785)")]
    NotCanonical,
    /// Of a version that is not known here.
    #[error("the leaf is of version {version:?}; only version 1 is known")]
    Version {
        /// What it says.
        version: String,
    },
    /// The position is no number from 1.
    #[error("{text:?} is not a position")]
    Position {
        /// What it says.
        text: String,
    },
}

impl<'l> Leaf<'l> {
    /// Reads a leaf's bytes. Unknown, missing and repeated members and every other spelling of the
    /// same are refused.
    ///
    /// # Errors
    /// When it is not the canonical form of a leaf of version 1.
    pub fn read(bytes: &'l [u8]) -> Result<Self, LeafError> {
        let leaf: Self = serde_json::from_slice(bytes).map_err(|error| LeafError::Unreadable {
            reason: error.to_string(),
        })?;
        if leaf.to_bytes() != bytes {
            return Err(LeafError::NotCanonical);
        }
        if leaf.v != "1" {
            return Err(LeafError::Version {
                version: leaf.v.into_owned(),
            });
        }
        leaf.index()?;
        Ok(leaf)
    }

    /// The canonical form: what is hashed.
    pub fn to_bytes(&self) -> Vec<u8> {
        let mut bytes = Vec::with_capacity(1_024);
        // Strings and nulls only, and the members are declared in the order of their names:
        // serialising cannot fail, and is canonical.
        drop(serde_json::to_writer(&mut bytes, self));
        bytes
    }

    /// The index in the tree: the position less one.
    ///
    /// # Errors
    /// When the position is no number from 1.
    pub fn index(&self) -> Result<u64, LeafError> {
        let position = decimal(&self.position);
        let index = position.and_then(|position| position.checked_sub(1));
        index.ok_or_else(|| LeafError::Position {
            text: self.position.to_string(),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::row;

    #[test]
    fn reads_what_it_writes() {
        let leaf = row(6).leaf;
        let bytes = leaf.to_bytes();
        let read = Leaf::read(&bytes).unwrap();
        assert_eq!(read, leaf);
        assert_eq!(read.index(), Ok(6));
        let value: serde_json::Value = serde_json::from_slice(&bytes).unwrap();
        assert_eq!(serde_json_canonicalizer::to_vec(&value).unwrap(), bytes);
    }

    #[test]
    fn refuses_every_other_spelling() {
        let good = String::from_utf8(row(6).leaf.to_bytes()).unwrap();
        for bad in [
            good.replace("{\"actor", "{ \"actor"),
            good.replace("\"v\":\"1\"", "\"v\":1"),
            good.replace("\"v\":\"1\"", "\"v\":\"1\",\"v\":\"1\""),
            good.replace("\"v\":\"1\"", "\"v\":\"1\",\"w\":\"1\""),
            good.replace("\"v\":\"1\"", "\"v\":\"2\""),
            good.replace("\"v\":\"1\",", ""),
            good.replace("\"actor\":\"", "\"actor\":\"\\u0061"),
            good.replace("\"position\":\"7\"", "\"position\":\"07\""),
            good.replace("\"position\":\"7\"", "\"position\":\"0\""),
            good.replace("\"causation_id\":null,", ""),
            format!("{good} "),
            good.replace("\"actor\":\"", "\"actor\":\"\\ud800"),
        ] {
            assert_ne!(bad, good);
            assert!(Leaf::read(bad.as_bytes()).is_err(), "{bad}");
        }
    }
}
