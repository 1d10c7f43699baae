//! How far is an import, and what did it do?

use std::fmt::{self, Display};
use std::io::{self, IsTerminal, Write};
use std::path::PathBuf;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use super::dates::DateOrder;

/// Told how far an import is.
pub type Report = Arc<dyn Fn(&Progress) + Send + Sync>;

/// What an import is doing.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Phase {
    /// Finding out what is in the file.
    Reading,
    /// Issuing its documents.
    Importing,
    /// The database is away; it is asked again and again.
    Waiting,
}

/// How far an import is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Progress {
    /// What it is doing.
    pub phase: Phase,
    /// Rows that are dealt with; while reading, rows that were read.
    pub rows: u64,
    /// Rows of the file; none while reading.
    pub total: Option<u64>,
    /// Rows that were refused.
    pub refused: u64,
    /// Since when, in this phase.
    pub elapsed: Duration,
}

impl Progress {
    /// Rows per second.
    pub fn rate(&self) -> u64 {
        per_second(self.rows, self.elapsed)
    }

    /// How long the rest takes at this rate; none when that cannot be said.
    pub fn left(&self) -> Option<Duration> {
        let rest = self.total?.checked_sub(self.rows)?;
        Some(Duration::from_secs(rest.checked_div(self.rate())?))
    }
}

fn per_second(count: u64, elapsed: Duration) -> u64 {
    let milliseconds = u64::try_from(elapsed.as_millis())
        .unwrap_or(u64::MAX)
        .max(1);
    count.saturating_mul(1_000) / milliseconds
}

impl Display for Progress {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let rows = Grouped(self.rows);
        let Some(total) = self.total else {
            return write!(f, "reading: {rows} rows");
        };
        let percent = self.rows.saturating_mul(100).checked_div(total);
        write!(f, "importing: {rows} of {} rows", Grouped(total))?;
        write!(f, " ({} %)", percent.unwrap_or(100))?;
        if self.refused > 0 {
            write!(f, ", {} refused", Grouped(self.refused))?;
        }
        if self.phase == Phase::Waiting {
            return write!(f, ", waiting for the database");
        }
        write!(f, ", {} rows/s", Grouped(self.rate()))?;
        match self.left() {
            Some(left) if self.rows < total => write!(f, ", {} left", Span(left)),
            _ => Ok(()),
        }
    }
}

/// What an import did.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Summary {
    /// Documents that are new.
    pub documents: u64,
    /// Of these, invoices.
    pub invoices: u64,
    /// Of these, credit notes.
    pub credit_notes: u64,
    /// Of these, adjustments.
    pub adjustments: u64,
    /// Lines of the new documents.
    pub lines: u64,
    /// Clients that are new.
    pub clients: u64,
    /// Documents that had been imported before, with the same content.
    pub repeated: u64,
    /// Rows of the file, refused ones included.
    pub rows: u64,
    /// How dates were read where nothing but the order of the rows told day from month.
    pub dates_by_rows: Option<DateOrder>,
    /// Rows that were refused.
    pub refused: u64,
    /// Where these are; none when there are none.
    pub rejects: Option<PathBuf>,
    /// How long it took, both readings included.
    pub elapsed: Duration,
}

impl Summary {
    /// Rows per second.
    pub fn rate(&self) -> u64 {
        per_second(self.rows, self.elapsed)
    }
}

impl Display for Summary {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(
            f,
            "imported {} documents ({} invoices, {} credit notes, {} adjustments) \
             with {} lines, and {} new clients",
            Grouped(self.documents),
            Grouped(self.invoices),
            Grouped(self.credit_notes),
            Grouped(self.adjustments),
            Grouped(self.lines),
            Grouped(self.clients)
        )?;
        writeln!(
            f,
            "repeated {} documents, unchanged",
            Grouped(self.repeated)
        )?;
        if let Some(order) = self.dates_by_rows {
            writeln!(f, "dates are read as {order}, by their order in the file")?;
        }
        write!(f, "refused {} rows", Grouped(self.refused))?;
        if let Some(path) = &self.rejects {
            write!(f, ": see {}", path.display())?;
        }
        let tenths = self.elapsed.as_millis() / 100;
        let rows = Grouped(self.rows);
        let rate = Grouped(self.rate());
        write!(
            f,
            "\n{rows} rows in {}.{} s, {rate} rows/s",
            tenths / 10,
            tenths % 10
        )
    }
}

/// A number with commas: `42,481`.
struct Grouped(u64);

impl Display for Grouped {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match (self.0 / 1_000, self.0 % 1_000) {
            (0, rest) => write!(f, "{rest}"),
            (thousands, rest) => write!(f, "{},{rest:03}", Self(thousands)),
        }
    }
}

