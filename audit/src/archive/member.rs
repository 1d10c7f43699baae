//! Which files does an archive have, and in which order?

use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

/// A file of an archive.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Member {
    Manifest,
    Checkpoint,
    Keys,
    Events,
    Sheet,
}

impl Member {
    /// All of them, in their order.
    pub(super) const ALL: [Self; 5] = [
        Self::Manifest,
        Self::Checkpoint,
        Self::Keys,
        Self::Events,
        Self::Sheet,
    ];

    /// Those that the manifest has digests of.
    pub(super) const LISTED: [Self; 4] = [Self::Checkpoint, Self::Keys, Self::Events, Self::Sheet];

    pub(super) fn name(self) -> &'static str {
        match self {
            Self::Manifest => "manifest.json",
            Self::Checkpoint => "checkpoint",
            Self::Keys => "keys",
            Self::Events => "events.ndjson",
            Self::Sheet => "events.csv",
        }
    }

    pub(super) fn named(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|member| member.name() == name)
    }

    /// Small enough to be read whole.
    pub(super) fn is_small(self) -> bool {
        matches!(self, Self::Manifest | Self::Checkpoint | Self::Keys)
    }
}

/// A file's length in bytes and its SHA-256 in hexadecimal.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Fingerprint {
    pub(super) bytes: String,
    pub(super) sha256: String,
}

/// Takes a file's bytes in as they come.
#[derive(Debug, Clone, Default)]
pub(super) struct Fingerprinting {
    bytes: u64,
    digest: Sha256,
}

impl Fingerprinting {
    pub(super) fn update(&mut self, bytes: &[u8]) {
        self.bytes += u64::try_from(bytes.len()).unwrap_or(u64::MAX);
        self.digest.update(bytes);
    }

    pub(super) fn finish(self) -> Fingerprint {
        Fingerprint {
            bytes: self.bytes.to_string(),
            sha256: hex::encode(self.digest.finalize()),
        }
    }

    pub(super) fn bytes(&self) -> u64 {
        self.bytes
    }
}
