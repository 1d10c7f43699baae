//! Where do refused rows go, so that somebody can mend them and import them again?

use std::fs::{File, OpenOptions};
use std::io::{self, Read, Seek};
use std::path::{Path, PathBuf};

use super::error::ImportError;
use super::job::Options;
use super::records::Record;

/// A file of refused rows: their line, the reason, and their columns as they were, in UTF-8.
#[derive(Debug)]
pub(super) struct Rejects {
    path: PathBuf,
    writer: csv::Writer<File>,
    count: u64,
}

/// The file that rows come from.
#[derive(Debug, Clone, Copy)]
pub(super) struct Origin<'f> {
    pub(super) file: &'f Path,
    pub(super) header: &'f Record,
    pub(super) delimiter: u8,
}

impl Rejects {
    /// Begins the file anew: whatever an earlier import of the same rows refused is refused again.
    ///
    /// # Errors
    /// When it cannot be written, or something else lies there.
    pub(super) fn create(origin: Origin<'_>, options: &Options) -> Result<Self, ImportError> {
        let Some(path) = &options.rejects else {
            let usual = usual_path(origin.file);
            let beside = Self::at(&usual, origin);
            let Some(name) = usual.file_name().map(Path::new) else {
                return beside;
            };
            return beside.or_else(|fault| Self::at(name, origin).map_err(|_| fault));
        };
        Self::at(path, origin)
    }

    fn at(path: &Path, origin: Origin<'_>) -> Result<Self, ImportError> {
        let fault = |error: io::Error| unwritable(path, error);
        let same = |path: &Path| path.canonicalize().ok();
        if same(path).is_some_and(|path| Some(path) == same(origin.file)) {
            return Err(fault(io::Error::other("it is the file that is imported")));
        }
        let file = open(path, origin.delimiter).map_err(fault)?;
        let mut writer = csv::WriterBuilder::new()
            .delimiter(origin.delimiter)
            .flexible(true)
            .from_writer(file);
        let header = ["line", "reason"].into_iter().chain(origin.header.cells());
        writer
            .write_record(header)
            .map_err(|error| fault(error.into()))?;
        Ok(Self {
            path: path.to_owned(),
            writer,
            count: 0,
        })
    }

    /// How many rows there are.
    pub(super) fn count(&self) -> u64 {
        self.count
    }

    /// Adds a row.
    ///
    /// # Errors
    /// When it cannot be written: then the import cannot go on without losing rows.
    pub(super) fn add(&mut self, record: &Record, reason: &str) -> Result<(), ImportError> {
        self.count += 1;
        let first = [record.line.to_string(), harmless(reason)];
        let cells = first.iter().map(String::as_str).chain(record.cells());
        let written = self.writer.write_record(cells);
        written.map_err(|error| unwritable(&self.path, error.into()))
    }

    /// Makes what was added visible to others.
    ///
    /// # Errors
    /// When it cannot be written.
    pub(super) fn flush(&mut self) -> Result<(), ImportError> {
        self.writer
            .flush()
            .map_err(|error| unwritable(&self.path, error))
    }

    /// Ends the file; where nothing was refused there is none. Its path, if there is one.
    ///
    /// # Errors
    /// When it cannot be written.
    pub(super) fn finish(mut self) -> Result<Option<PathBuf>, ImportError> {
        self.flush()?;
        if self.count > 0 {
            return Ok(Some(self.path));
        }
        let removed = std::fs::remove_file(&self.path);
        removed.map_err(|error| unwritable(&self.path, error))?;
        Ok(None)
    }
}

fn usual_path(file: &Path) -> PathBuf {
    let mut name = file.as_os_str().to_owned();
    name.push(".rejects.csv");
    PathBuf::from(name)
}

