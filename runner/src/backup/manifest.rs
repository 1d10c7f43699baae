//! What does a backup have, and is that still what was written?

use std::collections::BTreeMap;

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use crate::failure::Failure;

const FORMAT: &str = "daybook-backup/1";
/// What files are called in a backup.
pub(super) const NAME: &str = "manifest.json";
pub(super) const DUMP: &str = "database.dump";
pub(super) const CHECKPOINTS: &str = "checkpoints";
pub(super) const JOURNAL: &str = "erasures.jsonl";
pub(super) const MASTER_KEY: &str = "master.key";

/// `manifest.json`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Manifest {
    /// The version of the backup's form.
    format: String,
    /// When it was begun: everything acknowledged before is in it.
    pub(crate) taken_at: DateTime<Utc>,
    /// The program that made it.
    pub(crate) daybook: String,
    /// The server's version.
    pub(crate) postgres: String,
    /// Events that were there when it was begun; it may have a few more.
    pub(crate) events: i64,
    /// Its files, by path.
    files: Files,
    /// The digest of all this, with nothing in this place; empty in backups from before it.
    #[serde(default)]
    sha256: String,
}

/// A backup's files, by their paths in it.
pub(super) type Files = BTreeMap<String, Fingerprint>;

/// A file's length and SHA-256.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Fingerprint {
    pub(super) bytes: u64,
    pub(super) sha256: String,
}

/// What is known of a backup before it is made.
#[derive(Debug, Clone)]
pub(super) struct Occasion {
    pub(super) taken_at: DateTime<Utc>,
    pub(super) postgres: String,
    pub(super) events: i64,
}

impl Manifest {
    /// Of a backup with these files.
    pub(super) fn of(occasion: Occasion, files: Files) -> Self {
        let mut manifest = Self {
            format: FORMAT.to_owned(),
            taken_at: occasion.taken_at,
            daybook: env!("CARGO_PKG_VERSION").to_owned(),
            postgres: occasion.postgres,
            events: occasion.events,
            files,
            sha256: String::new(),
        };
        manifest.sha256 = manifest.digest();
        manifest
    }

    fn digest(&self) -> String {
        let without = Self {
            sha256: String::new(),
            ..self.clone()
        };
        // It is made of texts and numbers: it can be written.
        let text = serde_json::to_vec(&without).unwrap_or_default();
        hex::encode(Sha256::digest(text))
    }

    /// Reads a manifest, and makes sure that these files are those it was written with.
    ///
    /// # Errors
    /// When it is none, or something was changed.
    pub(super) fn read(text: &[u8], found: &Files) -> Result<Self, Failure> {
        let manifest: Self = serde_json::from_slice(text).map_err(|error| {
            Failure::failed(format!(
                "{NAME} of the backup is damaged ({error}); nothing was restored"
            ))
        })?;
        if manifest.format != FORMAT {
            let format = &manifest.format;
            return Err(Failure::surroundings(format!(
                "the backup is of the form {format:?}, not {FORMAT:?}"
            )));
        }
        if !manifest.sha256.is_empty() && manifest.sha256 != manifest.digest() {
            return Err(Failure::failed(format!(
                "{NAME} of the backup is not what was written; nothing was restored"
            )));
        }
        for (name, expected) in &manifest.files {
            if found.get(name) != Some(expected) {
                return Err(Failure::failed(format!(
                    "{name} of the backup is missing, or is not what was written; nothing was \
                     restored"
                )));
            }
        }
        if let Some(name) = found
            .keys()
            .find(|name| !manifest.files.contains_key(*name))
        {
            return Err(Failure::failed(format!(
                "the backup has a file {name:?} that it was not made with; nothing was restored"
            )));
        }
        Ok(manifest)
    }

    /// Bytes of all files.
    pub(crate) fn bytes(&self) -> u64 {
        self.files.values().map(|file| file.bytes).sum()
    }
}
