//! Where does Daybook keep its own files?

use std::path::PathBuf;

use super::source::{Setting, Source};

const DIRECTORY: Setting = Setting {
    key: "data.directory",
    variable: "DAYBOOK_DATA",
};

/// `[data]`
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Data {
    /// The data directory: the private PostgreSQL and whatever `up --demo` writes.
    pub directory: PathBuf,
}

impl Data {
    /// The directory as the environment names it, before any file is read: the file may lie in it.
    pub(super) fn usual_place(source: &Source) -> PathBuf {
        source
            .variable(DIRECTORY.variable)
            .map_or_else(|| PathBuf::from(".daybook"), PathBuf::from)
    }

    pub(super) fn read(source: &mut Source) -> Self {
        let directory = source.get(DIRECTORY, |text| {
            if text.is_empty() {
                return Err("is empty; name a directory".to_owned());
            }
            Ok(PathBuf::from(text))
        });
        Self {
            directory: directory.unwrap_or_else(|| PathBuf::from(".daybook")),
        }
    }

    /// Where the private PostgreSQL lives.
    pub fn postgres(&self) -> PathBuf {
        self.directory.join("postgres")
    }
}
