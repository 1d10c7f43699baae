//! What is to be imported, and how.

use std::path::PathBuf;
use std::time::Duration;

use chrono::{DateTime, Utc};
use daybook_domain::kernel::Currency;
use daybook_store::Origin;
use encoding_rs::Encoding;
use tokio_util::sync::CancellationToken;

use super::dates::DateOrder;
use super::mapping::Mapping;
use super::progress::Report;

/// One import.
pub struct Job {
    /// A regular file: CSV, plain or compressed with gzip.
    pub file: PathBuf,
    /// How to read it.
    pub options: Options,
    /// What time it is.
    pub clock: fn() -> DateTime<Utc>,
    /// Cancelled to stop: what was begun is finished, nothing else is begun.
    pub stop: CancellationToken,
    /// Told several times a second how far it is.
    pub report: Report,
}

impl std::fmt::Debug for Job {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Job")
            .field("file", &self.file)
            .field("options", &self.options)
            .finish_non_exhaustive()
    }
}

/// How a file is read and imported.
#[derive(Debug, Clone)]
pub struct Options {
    /// Which column is what.
    pub mapping: Mapping,
    /// What separates columns; none for whatever the header shows: comma, semicolon, tab or bar.
    pub delimiter: Option<u8>,
    /// The file's encoding; none for UTF-8, and Windows-1252 where it is not (UTF-16 is known by
    /// its mark).
    pub encoding: Option<&'static Encoding>,
    /// The currency of all amounts.
    pub currency: Currency,
    /// How dates with the year last are read; none for the only way in which all of them are dates, or in
    /// which the rows are in order of time.
    pub dates: Option<DateOrder>,
    /// Where refused rows go; none for `FILE.rejects.csv`, in the working directory where the
    /// file's cannot be written.
    pub rejects: Option<PathBuf>,
    /// Documents on their way to the log at the same time.
    pub in_flight: usize,
    /// How long the database may be away.
    pub patience: Duration,
    /// Who has it imported, and why.
    pub origin: Origin,
}

impl Default for Options {
    fn default() -> Self {
        Self {
            mapping: Mapping::default(),
            delimiter: None,
            encoding: None,
            currency: Currency::GBP,
            dates: None,
            rejects: None,
            in_flight: 128,
            patience: Duration::from_mins(5),
            origin: Origin::default(),
        }
    }
}
