//! Where is the master key?
//!
//! In the configuration or in a file. A file that is missing is made, but only where no key was
//! kept yet: a new one would open none of what is there.

use std::fs;
use std::io;
use std::os::unix::fs::MetadataExt;
use std::path::Path;

use daybook_store::Database;
use daybook_store::vault::{KEY, MasterKey, random};
use secrecy::ExposeSecret;

use crate::config::{Audit, MasterKeySource, key_of, written};
use crate::failure::Failure;
use crate::private_file;

/// Whether a missing file may be made.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Made {
    /// Nothing was sealed yet.
    WhereMissing,
    /// Something is sealed under the key that is missing.
    Never,
}

/// The master key of an installation; made where no key was kept under one yet.
///
/// # Errors
/// When it is missing or no key; the text says what to do.
pub(crate) async fn master_key(audit: &Audit, database: &Database) -> Result<MasterKey, Failure> {
    let made = if database.keeps_keys().await? {
        Made::Never
    } else {
        Made::WhereMissing
    };
    both(audit, made)
}

/// The master key of an installation, if it is there.
///
/// # Errors
/// When it is missing or no key.
pub(crate) fn master_key_as_it_is(audit: &Audit) -> Result<MasterKey, Failure> {
    both(audit, Made::Never)
}

fn both(audit: &Audit, made: Made) -> Result<MasterKey, Failure> {
    let key = MasterKey::new(key(&audit.master_key, made)?);
    match &audit.other_master_key {
        Some(other) => Ok(key.accepting(self::key(other, Made::Never)?)),
        None => Ok(key),
    }
}

fn key(source: &MasterKeySource, made: Made) -> Result<[u8; KEY], Failure> {
    let file = match source {
        MasterKeySource::Given(key) => {
            let key = key_of(key.expose_secret());
            return key
                .map_err(|fault| Failure::surroundings(format!("DAYBOOK_MASTER_KEY {fault}")));
        }
        MasterKeySource::File(file) => file,
    };
    let shown = file.display();
    match read(file) {
        Ok(text) => {
            let key = key_of(&text);
            let key = key.map_err(|fault| {
                Failure::surroundings(format!("the master key in {shown} {fault}"))
            })?;
            warn_if_others_read(file);
            Ok(key)
        }
        Err(error) if error.kind() == io::ErrorKind::NotFound => match made {
            Made::WhereMissing => make(file),
            Made::Never => Err(Failure::surroundings(format!(
                "the master key {shown} is missing, and this database has keys that are sealed \
                 under it; restore the file from its backup, or set DAYBOOK_MASTER_KEY"
            ))),
        },
        Err(error) => Err(Failure::surroundings(format!(
            "the master key {shown} cannot be read: {error}"
        ))),
    }
}

fn read(file: &Path) -> io::Result<String> {
    match fs::read_to_string(file) {
        // The data directory itself is not there.
        Err(error) if error.kind() == io::ErrorKind::NotADirectory => {
            Err(io::ErrorKind::NotFound.into())
        }
        read => read,
    }
}

fn make(file: &Path) -> Result<[u8; KEY], Failure> {
    let key: [u8; KEY] = random().map_err(Failure::failed)?;
    match private_file::create(file, &format!("{}\n", written(&key))) {
        Ok(()) => {}
        // Another process made one at this moment.
        Err(error) if error.kind() == io::ErrorKind::AlreadyExists && file.exists() => {
            return self::key(&MasterKeySource::File(file.to_owned()), Made::Never);
        }
        Err(error) => {
            return Err(Failure::surroundings(format!(
                "the master key cannot be written to {}: {error}; choose another file with \
                 DAYBOOK_MASTER_KEY_FILE, or set DAYBOOK_MASTER_KEY",
                file.display()
            )));
        }
    }
    tracing::warn!(
        file = %file.display(),
        "a master key was made; keep a copy of it apart from the backups of the database"
    );
    Ok(key)
}

fn warn_if_others_read(file: &Path) {
    if fs::metadata(file).is_ok_and(|found| found.mode() & 0o077 != 0) {
        tracing::warn!(
            file = %file.display(),
            "others can read the master key; take that right away: chmod 600"
        );
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn is_made_once_for_us_alone_and_never_where_something_is_sealed() {
        let directory = tempfile::tempdir().unwrap();
        let file = directory.path().join("data/master.key");
        let source = MasterKeySource::File(file.clone());
        let failure = key(&source, Made::Never).unwrap_err();
        assert!(failure.to_string().contains("is missing"), "{failure}");
        assert!(!file.exists());
        let first = key(&source, Made::WhereMissing).unwrap();
        assert_eq!(fs::metadata(&file).unwrap().mode() & 0o777, 0o600);
        let second = key(&source, Made::WhereMissing).unwrap();
        assert_eq!(first, second);
        assert_eq!(fs::read_dir(file.parent().unwrap()).unwrap().count(), 1);
        fs::write(&file, "no key").unwrap();
        let failure = key(&source, Made::WhereMissing).unwrap_err();
        assert!(failure.to_string().contains("is not a key"), "{failure}");
        assert!(!failure.to_string().contains("no key"), "{failure}");
    }
}
