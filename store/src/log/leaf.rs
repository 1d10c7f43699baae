//! The leaf: the canonical form of an envelope that proofs are about.
//!
//! A leaf is one JSON object in the canonical form of RFC 8785: members in order of their names,
//! no white space, whole numbers as strings. It holds the tenant's position and never the
//! database's, so that a tenant can move to another database with its proofs, and digests in place
//! of payload and request, so that those can be withheld. The leaf hash is RFC 6962's:
//! SHA-256(0x00 ‖ leaf). The form is frozen: it is version 1.

use std::fmt::Display;
use std::io::Write;

use chrono::{DateTime, SecondsFormat, Utc};
use serde::{Serialize, Serializer};
use sha2::{Digest, Sha256};
use uuid::Uuid;

use super::record::Recorded;

/// Bytes of most leaves up to the position.
const HEAD: usize = 512;
/// Room for position and time: 32 bytes of names, at most 20 digits, and 30 for the last year that a
/// time can have.
const MIDDLE: usize = 96;

/// The members before the tenant's position, in the order of their names, which is the order
/// RFC 8785 asks for.
#[derive(Serialize)]
struct Head<'r> {
    actor: &'r str,
    causation_id: Option<Uuid>,
    command_id: Uuid,
    correlation_id: Uuid,
    event_id: Uuid,
    event_type: &'r str,
    #[serde(serialize_with = "as_text")]
    event_version: i16,
    payload_hash: Digested,
    personal_hash: Option<Digested>,
}

/// The members after the time of the append.
#[derive(Serialize)]
struct Rest<'r> {
    request_hash: Digested,
    stream_id: Uuid,
    stream_type: &'r str,
    tenant_id: Uuid,
    v: &'static str,
    #[serde(serialize_with = "as_text")]
    version: i64,
}

/// A leaf that lacks what only the append gives: the tenant's position and the time. All else is
/// hashed beforehand, by the callers, who are many, and not by the writer, who is one.
#[derive(Debug, Clone)]
pub(crate) struct LeafDraft {
    /// Has taken in everything up to the position.
    hash: Sha256,
    rest: Vec<u8>,
}

impl LeafDraft {
    /// Everything but position and time is taken from the record.
    pub(super) fn of(record: &Recorded) -> Self {
        let mut hash = Sha256::new();
        // RFC 6962 §2.1: the hash of a leaf is domain-separated by a zero byte.
        hash.update([0]);
        let mut part = head_of(record);
        hash.update(&part);
        part.clear();
        add_rest_of(record, &mut part);
        Self { hash, rest: part }
    }

    /// The leaf hash at this position and time.
    pub(super) fn hash_at(&self, position: i64, recorded_at: &str) -> [u8; 32] {
        let mut hash = self.hash.clone();
        hash.update(middle_of(position, recorded_at, &mut [0; MIDDLE]));
        hash.update(&self.rest);
        hash.finalize().into()
    }
}

/// The canonical leaf of a recorded event, rebuilt from its columns alone.
pub fn leaf_of(record: &Recorded) -> Vec<u8> {
    let mut leaf = head_of(record);
    let recorded_at = time_of(record.recorded_at);
    leaf.extend(middle_of(record.position, &recorded_at, &mut [0; MIDDLE]));
    add_rest_of(record, &mut leaf);
    leaf
}

/// The leaf hash of a recorded event, computed from its columns alone: what was recorded beside them
/// is not looked at.
pub(crate) fn leaf_hash_of(record: &Recorded) -> [u8; 32] {
    LeafDraft::of(record).hash_at(record.position, &time_of(record.recorded_at))
}

/// A time as leaves have it.
pub(super) fn time_of(at: DateTime<Utc>) -> String {
    at.to_rfc3339_opts(SecondsFormat::Micros, true)
}

fn head_of(record: &Recorded) -> Vec<u8> {
    let mut head = Vec::with_capacity(HEAD);
    let of_event = Head {
        actor: &record.actor,
        causation_id: record.causation_id,
        command_id: record.command_id,
        correlation_id: record.correlation_id,
        event_id: record.event_id,
        event_type: &record.event_type,
        event_version: record.event_version,
        payload_hash: Digested::of(&record.payload),
        personal_hash: record.personal.as_deref().map(Digested::of),
    };
    write_json(&of_event, &mut head);
    // The object goes on.
    head.pop();
    head
}

