//! How is a backup made?

use std::fs::{self, DirBuilder, File};
use std::io;
use std::os::unix::fs::DirBuilderExt;
use std::path::{Path, PathBuf};

use daybook_store::Database;

use super::manifest::{Manifest, Occasion};
use super::tool::Tool;
use crate::clock;
use crate::config::{Config, MasterKeySource};
use crate::failure::Failure;

/// What a backup is to have.
#[derive(Debug, Clone)]
pub(crate) struct Backup {
    /// The directory, which is made.
    pub(crate) to: PathBuf,
    /// Whether the master key is in it.
    pub(crate) master_key: bool,
}

/// Makes a backup; the database goes on meanwhile.
///
/// # Errors
/// When the directory is there and not empty, a program is missing, or something cannot be read or
/// written.
pub(crate) async fn take(
    config: &Config,
    database: &Database,
    backup: &Backup,
) -> Result<Manifest, Failure> {
    let to = &backup.to;
    let unwritable = |error: io::Error| Failure::surroundings(format!("{}: {error}", to.display()));
    // Whole businesses lie there.
    let made = DirBuilder::new().recursive(true).mode(0o700).create(to);
    made.map_err(unwritable)?;
    if fs::read_dir(to).map_err(unwritable)?.next().is_some() {
        return Err(Failure::surroundings(format!(
            "{} is not empty; name a new directory for each backup",
            to.display()
        )));
    }
    let tool = Tool::find(config, database, "pg_dump").await?;
    let occasion = Occasion {
        taken_at: clock::system(),
        postgres: database.server_version().await?,
        events: database.inspect_log().await?.head,
    };
    // Before the database: what is signed only grows, so the dump continues each of them.
    copy_checkpoints(&config.audit.checkpoints, &to.join("checkpoints")).map_err(unwritable)?;
    if backup.master_key {
        copy_master_key(config, to)?;
    }
    let dump = to.join("database.dump");
    let arguments = ["--format=custom", "--compress=1", "--no-password", "--file"];
    tool.run(&arguments, &dump).await?;
    let dumped = File::open(&dump).and_then(|file| file.sync_all());
    dumped.map_err(unwritable)?;
    Manifest::write(to, occasion).map_err(unwritable)
}

fn copy_checkpoints(from: &Path, to: &Path) -> io::Result<()> {
    fs::create_dir(to)?;
    let found = match fs::read_dir(from) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(()),
        found => found?,
    };
    for entry in found {
        let entry = entry?;
        let name = entry.file_name();
        // One that is being written has a dot before its name.
        if entry.file_type()?.is_file() && !name.as_encoded_bytes().starts_with(b".") {
            fs::copy(entry.path(), to.join(name))?;
        }
    }
    Ok(())
}

fn copy_master_key(config: &Config, to: &Path) -> Result<(), Failure> {
    let MasterKeySource::File(file) = &config.audit.master_key else {
        return Err(Failure::surroundings(
            "the master key is in DAYBOOK_MASTER_KEY, not in a file: keep a copy of it yourself",
        ));
    };
    let copied = fs::copy(file, to.join("master.key"));
    copied.map(drop).map_err(|error| {
        Failure::surroundings(format!("the master key {}: {error}", file.display()))
    })
}
