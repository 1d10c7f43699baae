//! How does a backup come back?

use std::fs::{self, OpenOptions};
use std::io::{self, Write};
use std::os::unix::fs::{DirBuilderExt, OpenOptionsExt};
use std::path::{Path, PathBuf};

use daybook_store::Database;

use super::manifest::Manifest;
use super::tool::Tool;
use crate::config::{Config, MasterKeySource};
use crate::console::Console;
use crate::failure::Failure;

/// What is to be restored.
#[derive(Debug, Clone)]
pub(crate) struct Restore {
    /// The directory of the backup.
    pub(crate) from: PathBuf,
}

/// Restores a backup into an empty database, and files where there are none. What is in the data
/// directory already is newer, and stays: checkpoints, the master key, the journal of erasures.
///
/// # Errors
/// When the backup is damaged, the database is not empty, or a program is missing. Nothing was
/// changed then; after any other failure the database is to be emptied and this run again.
pub(crate) async fn put_back(
    config: &Config,
    (database, console): (&Database, &Console),
    restore: &Restore,
) -> Result<Manifest, Failure> {
    console.step("reading the backup");
    let manifest = Manifest::read(&restore.from)?;
    if !database.is_empty().await? {
        return Err(Failure::surroundings(format!(
            "the database at {} is not empty; restore into a new one, or a new data directory",
            database.at()
        )));
    }
    let tool = Tool::find(config, database, "pg_restore").await?;
    database.make_roles().await?;
    console.step("restoring the database");
    let name = database.name();
    let arguments = [
        "--exit-on-error",
        "--single-transaction",
        "--no-password",
        "--dbname",
        name,
    ];
    tool.run(&arguments, &restore.from.join("database.dump"))
        .await?;
    let files = || -> io::Result<()> {
        restore_checkpoints(&restore.from.join("checkpoints"), &config.audit.checkpoints)?;
        match &config.audit.master_key {
            MasterKeySource::File(file) if manifest.has("master.key") => {
                restore_file(&restore.from.join("master.key"), file, 0o600)
            }
            MasterKeySource::File(_) | MasterKeySource::Given(_) => Ok(()),
        }
    };
    files().map_err(|error| Failure::surroundings(format!("the backup's files: {error}")))?;
    Ok(manifest)
}

fn restore_checkpoints(from: &Path, to: &Path) -> io::Result<()> {
    fs::DirBuilder::new()
        .recursive(true)
        .mode(0o755)
        .create(to)?;
    for entry in fs::read_dir(from)? {
        let entry = entry?;
        restore_file(&entry.path(), &to.join(entry.file_name()), 0o644)?;
    }
    fs::File::open(to)?.sync_all()
}

/// Copies a file where there is none.
fn restore_file(from: &Path, to: &Path, mode: u32) -> io::Result<()> {
    let bytes = fs::read(from)?;
    let mut options = OpenOptions::new();
    let opened = options.write(true).create_new(true).mode(mode).open(to);
    match opened {
        Ok(mut file) => {
            file.write_all(&bytes)?;
            file.sync_all()
        }
        Err(error) if error.kind() == io::ErrorKind::AlreadyExists => Ok(()),
        Err(error) => Err(error),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_there_already_is_newer_and_stays() {
        let folder = tempfile::tempdir().unwrap();
        let (from, to) = (folder.path().join("from"), folder.path().join("to"));
        fs::create_dir_all(&from).unwrap();
        fs::create_dir_all(&to).unwrap();
        fs::write(from.join("one"), "old").unwrap();
        fs::write(from.join("two"), "old").unwrap();
        fs::write(to.join("one"), "new").unwrap();
        restore_checkpoints(&from, &to).unwrap();
        assert_eq!(fs::read_to_string(to.join("one")).unwrap(), "new");
        assert_eq!(fs::read_to_string(to.join("two")).unwrap(), "old");
    }
}
