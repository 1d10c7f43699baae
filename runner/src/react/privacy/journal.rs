//! Which erasures must survive the restore of an older backup?
//!
//! A file outside of the database, one line of JSON for each erasure, on the disk before the key is
//! destroyed. It holds ids and times and nothing about a person.

use std::collections::HashSet;
use std::fs::{self, DirBuilder, File, OpenOptions};
use std::io::{self, Read, Seek, SeekFrom, Write};
use std::os::unix::fs::{DirBuilderExt, OpenOptionsExt};
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};

use chrono::{DateTime, Utc};
use daybook_domain::kernel::TenantId;
use daybook_domain::privacy::data_subject::{Basis, Subject};
use serde::{Deserialize, Serialize};

/// An erasure.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Entry {
    /// In whose log; the platform's own tenant for users.
    pub(crate) tenant: TenantId,
    /// Who.
    pub(crate) subject: Subject,
    /// Why.
    pub(crate) basis: Basis,
    /// When it was decided.
    pub(crate) at: DateTime<Utc>,
}

impl Entry {
    /// Whose it is: nobody is erased twice.
    fn person(&self) -> (TenantId, Subject) {
        (self.tenant, self.subject)
    }
}

/// The file. Cheap to clone.
#[derive(Debug, Clone)]
pub(crate) struct Journal {
    path: Arc<PathBuf>,
    /// One writer at a time in this process; others on the same file append whole lines.
    writing: Arc<Mutex<()>>,
}

impl Journal {
    /// The journal in this file, which need not be there yet.
    pub(crate) fn at(path: impl Into<PathBuf>) -> Self {
        Self {
            path: Arc::new(path.into()),
            writing: Arc::default(),
        }
    }

    /// Where it is.
    pub(crate) fn path(&self) -> &Path {
        &self.path
    }

    /// Every erasure that was written, oldest first, each once. A line that a crash cut short is no
    /// erasure: its key was not destroyed yet.
    ///
    /// # Errors
    /// When the file cannot be read.
    pub(crate) fn entries(&self) -> io::Result<Vec<Entry>> {
        let text = match fs::read_to_string(&*self.path) {
            Ok(text) => text,
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(Vec::new()),
            Err(error) => return Err(error),
        };
        Ok(read_entries(&text))
    }

    /// Writes the erasures that are not there yet; how many those were. On the disk when this returns.
    ///
    /// # Errors
    /// When the file cannot be written; nothing may be destroyed then.
    pub(crate) fn add(&self, entries: &[Entry]) -> io::Result<usize> {
        let _one_at_a_time = self.writing.lock().unwrap_or_else(PoisonError::into_inner);
        let mut known: HashSet<_> = self.entries()?.iter().map(Entry::person).collect();
        let missing: Vec<&Entry> = entries
            .iter()
            .filter(|entry| known.insert(entry.person()))
            .collect();
        if missing.is_empty() {
            return Ok(0);
        }
        let directory = self.path.parent().filter(|it| !it.as_os_str().is_empty());
        let directory = directory.unwrap_or_else(|| Path::new("."));
        let mut builder = DirBuilder::new();
        builder.recursive(true).mode(0o711).create(directory)?;
        let mut options = OpenOptions::new();
        options.read(true).append(true).create(true).mode(0o600);
        let mut file = options.open(&*self.path)?;
        let mut line = Vec::new();
        if is_cut_short(&mut file)? {
            line.push(b'\n');
        }
        // Each at once and whole: another process may append its own in between.
        for entry in &missing {
            serde_json::to_writer(&mut line, entry)?;
            line.push(b'\n');
            file.write_all(&line)?;
            line.clear();
        }
        file.sync_all()?;
        File::open(directory)?.sync_all()?;
        Ok(missing.len())
    }
}

