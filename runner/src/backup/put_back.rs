//! How does a backup come back?

use std::fs::{self, OpenOptions};
use std::io::{self, Read};
use std::os::unix::fs::{DirBuilderExt, OpenOptionsExt};
use std::path::{Path, PathBuf};

use daybook_store::Database;

use super::manifest::{CHECKPOINTS, DUMP, JOURNAL, MASTER_KEY, Manifest};
use super::source::Source;
use super::tool::Tool;
use crate::config::{Config, MasterKeySource};
use crate::console::Console;
use crate::failure::Failure;
use crate::react::privacy::{Journal, read_entries};

/// What is to be restored.
#[derive(Debug, Clone)]
pub(crate) struct Restore {
    /// The backup: a directory or a file.
    pub(crate) from: PathBuf,
}

/// Restores a backup into an empty database, and files where there are none. What is in the data
/// directory already is newer, and stays: checkpoints, the master key. Erasures that the backup's journal
/// has and the one here has not are added to it: nobody is ever taken out.
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
    let from = restore.from.clone();
    let opened = tokio::task::spawn_blocking(move || Source::open(&from)).await;
    let source = opened.map_err(|error| Failure::failed(error.to_string()))??;
    if !database.is_empty().await? {
        return Err(Failure::surroundings(format!(
            "the database at {} is not empty; restore into a new one, or a new data directory",
            database.at()
        )));
    }
    let tool = Tool::find(config, (database, console), "pg_restore").await?;
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
    let unreadable = |error| Failure::surroundings(format!("the backup's files: {error}"));
    let dump = source.find(DUMP).map_err(unreadable)?;
    let dump = dump.ok_or_else(|| {
        Failure::failed(format!("the backup has no {DUMP}; nothing was restored"))
    })?;
    tool.pour_in(&arguments, dump).await?;
    restore_files(config, &source).map_err(unreadable)?;
    Ok(source.manifest)
}

fn restore_files(config: &Config, source: &Source) -> io::Result<()> {
    restore_checkpoints(source, &config.audit.checkpoints)?;
    if let Some(mut journal) = source.find(JOURNAL)? {
        let mut text = String::new();
        journal.read_to_string(&mut text)?;
        let own = Journal::at(config.data.erasures());
        own.add(&read_entries(&text))?;
    }
    match (&config.audit.master_key, source.find(MASTER_KEY)?) {
        (MasterKeySource::File(file), Some(mut key)) => restore_file(&mut key, file, 0o600),
        (MasterKeySource::File(_) | MasterKeySource::Given(_), _) => Ok(()),
    }
}

fn restore_checkpoints(source: &Source, to: &Path) -> io::Result<()> {
    fs::DirBuilder::new()
        .recursive(true)
        .mode(0o755)
        .create(to)?;
    for name in source.below(CHECKPOINTS) {
        if let Some(mut from) = source.find(&format!("{CHECKPOINTS}/{name}"))? {
            restore_file(&mut from, &to.join(name), 0o644)?;
        }
    }
    fs::File::open(to)?.sync_all()
}

/// Copies a file where there is none.
fn restore_file(from: &mut impl Read, to: &Path, mode: u32) -> io::Result<()> {
    let mut options = OpenOptions::new();
    let opened = options.write(true).create_new(true).mode(mode).open(to);
    match opened {
        Ok(mut file) => {
            io::copy(from, &mut file)?;
            file.sync_all()
        }
        Err(error) if error.kind() == io::ErrorKind::AlreadyExists => Ok(()),
        Err(error) => Err(error),
    }
}

#[cfg(test)]
mod tests {
    use chrono::DateTime;

    use super::super::manifest::Occasion;
    use super::super::sink::Sink;
    use super::*;

    #[test]
    fn what_is_there_already_is_newer_and_stays() {
        let folder = tempfile::tempdir().unwrap();
        let (from, to) = (folder.path().join("from.tar"), folder.path().join("to"));
        let mut sink = Sink::begin(&from).unwrap();
        for name in ["checkpoints/one", "checkpoints/two"] {
            sink.add(name, &mut "old".as_bytes()).unwrap();
        }
        let occasion = Occasion {
            taken_at: DateTime::UNIX_EPOCH,
            postgres: "15.1".to_owned(),
            events: 7,
        };
        sink.finish(occasion).unwrap();
        fs::create_dir_all(&to).unwrap();
        fs::write(to.join("one"), "new").unwrap();
        restore_checkpoints(&Source::open(&from).unwrap(), &to).unwrap();
        assert_eq!(fs::read_to_string(to.join("one")).unwrap(), "new");
        assert_eq!(fs::read_to_string(to.join("two")).unwrap(), "old");
    }
}
