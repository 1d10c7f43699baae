//! What does a backup have, and is that still what was written?

use std::collections::BTreeMap;
use std::fs::{self, File};
use std::io;
use std::path::{Path, PathBuf};

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

use crate::digest::digest_of;
use crate::failure::Failure;

const FORMAT: &str = "daybook-backup/1";
const NAME: &str = "manifest.json";

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
    files: BTreeMap<String, Fingerprint>,
}

/// A file's length and SHA-256.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Fingerprint {
    bytes: u64,
    sha256: String,
}

/// What is known of a backup before it is made.
#[derive(Debug, Clone)]
pub(super) struct Occasion {
    pub(super) taken_at: DateTime<Utc>,
    pub(super) postgres: String,
    pub(super) events: i64,
}

impl Manifest {
    /// Lists a backup's files, and is written as the last of them.
    pub(super) fn write(directory: &Path, occasion: Occasion) -> io::Result<Self> {
        let manifest = Self {
            format: FORMAT.to_owned(),
            taken_at: occasion.taken_at,
            daybook: env!("CARGO_PKG_VERSION").to_owned(),
            postgres: occasion.postgres,
            events: occasion.events,
            files: fingerprints(directory)?,
        };
        let text = serde_json::to_vec_pretty(&manifest)?;
        let new = directory.join("manifest.new");
        fs::write(&new, text)?;
        File::open(&new)?.sync_all()?;
        fs::rename(&new, directory.join(NAME))?;
        File::open(directory)?.sync_all()?;
        Ok(manifest)
    }

    /// Reads a backup's manifest, and makes sure that its files are those that were written.
    ///
    /// # Errors
    /// When it is no backup, or one that was not finished or was changed.
    pub(crate) fn read(directory: &Path) -> Result<Self, Failure> {
        let path = directory.join(NAME);
        let text = fs::read(&path).map_err(|error| {
            Failure::surroundings(format!(
                "{}: {error}; name the directory of a finished backup",
                path.display()
            ))
        })?;
        let manifest: Self = serde_json::from_slice(&text)
            .map_err(|error| Failure::surroundings(format!("{}: {error}", path.display())))?;
        if manifest.format != FORMAT {
            let format = &manifest.format;
            return Err(Failure::surroundings(format!(
                "the backup is of the form {format:?}, not {FORMAT:?}"
            )));
        }
        let found = fingerprints(directory)
            .map_err(|error| Failure::surroundings(format!("{}: {error}", directory.display())))?;
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

    /// Whether it has a file.
    pub(super) fn has(&self, name: &str) -> bool {
        self.files.contains_key(name)
    }
}

fn fingerprints(directory: &Path) -> io::Result<BTreeMap<String, Fingerprint>> {
    let mut files = BTreeMap::new();
    let mut waiting = vec![PathBuf::new()];
    while let Some(below) = waiting.pop() {
        for entry in fs::read_dir(directory.join(&below))? {
            let entry = entry?;
            let path = below.join(entry.file_name());
            if entry.file_type()?.is_dir() {
                waiting.push(path);
                continue;
            }
            let name = path.display().to_string();
            if name != NAME {
                files.insert(name, fingerprint(&directory.join(&path))?);
            }
        }
    }
    Ok(files)
}

fn fingerprint(path: &Path) -> io::Result<Fingerprint> {
    let (bytes, sha256) = digest_of(path)?;
    Ok(Fingerprint { bytes, sha256 })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_backup_that_was_changed_is_refused() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path();
        fs::create_dir(path.join("checkpoints")).unwrap();
        fs::write(path.join("checkpoints/one"), "note").unwrap();
        fs::write(path.join("database.dump"), "rows").unwrap();
        let refusal = Manifest::read(path).unwrap_err().to_string();
        assert!(refusal.contains("finished backup"), "{refusal}");
        let occasion = Occasion {
            taken_at: DateTime::UNIX_EPOCH,
            postgres: "15.1".to_owned(),
            events: 7,
        };
        let written = Manifest::write(path, occasion).unwrap();
        assert_eq!(Manifest::read(path).unwrap(), written);
        assert_eq!(written.bytes(), 8);
        fs::write(path.join("more"), "").unwrap();
        let refusal = Manifest::read(path).unwrap_err().to_string();
        assert!(refusal.contains("\"more\""), "{refusal}");
        fs::remove_file(path.join("more")).unwrap();
        fs::write(path.join("checkpoints/one"), "nose").unwrap();
        let refusal = Manifest::read(path).unwrap_err().to_string();
        assert!(refusal.contains("checkpoints/one"), "{refusal}");
    }
}