/// Every erasure that a journal's text has, oldest first, each once.
pub(crate) fn read_entries(text: &str) -> Vec<Entry> {
    let mut entries: Vec<Entry> = Vec::new();
    let mut known = HashSet::new();
    for line in text.lines() {
        let Ok(entry) = serde_json::from_str::<Entry>(line) else {
            if !line.is_empty() {
                tracing::warn!("a line of the erasure journal cannot be read and is left out");
            }
            continue;
        };
        if known.insert(entry.person()) {
            entries.push(entry);
        }
    }
    entries
}

/// Whether a crash left the last line without its end.
fn is_cut_short(file: &mut File) -> io::Result<bool> {
    if file.seek(SeekFrom::End(0))? == 0 {
        return Ok(false);
    }
    file.seek(SeekFrom::End(-1))?;
    let mut last = [0];
    file.read_exact(&mut last)?;
    Ok(last != *b"\n")
}

#[cfg(test)]
mod tests {
    use daybook_domain::kernel::ClientId;
    use uuid::Uuid;

    use super::*;

    fn entry(id: u128) -> Entry {
        Entry {
            tenant: TenantId(Uuid::from_u128(900)),
            subject: ClientId(Uuid::from_u128(id)).into(),
            basis: Basis::Request,
            at: DateTime::UNIX_EPOCH,
        }
    }

    #[test]
    fn keeps_each_erasure_once() {
        let directory = tempfile::tempdir().unwrap();
        let journal = Journal::at(directory.path().join("new").join("erasures.jsonl"));
        assert_eq!(journal.entries().unwrap(), []);
        for id in [1, 2, 1] {
            journal.add(&[entry(id)]).unwrap();
        }
        let again = Journal::at(journal.path());
        again.add(&[entry(2)]).unwrap();
        assert_eq!(journal.entries().unwrap(), [entry(1), entry(2)]);
        assert_eq!(
            fs::read_to_string(journal.path()).unwrap().lines().count(),
            2
        );
    }

    #[test]
    fn goes_on_after_a_line_that_was_cut_short() {
        let directory = tempfile::tempdir().unwrap();
        let journal = Journal::at(directory.path().join("erasures.jsonl"));
        journal.add(&[entry(1)]).unwrap();
        let whole = fs::read_to_string(journal.path()).unwrap();
        let half = &whole[..whole.len() / 2];
        fs::write(journal.path(), format!("{whole}{half}")).unwrap();
        journal.add(&[entry(2)]).unwrap();
        assert_eq!(journal.entries().unwrap(), [entry(1), entry(2)]);
    }
    #[test]
    fn writes_of_thousands_only_those_that_are_missing() {
        let directory = tempfile::tempdir().unwrap();
        let journal = Journal::at(directory.path().join("erasures.jsonl"));
        let all: Vec<Entry> = (0..5_000).map(entry).collect();
        let (some, _) = all.split_at(2_000);
        assert_eq!(journal.add(some).unwrap(), 2_000);
        assert_eq!(journal.add(&all).unwrap(), 3_000);
        let written = fs::read(journal.path()).unwrap();
        assert_eq!(journal.add(&all).unwrap(), 0);
        assert_eq!(fs::read(journal.path()).unwrap(), written);
        assert_eq!(journal.entries().unwrap(), all);
    }

    #[test]
    fn the_first_of_two_lines_about_one_person_counts() {
        let later = Entry {
            at: DateTime::UNIX_EPOCH + chrono::TimeDelta::days(1),
            ..entry(1)
        };
        let lines = [entry(1), entry(2), later].map(|it| serde_json::to_string(&it).unwrap());
        assert_eq!(read_entries(&lines.join("\n")), [entry(1), entry(2)]);
        let directory = tempfile::tempdir().unwrap();
        let journal = Journal::at(directory.path().join("erasures.jsonl"));
        assert_eq!(journal.add(&[entry(1), later]).unwrap(), 1);
        assert_eq!(journal.entries().unwrap(), [entry(1)]);
    }
}
