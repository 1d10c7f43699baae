//! How is a backup made?

use std::fs::{self, File};
use std::io;
use std::path::{Path, PathBuf};

use daybook_store::Database;

use super::manifest::{CHECKPOINTS, DUMP, JOURNAL, MASTER_KEY, Manifest, Occasion};
use super::sink::Sink;
use super::tool::Tool;
use crate::clock;
use crate::config::{Config, MasterKeySource};
use crate::console::Console;
use crate::failure::Failure;

/// What a backup is to have.
#[derive(Debug, Clone)]
pub(crate) struct Backup {
    /// The directory, which is made; one file where the name ends with `.tar`.
    pub(crate) to: PathBuf,
    /// Whether the master key is in it.
    pub(crate) master_key: bool,
}

/// Makes a backup; the database goes on meanwhile.
///
/// # Errors
/// When something is there already, a program is missing, or something cannot be read or written.
pub(crate) async fn take(
    config: &Config,
    (database, console): (&Database, &Console),
    backup: &Backup,
) -> Result<Manifest, Failure> {
    let to = &backup.to;
    let unwritable = |error: io::Error| Failure::surroundings(format!("{}: {error}", to.display()));
    let tool = Tool::find(config, (database, console), "pg_dump").await?;
    let mut sink = Sink::begin(to)?;
    let occasion = Occasion {
        taken_at: clock::system(),
        postgres: database.server_version().await?,
        events: database.inspect_log().await?.head,
    };
    // Before the database: what is signed only grows, so the dump continues each of them. And who
    // is in the journal is erased in the dump, or was just being.
    add_checkpoints(&mut sink, &config.audit.checkpoints).map_err(unwritable)?;
    add_where_there(&mut sink, (JOURNAL, &config.data.erasures())).map_err(unwritable)?;
    if backup.master_key {
        add_master_key(&mut sink, config)?;
    }
    // A replay may drop its schema at any time, and nobody wants it back.
    let arguments = [
        "--format=custom",
        "--compress=1",
        "--no-password",
        "--exclude-schema=daybook_scratch_*",
    ];
    let taken = tool
        .pour_out(&arguments, move |mut dump| {
            let added = sink.add(DUMP, &mut dump);
            added.map(|()| sink)
        })
        .await?;
    let sink = taken.map_err(unwritable)?;
    sink.finish(occasion).map_err(unwritable)
}

fn add_checkpoints(sink: &mut Sink, from: &Path) -> io::Result<()> {
    let found = match fs::read_dir(from) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(()),
        found => found?,
    };
    for entry in found {
        let entry = entry?;
        let name = entry.file_name();
        // One that is being written has a dot before its name.
        if entry.file_type()?.is_file() && !name.as_encoded_bytes().starts_with(b".") {
            let name = format!("{CHECKPOINTS}/{}", name.display());
            sink.add(&name, &mut File::open(entry.path())?)?;
        }
    }
    Ok(())
}

fn add_where_there(sink: &mut Sink, (name, from): (&str, &Path)) -> io::Result<()> {
    match File::open(from) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(()),
        file => sink.add(name, &mut file?),
    }
}

fn add_master_key(sink: &mut Sink, config: &Config) -> Result<(), Failure> {
    let MasterKeySource::File(file) = &config.audit.master_key else {
        return Err(Failure::surroundings(
            "the master key is in DAYBOOK_MASTER_KEY, not in a file: keep a copy of it yourself",
        ));
    };
    let added = File::open(file).and_then(|mut key| sink.add(MASTER_KEY, &mut key));
    added.map_err(|error| {
        Failure::surroundings(format!("the master key {}: {error}", file.display()))
    })
}
