//! `daybook backup`: everything that cannot be made again, in one directory or one file.

use std::path::PathBuf;
use std::time::Instant;

use clap::Args;

use super::run::Given;
use crate::app::must_be_current;
use crate::backup::{Backup, take};
use crate::failure::Failure;

/// Makes a backup while everything goes on, with PostgreSQL's own `pg_dump`. Everything that was
/// acknowledged before it began is in it. Keep it where this machine cannot delete it.
#[derive(Debug, Args)]
#[command(after_help = "\
In it: the database, the checkpoints outside of it, the journal of erasures, and the digest of each.
Not in it: archives of exports, which can be asked for again; the master key.
Exit codes: 0 done, 1 failed, 2 wrong usage or surroundings, such as a missing pg_dump.")]
pub(super) struct Save {
    /// A new directory, which is made; or a new file, whose name ends with .tar: it has that name
    /// when all of it is there
    #[arg(value_name = "DIRECTORY|FILE.tar")]
    to: PathBuf,
    /// Put the master key into it, too: whoever has the backup then has the signing keys and the
    /// keys of personal data. Better keep it apart
    #[arg(long)]
    with_master_key: bool,
}

impl Save {
    pub(super) async fn run(self, given: Given) -> Result<(), Failure> {
        let since = Instant::now();
        let backup = Backup {
            to: self.to,
            master_key: self.with_master_key,
        };
        if backup.master_key {
            given.console.step(
                "the master key is in this backup: whoever has it has all keys; keep it locked away",
            );
        }
        let (config, console) = (&given.config, &given.console);
        let wanted = backup.clone();
        let manifest = given
            .with_database(|database| async move {
                must_be_current(&database).await?;
                take(config, (&database, console), &wanted).await
            })
            .await?;
        given.console.result(format!(
            "{}: {} events or a few more, {} bytes, in {} ms",
            backup.to.display(),
            manifest.events,
            manifest.bytes(),
            since.elapsed().as_millis()
        ));
        Ok(())
    }
}
