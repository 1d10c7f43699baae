//! The command line.

use std::path::PathBuf;

use clap::{Parser, Subcommand};

use super::{audit, backup, import, keys, mail, projections, replay, restore, serve, up, work};

/// Daybook: the backend of a multi-tenant business operating system, posted from an event log.
#[derive(Debug, Parser)]
#[command(
    name = "daybook",
    version,
    propagate_version = true,
    after_help = "\
`daybook up` is all it takes to begin: it brings its own PostgreSQL where DATABASE_URL names none.
Every other command works beside it on the same data directory.

Settings come from environment variables and from daybook.toml in the data directory:
  DAYBOOK_LISTEN      addresses to listen on       [127.0.0.1:8080]
  DAYBOOK_DATA        the data directory           [.daybook]
  DATABASE_URL        a PostgreSQL 15 or newer     [a private one]
  DAYBOOK_PUBLIC_URL  how clients reach us         [the first address]
  DAYBOOK_SMTP_URL    smtp://user:password@host    [mail is kept: `daybook mail`]
  DAYBOOK_MASTER_KEY  32 bytes in base64           [master.key in the data directory]
  DAYBOOK_LOG         what to log                  [info]
  DAYBOOK_LOG_FORMAT  pretty or json               [pretty]
  DAYBOOK_ENV         development or production    [development]

Exit codes: 0 done, 1 failed, 2 wrong usage or surroundings (the message says what to do),
130 interrupted before it was done."
)]
pub(super) struct Arguments {
    /// The configuration file [default: daybook.toml in the data directory, if it is there]
    #[arg(long, global = true, value_name = "FILE")]
    pub(super) config: Option<PathBuf>,
    #[command(subcommand)]
    pub(super) command: Command,
}

#[derive(Debug, Subcommand)]
pub(super) enum Command {
    /// Start everything in one process: PostgreSQL if none is given, migrations, readers, API
    Up(up::Up),
    /// Answer clients only; readers run elsewhere (`daybook work`)
    Serve(serve::Serve),
    /// Read the log only: projections, timers, mail; clients are answered elsewhere
    Work(work::Work),
    /// Bring the database's schema to the version of this program
    Migrate,
    /// Import documents of other systems
    Import(import::Import),
    /// Look after the seal, check sealed histories
    Audit(audit::Audit),
    /// Look after the keys that personal data is sealed under
    Keys(keys::Keys),
    /// Save everything that cannot be made again
    Backup(backup::Save),
    /// Restore a backup, and check it against what was signed
    Restore(restore::Back),
    /// Print the GraphQL schema
    Schema,
    /// Show and rebuild read models, and take a rebuild back
    Projections(projections::Projections),
    /// Build a tenant's read models anew from the log and compare them with the live ones
    Replay(replay::Replay),
    /// Check the installation and say what to do
    Doctor,
    /// Take what is left of erased and deleted rows off the disk
    Scrub,
    /// Show mails that are kept
    Mail(mail::Mail),
}
