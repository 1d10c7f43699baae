//! When does what an erasure left in the files of the private PostgreSQL go?
//!
//! At a quiet hour, once somebody was erased since the last time. Tables are locked while they are
//! rewritten, so it is not done at once; what is asked for by `daybook scrub` is the same.

use std::fs::{File, OpenOptions, TryLockError};
use std::io::{self, Read, Seek, Write};
use std::os::unix::fs::OpenOptionsExt;
use std::path::{Path, PathBuf};

use daybook_store::{Database, Scrubbed};
use thiserror::Error;
use tokio_util::sync::CancellationToken;

use crate::react::calendar::at_times;

/// Rids a private server's files of those who were erased.
#[derive(Debug, Clone)]
pub(crate) struct Scrubbing {
    /// The private server's.
    pub(crate) database: Database,
    /// When, as a cron expression with seconds, in UTC.
    pub(crate) times: String,
    /// Where the last time is noted.
    pub(crate) note: PathBuf,
}

/// Why nothing was scrubbed.
#[derive(Debug, Error)]
pub(crate) enum ScrubError {
    #[error(transparent)]
    Database(#[from] daybook_store::DatabaseError),
    #[error("{0}: {1}")]
    Note(PathBuf, io::Error),
}

impl Scrubbing {
    /// Does it at its times, until stopped.
    pub(crate) async fn run(self, stop: CancellationToken) {
        let times = self.times.clone();
        let look = move || {
            let scrubbing = self.clone();
            async move { scrubbing.look().await }
        };
        if let Err(error) = at_times(&times, look, &stop).await {
            tracing::error!(%error, "nobody scrubs the private PostgreSQL in this process");
        }
    }

    async fn look(&self) {
        match self.scrub_where_needed().await {
            Ok(None) => {}
            Ok(Some(scrubbed)) if scrubbed.is_whole() => {
                let tables = scrubbed.rewritten.len();
                tracing::info!(tables, "the private PostgreSQL was scrubbed after erasures");
            }
            Ok(Some(scrubbed)) => {
                let (busy, onlookers) = (scrubbed.busy, scrubbed.onlookers);
                tracing::warn!(
                    ?busy,
                    ?onlookers,
                    "something may be left of who was erased; the next scrub tries again"
                );
            }
            Err(error) => tracing::warn!(%error, "the private PostgreSQL was not scrubbed"),
        }
    }

    /// `None`: nobody was erased since the last time, or another process is at it.
    async fn scrub_where_needed(&self) -> Result<Option<Scrubbed>, ScrubError> {
        let at_note = |error| ScrubError::Note(self.note.clone(), error);
        let Some(mut note) = Note::take(&self.note).map_err(at_note)? else {
            return Ok(None);
        };
        let erased = self.database.erased_people().await?;
        // Fewer than noted: the database was restored, and others may be gone.
        if erased == note.erased {
            return Ok(None);
        }
        let scrubbed = self.database.scrub(|_| ()).await?;
        if scrubbed.is_whole() {
            note.write(erased).map_err(at_note)?;
        }
        Ok(Some(scrubbed))
    }
}

/// How many people were erased when the last whole scrub began; one process at a time has it.
#[derive(Debug)]
struct Note {
    file: File,
    erased: i64,
}

impl Note {
    /// `None`: another process has it.
    fn take(path: &Path) -> io::Result<Option<Self>> {
        let mut file = OpenOptions::new()
            .create(true)
            .read(true)
            .write(true)
            .truncate(false)
            .mode(0o600)
            .open(path)?;
        match file.try_lock() {
            Ok(()) => {}
            Err(TryLockError::WouldBlock) => return Ok(None),
            Err(TryLockError::Error(error)) => return Err(error),
        }
        let mut text = String::new();
        file.read_to_string(&mut text)?;
        // Cut short by a crash, it is as if nothing had been scrubbed.
        let erased = text.trim_end_matches('\n').parse();
        let erased = erased.ok().filter(|_| text.ends_with('\n')).unwrap_or(0);
        Ok(Some(Self { file, erased }))
    }

    fn write(&mut self, erased: i64) -> io::Result<()> {
        let text = format!("{erased}\n");
        self.file.set_len(0)?;
        self.file.rewind()?;
        self.file.write_all(text.as_bytes())?;
        self.file.sync_data()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_at_a_time_has_the_note_and_finds_what_was_written() {
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("scrubbed");
        let mut note = Note::take(&path).unwrap().unwrap();
        assert_eq!(note.erased, 0);
        assert!(Note::take(&path).unwrap().is_none());
        note.write(12).unwrap();
        drop(note);
        assert_eq!(Note::take(&path).unwrap().unwrap().erased, 12);
        std::fs::write(&path, "1").unwrap();
        assert_eq!(Note::take(&path).unwrap().unwrap().erased, 0);
    }
}
