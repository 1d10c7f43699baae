//! The seal of a tenant's history, and what was done to it.

use async_graphql::SimpleObject;
use chrono::{DateTime, Utc};
use daybook_domain::audit::seal::{Ended, Seal};
use daybook_store::StoreError;
use daybook_store::audit::{Halt, SealedCheckpoint, SealedLog};

use crate::graphql::Position;

/// The seal of the tenant's history: the signed tree over its events, and what operators did to it.
#[derive(Debug, SimpleObject)]
pub struct AuditSeal {
    /// The last checkpoint; null before the first one, and for the past.
    checkpoint: Option<AuditCheckpoint>,
    /// Why nothing more is signed, if so; null for the past.
    halt: Option<AuditHalt>,
    /// The halt that an operator ended last; null where there was none. Who and why is in its event.
    last_ended: Option<AuditHaltEnded>,
    /// The signing keys that took the place of others, as Ed25519 public keys in hexadecimal. All keys
    /// are served at `/audit/<tenant>/keys`.
    rotated_keys: Vec<String>,
}

/// A signed tree head.
#[derive(Debug, SimpleObject)]
struct AuditCheckpoint {
    /// How many events it is about: those up to this position.
    size: Position,
    /// The root of the tree over them, in hexadecimal.
    root_hash: String,
    /// When it was signed.
    signed_at: DateTime<Utc>,
    /// The signed note (C2SP), to be kept where the operator cannot reach it.
    note: String,
}

/// Nothing more is signed, because the history is not what had been signed.
#[derive(Debug, SimpleObject)]
struct AuditHalt {
    /// Since when.
    halted_at: DateTime<Utc>,
    /// The first position that is not sealed.
    position: Position,
    /// What does not fit.
    finding: String,
}

/// A halt that is over.
#[derive(Debug, SimpleObject)]
struct AuditHaltEnded {
    /// Since when it was.
    halted_at: DateTime<Utc>,
    /// Whether what had been signed was given up: the history up to then is not what it had been.
    gave_up_history: bool,
}

impl AuditSeal {
    /// As of a moment of the past.
    pub(super) fn then(seal: &Seal) -> Self {
        let ended = |ended: Ended| AuditHaltEnded {
            halted_at: ended.halted_at,
            gave_up_history: ended.gave_up,
        };
        Self {
            checkpoint: None,
            halt: None,
            last_ended: seal.resumed.map(ended),
            rotated_keys: seal.keys.iter().cloned().collect(),
        }
    }

    /// As of now.
    ///
    /// # Errors
    /// The database is away.
    pub(super) async fn now(seal: &Seal, log: SealedLog<'_>) -> Result<Self, StoreError> {
        let checkpoint = |last: SealedCheckpoint| AuditCheckpoint {
            size: Position(i64::try_from(last.head.size).unwrap_or(i64::MAX)),
            root_hash: hex::encode(last.head.root),
            signed_at: last.signed_at,
            note: last.note,
        };
        let halt = |halt: Halt| AuditHalt {
            halted_at: halt.halted_at,
            position: Position(halt.position),
            finding: halt.reason,
        };
        Ok(Self {
            checkpoint: log.checkpoint(None).await?.map(checkpoint),
            halt: log.halt().await?.map(halt),
            ..Self::then(seal)
        })
    }
}
