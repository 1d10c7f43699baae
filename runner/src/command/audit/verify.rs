//! `daybook audit verify`: is an archive sound?

use std::fs::File;
use std::path::PathBuf;

use clap::Args;
use daybook_audit::archive::{Options, Outcome, verify};

use super::given::{checkpoints_of, keys_of};
use crate::console::Console;
use crate::failure::Failure;

/// Checks that an archive is complete and unaltered, and says what was checked. Needs neither a
/// database nor a network.
///
/// What cannot be seen from an archive alone: that its operator rewrote everything and signed it
/// again, or cut the tail. Hold it against a key and checkpoints that you got another way. One shows
/// that the history is another one; several, of different sizes, show between which events it begins
/// to be.
#[derive(Debug, Args)]
#[command(after_help = "\
Exit codes: 0 sound, 1 tampered, 2 incomplete (or something given cannot be read), 3 wrong key.")]
pub(super) struct Verify {
    /// The archive: daybook-audit-….tar.gz
    archive: PathBuf,
    /// A checkpoint that was kept outside, of the same history or an earlier one, or a folder of
    /// such; may be given several times
    #[arg(long = "checkpoint", value_name = "FILE")]
    checkpoints: Vec<PathBuf>,
    /// A key that alone counts, or a file of keys [default: those in the archive]
    #[arg(long = "key", value_name = "KEY")]
    keys: Vec<String>,
}

impl Verify {
    pub(super) fn run(self) -> Result<(), Failure> {
        let keys = self.keys.iter().map(|key| keys_of(key));
        let checkpoints = self.checkpoints.iter().map(|path| checkpoints_of(path));
        let options = Options {
            keys: keys.collect::<Result<Vec<_>, _>>()?.concat(),
            checkpoints: checkpoints.collect::<Result<Vec<_>, _>>()?.concat(),
        };
        let archive = File::open(&self.archive).map_err(|error| {
            Failure::surroundings(format!("{}: {error}", self.archive.display()))
        })?;
        let report = verify(archive, &options);
        Console::new().result(&report);
        match report.outcome() {
            Outcome::Sound => Ok(()),
            outcome => Err(Failure::found(
                outcome.exit_code(),
                format!("{}: {outcome}", self.archive.display()),
            )),
        }
    }
}
