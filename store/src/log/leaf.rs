//! The leaf: the canonical form of an envelope that proofs are about.
//!
//! A leaf is one JSON object in the canonical form of RFC 8785: members in order of their names,
//! no white space, whole numbers as strings. It holds the tenant's position and never the
//! database's, so that a tenant can move to another database with its proofs, and digests in place
//! of payload and request, so that those can be withheld. The leaf hash is RFC 6962's:
//! SHA-256(0x00 ‖ leaf). The form is frozen: it is version 1.

use chrono::SecondsFormat;
use serde::Serialize;
use sha2::{Digest, Sha256};

use super::record::Recorded;

/// Fields in the order of their names, which is the order RFC 8785 asks for.
#[derive(Serialize)]
struct Leaf<'r> {
    actor: &'r str,
    causation_id: Option<String>,
    command_id: String,
    correlation_id: String,
    event_id: String,
    event_type: &'r str,
    event_version: String,
    payload_hash: String,
    personal_hash: Option<String>,
    position: String,
    recorded_at: String,
    request_hash: String,
    stream_id: String,
    stream_type: &'r str,
    tenant_id: String,
    v: &'static str,
    version: String,
}

/// The canonical leaf of a recorded event, rebuilt from its columns alone.
pub fn leaf_of(record: &Recorded) -> Vec<u8> {
    let leaf = Leaf {
        actor: &record.actor,
        causation_id: record.causation_id.map(|id| id.to_string()),
        command_id: record.command_id.to_string(),
        correlation_id: record.correlation_id.to_string(),
        event_id: record.event_id.to_string(),
        event_type: &record.event_type,
        event_version: record.event_version.to_string(),
        payload_hash: digest(&record.payload),
        personal_hash: record.personal.as_deref().map(digest),
        position: record.position.to_string(),
        recorded_at: record
            .recorded_at
            .to_rfc3339_opts(SecondsFormat::Micros, true),
        request_hash: digest(&record.request),
        stream_id: record.stream_id.to_string(),
        stream_type: &record.stream_type,
        tenant_id: record.tenant.to_string(),
        v: "1",
        version: record.version.to_string(),
    };
    // Strings and nulls only: serialising cannot fail.
    serde_json::to_vec(&leaf).unwrap_or_default()
}

/// RFC 6962 §2.1: the hash of a leaf is domain-separated by a zero byte.
pub(super) fn hash_of(record: &Recorded) -> Vec<u8> {
    let mut hash = Sha256::new();
    hash.update([0]);
    hash.update(leaf_of(record));
    hash.finalize().to_vec()
}

fn digest(bytes: &[u8]) -> String {
    hex::encode(Sha256::digest(bytes))
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
            leaf_hash: Vec::new(),
        }
    }

    #[test]
    fn is_canonical_json() {
        let leaf = leaf_of(&record());
        let value: serde_json::Value = serde_json::from_slice(&leaf).unwrap();
        assert_eq!(serde_json_canonicalizer::to_vec(&value).unwrap(), leaf);
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
