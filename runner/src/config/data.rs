//! Where does Daybook keep its own files?

use std::path::PathBuf;

use super::source::{Setting, Source};
use crate::react::are_times;

const ERASURES: Setting = Setting {
    key: "data.erasure_journal",
    variable: "DAYBOOK_ERASURE_JOURNAL",
};
const SCRUB: Setting = Setting {
    key: "data.scrub",
    variable: "DAYBOOK_SCRUB",
};
/// When few work.
const AT_NIGHT: &str = "0 0 3 * * *";
const DIRECTORY: Setting = Setting {
    key: "data.directory",
    variable: "DAYBOOK_DATA",
};

/// `[data]`
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Data {
    /// The data directory: the private PostgreSQL and whatever `up --demo` writes.
    pub directory: PathBuf,
    /// The file in which erasures are written down, when that is not in the data directory.
    pub erasure_journal: Option<PathBuf>,
    /// When the large tables of the private PostgreSQL are rid of what erasures left in their files: a
    /// cron expression with seconds, in UTC. The others are at once; none: all only by hand.
    pub scrub: Option<String>,
}

impl Data {
    /// The directory as the environment names it, before any file is read: the file may lie in it.
    pub(super) fn usual_place(source: &Source) -> PathBuf {
        source
            .variable(DIRECTORY.variable)
            .map_or_else(|| PathBuf::from(".daybook"), PathBuf::from)
    }

    pub(super) fn read(source: &mut Source) -> Self {
        let directory = source.get(DIRECTORY, |text| path(text, "a directory"));
        Self {
            erasure_journal: source.get(ERASURES, |text| path(text, "a file")),
            scrub: source
                .get(SCRUB, times)
                .unwrap_or_else(|| Some(AT_NIGHT.to_owned())),
            directory: directory.unwrap_or_else(|| PathBuf::from(".daybook")),
        }
    }

    /// The file in which erasures are written down.
    pub fn erasures(&self) -> PathBuf {
        let own = || self.directory.join("erasures.jsonl");
        self.erasure_journal.clone().unwrap_or_else(own)
    }

    /// The note of when the private PostgreSQL was last rid of what erasures left.
    pub fn scrubbed(&self) -> PathBuf {
        self.directory.join("scrubbed")
    }

    /// Where the private PostgreSQL lives.
    pub fn postgres(&self) -> PathBuf {
        self.directory.join("postgres")
    }
}

fn times(text: &str) -> Result<Option<String>, String> {
    if text == "never" {
        return Ok(None);
    }
    if are_times(text) {
        return Ok(Some(text.to_owned()));
    }
    Err(format!(
        "is {text:?}; expected a cron expression with seconds, such as \"{AT_NIGHT}\" for three at \
         night in UTC, or \"never\""
    ))
}

fn path(text: &str, what: &str) -> Result<PathBuf, String> {
    if text.is_empty() {
        return Err(format!("is empty; name {what}"));
    }
    Ok(PathBuf::from(text))
}