/// Written where there is room already: this is what the one writer does for each event.
fn middle_of<'b>(position: i64, recorded_at: &str, room: &'b mut [u8; MIDDLE]) -> &'b [u8] {
    let mut left = room.as_mut_slice();
    let written = write!(
        left,
        r#","position":"{position}","recorded_at":"{recorded_at}","#
    );
    debug_assert!(written.is_ok(), "the longest position and time have room");
    let length = MIDDLE - left.len();
    room.get(..length).unwrap_or_default()
}

fn add_rest_of(record: &Recorded, leaf: &mut Vec<u8>) {
    let begin = leaf.len();
    let rest = Rest {
        request_hash: Digested::of(&record.request),
        stream_id: record.stream_id,
        stream_type: &record.stream_type,
        tenant_id: record.tenant.0,
        v: "1",
        version: record.version,
    };
    write_json(&rest, leaf);
    // The object began before.
    leaf.remove(begin);
}

fn write_json(part: &impl Serialize, bytes: &mut Vec<u8>) {
    // Strings and nulls only: serialising cannot fail.
    drop(serde_json::to_writer(bytes, part));
}

fn as_text<S: Serializer>(number: &impl Display, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.collect_str(number)
}

/// SHA-256 as hexadecimal digits.
struct Digested([u8; 64]);

impl Digested {
    fn of(bytes: &[u8]) -> Self {
        let mut digits = [0; 64];
        let written = hex::encode_to_slice(Sha256::digest(bytes), &mut digits);
        debug_assert!(written.is_ok(), "twice 32 is 64");
        Self(digits)
    }
}

impl Serialize for Digested {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(std::str::from_utf8(&self.0).unwrap_or_default())
    }
}

#[cfg(test)]
mod tests {
    use chrono::DateTime;
    use daybook_domain::kernel::TenantId;
    use uuid::Uuid;

    use super::*;

    fn record() -> Recorded {
        Recorded {
            log_position: 99,
            tenant: TenantId(Uuid::from_u128(7)),
            position: 3,
            stream_type: "crm.client".into(),
            stream_id: Uuid::from_u128(8),
            version: 2,
            event_type: "crm.client.registered".into(),
            event_version: 1,
            event_id: Uuid::from_u128(9),
            command_id: Uuid::from_u128(10),
            correlation_id: Uuid::from_u128(11),
            causation_id: None,
            actor: "user:ünï \"quoted\"\u{1}".into(),
            request: b"{}".to_vec(),
            recorded_at: DateTime::from_timestamp_micros(1_290_000_000_000_001).unwrap(),
            payload: br#"{"name":"Ada"}"#.to_vec(),
            personal: None,
            clear: crate::log::Clear::Payload,
            leaf_hash: Vec::new(),
        }
    }

    fn hash_of(record: &Recorded) -> [u8; 32] {
        LeafDraft::of(record).hash_at(record.position, &time_of(record.recorded_at))
    }

    #[test]
    fn a_draft_and_a_record_have_the_same_leaf() {
        let mut record = record();
        record.causation_id = Some(Uuid::from_u128(12));
        record.personal = Some(b"sealed".to_vec());
        for record in [record, super::tests::record()] {
            let mut hash = Sha256::new();
            hash.update([0]);
            hash.update(leaf_of(&record));
            let whole: [u8; 32] = hash.finalize().into();
            assert_eq!(hash_of(&record), whole);
        }
    }

    #[test]
    fn is_canonical_json() {
        let leaf = leaf_of(&record());
        let value: serde_json::Value = serde_json::from_slice(&leaf).unwrap();
        assert_eq!(serde_json_canonicalizer::to_vec(&value).unwrap(), leaf);
    }

    #[test]
    fn is_what_auditors_read() {
        let mut record = record();
        record.causation_id = Some(Uuid::from_u128(12));
        record.personal = Some(b"sealed".to_vec());
        for record in [record, super::tests::record()] {
            let leaf = leaf_of(&record);
            let read = daybook_audit::leaf::Leaf::read(&leaf).unwrap();
            assert_eq!(read.index(), Ok(2));
            assert_eq!(
                daybook_audit::tree::leaf_hash(&leaf).to_vec(),
                hash_of(&record)
            );
        }
    }

    #[test]
    fn is_frozen() {
        let expected = "daa5da8d925a045f8f6a6d53196f93393ca1496d723eb8686b9ac82ef08a58dc";
        let hash = hex::encode(hash_of(&record()));
        assert_eq!(
            &hash,
            expected,
            "leaf: {}",
            String::from_utf8(leaf_of(&record())).unwrap()
        );
    }

    #[test]
    fn leaves_the_database_position_out() {
        let mut moved = record();
        moved.log_position = 1;
        assert_eq!(hash_of(&moved), hash_of(&record()));
    }
}