/// Opens a new file or one of our own, and empties it.
fn open(path: &Path, delimiter: u8) -> io::Result<File> {
    let mut options = OpenOptions::new();
    options.read(true).write(true).create(true).truncate(false);
    let mut file = options.open(path)?;
    let mut begin = Vec::new();
    file.by_ref().take(11).read_to_end(&mut begin)?;
    let ours = [b"line".as_slice(), &[delimiter], b"reason"].concat();
    if !begin.is_empty() && begin != ours {
        return Err(io::Error::other("another file is there"));
    }
    file.set_len(0)?;
    file.rewind()?;
    Ok(file)
}

fn unwritable(path: &Path, error: io::Error) -> ImportError {
    ImportError::Rejects {
        path: path.to_owned(),
        reason: error.to_string(),
    }
}

/// A spreadsheet takes a cell that begins so for a formula.
fn harmless(reason: &str) -> String {
    if reason.starts_with(['=', '+', '-', '@', '\t', '\r']) {
        return format!("'{reason}");
    }
    reason.to_owned()
}

#[cfg(test)]
mod tests {
    use std::fs;

    use super::super::records::Records;
    use super::*;

    fn records(text: &str) -> Vec<Record> {
        let mut records = Records::new(Box::new(io::Cursor::new(text.as_bytes().to_vec())), None);
        let mut all = Vec::new();
        while let Some(row) = records.next().unwrap() {
            all.push(row.unwrap_or_else(|malformed| malformed.record));
        }
        all
    }

    /// Refuses all rows but the header; what is in the file afterwards, if there is one.
    fn refuse(
        file: &Path,
        text: &str,
        rejects: Option<&Path>,
    ) -> Result<Option<String>, ImportError> {
        let all = records(text);
        let origin = Origin {
            file,
            header: &all[0],
            delimiter: b',',
        };
        let options = Options {
            rejects: rejects.map(Path::to_owned),
            ..Options::default()
        };
        let mut rejects = Rejects::create(origin, &options)?;
        for record in &all[1..] {
            rejects.add(record, "=1+1")?;
        }
        Ok(rejects
            .finish()?
            .map(|path| fs::read_to_string(path).unwrap()))
    }

    #[test]
    fn keeps_rows_as_they_were_with_line_and_reason() {
        let place = tempfile::tempdir().unwrap();
        let file = place.path().join("a.csv");
        let text = "a,b\n\"=x, y\",\"q\"\"q\"\n1,2,3\n";
        let expected = "line,reason,a,b\n2,'=1+1,\"=x, y\",\"q\"\"q\"\n3,'=1+1,1,2,3\n";
        for _ in 0..2 {
            let written = refuse(&file, text, None).unwrap();
            assert_eq!(written.as_deref(), Some(expected));
        }
        assert!(place.path().join("a.csv.rejects.csv").exists());
        // An import that refuses nothing leaves none, not even an earlier one.
        assert_eq!(refuse(&file, "a,b\n", None).unwrap(), None);
        assert!(!place.path().join("a.csv.rejects.csv").exists());
    }

    #[test]
    fn touches_no_other_file() {
        let place = tempfile::tempdir().unwrap();
        let other = place.path().join("other.csv");
        fs::write(&other, "precious").unwrap();
        let file = place.path().join("a.csv");
        assert!(
            refuse(&file, "a,b\n1,2\n", Some(&other))
                .unwrap_err()
                .is_usage()
        );
        assert_eq!(fs::read_to_string(&other).unwrap(), "precious");
        let rejects = place.path().join("a.csv.rejects.csv");
        fs::write(&rejects, "line,reason,a\n").unwrap();
        let refused = refuse(&rejects, "a,b\n1,2\n", Some(&rejects)).unwrap_err();
        assert!(refused.to_string().contains("is imported"), "{refused}");
        assert_eq!(fs::read_to_string(&rejects).unwrap(), "line,reason,a\n");
        let nowhere = place.path().join("no/such/place.csv");
        assert!(
            refuse(&file, "a,b\n", Some(&nowhere))
                .unwrap_err()
                .is_usage()
        );
    }
}
