//! How is the server set up, and why so?

use std::fs;

use crate::cluster::home::Home;
use crate::cluster::options::Durability;
use crate::error::Error;
use crate::privilege::give;

/// What every private cluster gets: meant for one small machine that also does other work.
const SETTINGS: &[(&str, &str, &str)] = &[
    (
        "shared_buffers",
        "128MB",
        "enough for a newcomer's data; the system's cache does the rest",
    ),
    (
        "max_connections",
        "400",
        "several Daybook processes and a test run, each with its pools",
    ),
    (
        "max_wal_size",
        "2GB",
        "an import must not force a checkpoint every few seconds",
    ),
    (
        "wal_buffers",
        "32MB",
        "a rebuild waited for the log to be written with an eighth of that, which is the default",
    ),
    (
        "wal_recycle",
        "off",
        "a segment that waits to be used again would still hold what was erased",
    ),
    (
        "log_error_verbosity",
        "terse",
        "details quote rows, and rows are about people",
    ),
    (
        "checkpoint_timeout",
        "15min",
        "each checkpoint makes the next write of every page dearer",
    ),
    (
        "autovacuum_naptime",
        "10s",
        "a table that was empty a moment ago needs statistics before plans for it are good",
    ),
    (
        "random_page_cost",
        "1.1",
        "the disk is a solid state one, so an index is worth its reads",
    ),
    (
        "jit",
        "off",
        "our queries are short: compiling them costs more than running them",
    ),
    (
        "password_encryption",
        "scram-sha-256",
        "no weaker form of a password is ever stored",
    ),
    (
        "timezone",
        "UTC",
        "the same text for the same instant on every machine",
    ),
    ("log_timezone", "UTC", "times in the log compare with ours"),
    ("log_line_prefix", "'%m [%p] %q%u@%d '", "who said it"),
    (
        "log_destination",
        "stderr",
        "we keep the log: see server.log beside the data directory",
    ),
    (
        "logging_collector",
        "off",
        "one process less, and what fails early is in the same file",
    ),
    ("lc_messages", "C", "we read some messages, in English"),
    ("log_checkpoints", "off", "noise in a newcomer's log"),
];

/// What only Linux has.
const LINUX_SETTINGS: &[(&str, &str, &str)] = &[(
    "recovery_init_sync_method",
    "syncfs",
    "after a crash: one call instead of a thousand, 0.4 s instead of 2.4 s on a busy disk",
)];

/// What [`Durability::Off`] changes.
const UNSAFE_SETTINGS: &[(&str, &str, &str)] = &[
    ("fsync", "off", "tests that do not measure writing"),
    ("full_page_writes", "off", "only useful together with fsync"),
    ("synchronous_commit", "off", "nobody waits for the log"),
    (
        "autovacuum_naptime",
        "1min",
        "a test run has a hundred databases, and each is visited in that time",
    ),
];

const FILE: &str = "daybook.conf";

/// Appended to the cluster's own configuration once: ours, then the user's.
pub(crate) const INCLUDES: &str = "\ninclude = 'daybook.conf'\ninclude_if_exists = 'local.conf'\n";

/// What the user's own file holds at first.
pub(crate) const LOCAL: &str =
    "# Settings of your own for this PostgreSQL; they win over Daybook's.\n";

/// Writes our settings into the data directory; done at every start, so a new version brings its own.
///
/// # Errors
/// When the data directory cannot be written.
pub(crate) fn write(home: &Home, durability: Durability) -> Result<(), Error> {
    let path = home.data().join(FILE);
    fs::write(&path, text(durability)).map_err(|source| Error::writing(&path, source))?;
    give(&path, home.account())
}

fn text(durability: Durability) -> String {
    let header = "# Written by Daybook at every start: put settings of your own into local.conf.\n";
    let mut settings = SETTINGS.to_vec();
    if cfg!(target_os = "linux") {
        settings.extend_from_slice(LINUX_SETTINGS);
    }
    if durability == Durability::Off {
        settings.extend_from_slice(UNSAFE_SETTINGS);
    }
    settings
        .iter()
        .map(|(name, value, why)| format!("{name} = {value}  # {why}\n"))
        .fold(header.to_owned(), |text, line| text + &line)
}
