//! When does what an erasure left in the files of the private PostgreSQL go?
//!
//! Tables are locked while they are rewritten. So those that are rewritten in a moment follow each
//! erasure at once, and with them the write-ahead log goes; larger ones have their turn at a quiet
//! hour. What is asked for by `daybook scrub` is the same, with all tables.

use std::fs::{File, OpenOptions, TryLockError};
use std::io::{self, Read, Seek, Write};
use std::os::unix::fs::OpenOptionsExt;
use std::path::{Path, PathBuf};
use std::time::Duration;

use daybook_store::{Database, Extent, Scrubbed};
use thiserror::Error;
use tokio::sync::watch;
use tokio::time::Instant;
use tokio_util::sync::CancellationToken;

use crate::react::calendar::at_times;

/// What is rewritten in about a second while others wait: 64 MiB (63 MB of invoices took 1.1 s).
const SMALL: Extent = Extent::UpTo(64 << 20);
/// After an erasure, so that several that follow one another are one piece of work.
const QUIET: Duration = Duration::from_secs(1);
/// Between two times, for each of the time that the one before took: who works is hardly disturbed.
const REST: u32 = 20;
/// Until it is tried again where somebody stood in the way; twice that after each failure, up to
/// `LONGEST`.
const AGAIN: Duration = Duration::from_mins(1);
const LONGEST: Duration = Duration::from_hours(1);

/// Rids a private server's files of those who were erased.
#[derive(Debug, Clone)]
pub(crate) struct Scrubbing {
    /// The private server's.
    pub(crate) database: Database,
    /// When the large tables have their turn, as a cron expression with seconds, in UTC.
    pub(crate) times: String,
    /// Where the last time is noted.
    pub(crate) note: PathBuf,
    /// Changes when somebody was forgotten.
    pub(crate) forgotten: watch::Receiver<()>,
}

/// Why nothing was scrubbed.
#[derive(Debug, Error)]
pub(crate) enum ScrubError {
    #[error(transparent)]
    Database(#[from] daybook_store::DatabaseError),
    #[error("{0}: {1}")]
    Note(PathBuf, io::Error),
}

/// Whether there is something to scrub.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Need {
    /// There is.
    Certain,
    /// There is if somebody was erased since the last time.
    PerhapsErased,
}

/// What came of it.
#[derive(Debug)]
enum Outcome {
    /// Another process is at it.
    Elsewhere,
    /// Nobody was erased since the last time.
    NoNeed,
    Done(Scrubbed),
}

impl Scrubbing {
    /// Does it after erasures and at its times, until stopped.
    pub(crate) async fn run(self, stop: CancellationToken) {
        let (times, nightly) = (self.times.clone(), self.clone());
        let look = move || {
            let scrubbing = nightly.clone();
            async move {
                let everything = Extent::Everything;
                scrubbing.look(everything, Need::PerhapsErased).await;
            }
        };
        let (at_times, _) = tokio::join!(
            at_times(&times, look, &stop),
            stop.run_until_cancelled(self.after_erasures())
        );
        if let Err(error) = at_times {
            tracing::error!(%error, "nobody scrubs large tables of the private PostgreSQL");
        }
    }

    async fn after_erasures(mut self) {
        let mut again = AGAIN;
        // Who was erased just before the last stop may be left.
        let mut need = Need::PerhapsErased;
        loop {
            tokio::time::sleep(QUIET).await;
            self.forgotten.mark_unchanged();
            let begun = Instant::now();
            let left = self.look(SMALL, need).await;
            need = Need::Certain;
            let changed = if let Some(left) = left {
                let soon = tokio::time::timeout(again, self.forgotten.changed()).await;
                again = LONGEST.min(again * 2);
                soon.unwrap_or_else(|_| {
                    need = left;
                    Ok(())
                })
            } else {
                again = AGAIN;
                tokio::time::sleep(begun.elapsed() * REST).await;
                self.forgotten.changed().await
            };
            if changed.is_err() {
                return;
            }
        }
    }

    /// What is left to do, if anything.
    async fn look(&self, extent: Extent, need: Need) -> Option<Need> {
        let outcome = match self.scrub(extent, need).await {
            Ok(outcome) => outcome,
            Err(error) => {
                tracing::warn!(%error, "the private PostgreSQL was not scrubbed");
                return Some(need);
            }
        };
        match outcome {
            Outcome::Elsewhere => Some(Need::PerhapsErased),
            Outcome::NoNeed => None,
            Outcome::Done(scrubbed) => self.tell(scrubbed).then_some(need),
        }
    }

    /// Whether somebody stood in the way.
    fn tell(&self, scrubbed: Scrubbed) -> bool {
        let was_hindered = scrubbed.was_hindered();
        let (tables, large) = (scrubbed.rewritten.len(), scrubbed.large);
        if was_hindered {
            let (busy, onlookers) = (scrubbed.busy, scrubbed.onlookers);
            tracing::warn!(
                ?busy,
                ?onlookers,
                "something may be left of who was erased; it is tried again"
            );
        } else if large.is_empty() {
            tracing::info!(tables, "the private PostgreSQL was scrubbed after erasures");
        } else {
            let times = &self.times;
            tracing::info!(
                tables,
                ?large,
                times,
                "the private PostgreSQL was scrubbed after erasures, large tables wait for their time"
            );
        }
        was_hindered
    }

    async fn scrub(&self, extent: Extent, need: Need) -> Result<Outcome, ScrubError> {
        let at_note = |error| ScrubError::Note(self.note.clone(), error);
        let Some(mut note) = Note::take(&self.note).map_err(at_note)? else {
            return Ok(Outcome::Elsewhere);
        };
        let erased = self.database.erased_people().await?;
        // Fewer than noted: the database was restored, and others may be gone.
        if need == Need::PerhapsErased && erased == note.erased {
            return Ok(Outcome::NoNeed);
        }
        let scrubbed = self.database.scrub(extent, |_| ()).await?;
        if scrubbed.is_whole() {
            note.write(erased).map_err(at_note)?;
        }
        Ok(Outcome::Done(scrubbed))
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