/// A length of time in words: `1 h 5 min`, `3 min 20 s`, `7 s`.
struct Span(Duration);

impl Display for Span {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let seconds = self.0.as_secs();
        match (seconds / 3_600, seconds / 60 % 60, seconds % 60) {
            (0, 0, seconds) => write!(f, "{seconds} s"),
            (0, minutes, seconds) => write!(f, "{minutes} min {seconds} s"),
            (hours, minutes, _) => write!(f, "{hours} h {minutes} min"),
        }
    }
}

/// Shows progress on stderr: on a terminal one line that is rewritten, elsewhere a line now and
/// then.
#[derive(Debug)]
pub struct Meter {
    terminal: bool,
    last: Mutex<Option<Instant>>,
}

/// Between two lines where each one stays.
const NOW_AND_THEN: Duration = Duration::from_secs(5);

impl Meter {
    /// A meter that has shown nothing yet.
    pub fn new() -> Self {
        Self {
            terminal: io::stderr().is_terminal(),
            last: Mutex::new(None),
        }
    }

    /// Shows how far it is.
    pub fn show(&self, progress: &Progress) {
        let mut last = self.last.lock().unwrap_or_else(PoisonError::into_inner);
        if !self.terminal && last.is_some_and(|last| last.elapsed() < NOW_AND_THEN) {
            return;
        }
        *last = Some(Instant::now());
        // Whoever reads may have gone away: that is no reason to stop.
        drop(if self.terminal {
            write!(io::stderr(), "\r\x1b[2K  {progress}")
        } else {
            writeln!(io::stderr(), "  {progress}")
        });
    }

    /// Takes the line away, so that something else can be said.
    pub fn clear(&self) {
        let mut last = self.last.lock().unwrap_or_else(PoisonError::into_inner);
        if self.terminal && last.take().is_some() {
            drop(write!(io::stderr(), "\r\x1b[2K"));
        }
    }
}

impl Default for Meter {
    fn default() -> Self {
        Self::new()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn progress() -> Progress {
        Progress {
            phase: Phase::Importing,
            rows: 12_345,
            total: Some(42_481),
            refused: 2,
            elapsed: Duration::from_millis(1_000),
        }
    }

    #[test]
    fn says_how_far_it_is() {
        let told = progress().to_string();
        let expected =
            "importing: 12,345 of 42,481 rows (29 %), 2 refused, 12,345 rows/s, 2 s left";
        assert_eq!(told, expected);
        let reading = Progress {
            total: None,
            phase: Phase::Reading,
            ..progress()
        };
        assert_eq!(reading.to_string(), "reading: 12,345 rows");
        let waiting = Progress {
            phase: Phase::Waiting,
            refused: 0,
            ..progress()
        };
        let expected = "importing: 12,345 of 42,481 rows (29 %), waiting for the database";
        assert_eq!(waiting.to_string(), expected);
        let empty = Progress {
            rows: 0,
            total: Some(0),
            refused: 0,
            ..progress()
        };
        assert_eq!(
            empty.to_string(),
            "importing: 0 of 0 rows (100 %), 0 rows/s"
        );
    }

    #[test]
    fn says_long_times_shortly() {
        let told = [7, 200, 3_900].map(|seconds| Span(Duration::from_secs(seconds)).to_string());
        assert_eq!(told, ["7 s", "3 min 20 s", "1 h 5 min"]);
        assert_eq!(Grouped(1_002_003).to_string(), "1,002,003");
    }

    #[test]
    fn sums_up() {
        let summary = Summary {
            documents: 3,
            invoices: 1,
            credit_notes: 1,
            adjustments: 1,
            lines: 42_481,
            clients: 2,
            rows: 42_483,
            refused: 2,
            rejects: Some("a.csv.rejects.csv".into()),
            elapsed: Duration::from_millis(4_120),
            ..Summary::default()
        };
        assert_eq!(
            summary.to_string(),
            "imported 3 documents (1 invoices, 1 credit notes, 1 adjustments) with 42,481 lines, \
             and 2 new clients\nrepeated 0 documents, unchanged\n\
             refused 2 rows: see a.csv.rejects.csv\n42,483 rows in 4.1 s, 10,311 rows/s"
        );
        let summary = Summary {
            dates_by_rows: Some(DateOrder::DayFirst),
            ..summary
        };
        let told = "\ndates are read as day/month/year, by their order in the file\nrefused 2 rows";
        assert!(summary.to_string().contains(told), "{summary}");
    }
}
