//! What is in a backup, and is all of it as it was written?

use std::collections::BTreeMap;
use std::fs::{self, File};
use std::io::{self, Read, Seek, SeekFrom, Take};
use std::path::{Path, PathBuf};

use super::manifest::{Files, Fingerprint, Manifest, NAME};
use crate::digest::copy_digested;
use crate::failure::Failure;

/// A manifest is a few lines for each tenant.
const LONGEST_MANIFEST: u64 = 256 << 20;

/// A backup that is whole: a directory or one file.
#[derive(Debug)]
pub(super) struct Source {
    /// What it says of itself.
    pub(super) manifest: Manifest,
    parts: BTreeMap<String, Part>,
}

/// Where one of its files is.
#[derive(Debug, Clone)]
struct Part {
    path: PathBuf,
    offset: u64,
    bytes: u64,
}

impl Source {
    /// Reads all of a backup, and holds it against its manifest.
    ///
    /// # Errors
    /// When it is none, or was not finished, or was changed.
    pub(super) fn open(path: &Path) -> Result<Self, Failure> {
        let unreadable = |error: io::Error| {
            Failure::surroundings(format!(
                "{}: {error}; name a finished backup, a directory or a file",
                path.display()
            ))
        };
        let metadata = fs::metadata(path).map_err(unreadable)?;
        let mut parts = if metadata.is_dir() {
            parts_in_directory(path).map_err(unreadable)?
        } else {
            parts_in_file(path).map_err(|error| {
                Failure::failed(format!(
                    "{}: {error}; it is no backup, or a damaged one; nothing was restored",
                    path.display()
                ))
            })?
        };
        let manifest = parts.remove(NAME).ok_or_else(|| {
            Failure::surroundings(format!(
                "{}: there is no {NAME}; name a finished backup",
                path.display()
            ))
        })?;
        let mut text = Vec::new();
        let mut reading = manifest.open().map_err(unreadable)?.take(LONGEST_MANIFEST);
        reading.read_to_end(&mut text).map_err(unreadable)?;
        let mut found = Files::new();
        for (name, part) in &parts {
            let mut from = part.open().map_err(unreadable)?;
            let (bytes, sha256) = copy_digested(&mut from, &mut io::sink()).map_err(unreadable)?;
            found.insert(name.clone(), Fingerprint { bytes, sha256 });
        }
        Ok(Self {
            manifest: Manifest::read(&text, &found)?,
            parts,
        })
    }

    /// The names of its files below a directory, and of those without what is before the name.
    pub(super) fn below<'s>(&'s self, directory: &'s str) -> impl Iterator<Item = &'s str> {
        let names = self.parts.keys().filter_map(move |name| {
            let name = name.strip_prefix(directory)?.strip_prefix('/')?;
            (!name.is_empty()).then_some(name)
        });
        // A name that leads elsewhere is none.
        names.filter(|name| !name.contains('/') && !name.starts_with('.'))
    }

    /// One of its files; none when it does not have it.
    ///
    /// # Errors
    /// When it cannot be read.
    pub(super) fn find(&self, name: &str) -> io::Result<Option<Take<File>>> {
        self.parts.get(name).map(Part::open).transpose()
    }
}

impl Part {
    fn open(&self) -> io::Result<Take<File>> {
        let mut file = File::open(&self.path)?;
        file.seek(SeekFrom::Start(self.offset))?;
        Ok(file.take(self.bytes))
    }
}

fn parts_in_directory(directory: &Path) -> io::Result<BTreeMap<String, Part>> {
    let mut parts = BTreeMap::new();
    let mut waiting = vec![PathBuf::new()];
    while let Some(below) = waiting.pop() {
        for entry in fs::read_dir(directory.join(&below))? {
            let entry = entry?;
            let path = below.join(entry.file_name());
            if entry.file_type()?.is_dir() {
                waiting.push(path);
                continue;
            }
            let part = Part {
                path: entry.path(),
                offset: 0,
                bytes: entry.metadata()?.len(),
            };
            parts.insert(path.display().to_string(), part);
        }
    }
    Ok(parts)
}

/// What a tar has. It ends with its manifest and two empty blocks, or it is cut short.
fn parts_in_file(path: &Path) -> io::Result<BTreeMap<String, Part>> {
    let broken = |text: &str| io::Error::new(io::ErrorKind::InvalidData, text.to_owned());
    let mut parts = BTreeMap::new();
    let mut archive = tar::Archive::new(File::open(path)?);
    let (mut last, mut end) = (String::new(), 0);
    for entry in archive.entries_with_seek()? {
        let entry = entry?;
        let name = String::from_utf8(entry.path_bytes().into_owned());
        let name = name.map_err(|_| broken("a file in it has no name"))?;
        if !entry.header().entry_type().is_file() || parts.contains_key(&name) {
            return Err(broken("it has something that no backup has"));
        }
        let part = Part {
            path: path.to_owned(),
            offset: entry.raw_file_position(),
            bytes: entry.size(),
        };
        end = part.offset.saturating_add(part.bytes);
        last.clone_from(&name);
        parts.insert(name, part);
    }
    let length = fs::metadata(path)?.len();
    let whole = end.checked_next_multiple_of(512).map(|end| end + 1_024);
    if last != NAME || whole != Some(length) {
        return Err(broken("it was cut short, or something was added"));
    }
    Ok(parts)
}

#[cfg(test)]
mod tests {
    use chrono::DateTime;

    use super::super::manifest::Occasion;
    use super::super::sink::Sink;
    use super::*;

    fn occasion() -> Occasion {
        Occasion {
            taken_at: DateTime::UNIX_EPOCH,
            postgres: "15.1".to_owned(),
            events: 7,
        }
    }

    fn write(to: &Path) -> Manifest {
        let mut sink = Sink::begin(to).unwrap();
        sink.add("checkpoints/one", &mut "note".as_bytes()).unwrap();
        sink.add("database.dump", &mut [7; 1_000].as_slice())
            .unwrap();
        sink.finish(occasion()).unwrap()
    }

    fn refusal(path: &Path) -> String {
        Source::open(path).unwrap_err().to_string()
    }

    #[test]
    fn a_directory_that_was_changed_is_refused() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("backup");
        let mut sink = Sink::begin(&path).unwrap();
        sink.add("database.dump", &mut "rows".as_bytes()).unwrap();
        assert!(refusal(&path).contains("finished backup"));
        fs::remove_dir_all(&path).unwrap();
        let written = write(&path);
        assert_eq!(Source::open(&path).unwrap().manifest, written);
        assert_eq!(written.bytes(), 1_004);
        fs::write(path.join("more"), "").unwrap();
        assert!(refusal(&path).contains("\"more\""));
        fs::remove_file(path.join("more")).unwrap();
        fs::write(path.join("checkpoints/one"), "nose").unwrap();
        assert!(refusal(&path).contains("checkpoints/one"));
        let again = Sink::begin(&path).unwrap_err().to_string();
        assert!(again.contains("is not empty"), "{again}");
    }

    #[test]
    fn one_file_has_its_name_when_it_is_whole_and_no_change_of_it_is_missed() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("backup.tar");
        let sink = Sink::begin(&path).unwrap();
        assert!(!path.exists());
        let other = Sink::begin(&path).unwrap_err().to_string();
        assert!(other.contains("another"), "{other}");
        drop(sink);
        assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 0);
        // What a killed one left.
        fs::write(folder.path().join("backup.tar.partial"), [9; 9_000]).unwrap();
        let written = write(&path);
        assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 1);
        let source = Source::open(&path).unwrap();
        assert_eq!(source.manifest, written);
        assert_eq!(source.below("checkpoints").collect::<Vec<_>>(), ["one"]);
        let mut dump = Vec::new();
        let found = source.find("database.dump").unwrap();
        found.unwrap().read_to_end(&mut dump).unwrap();
        assert_eq!(dump, [7; 1_000]);
        assert!(source.find("master.key").unwrap().is_none());
        let again = Sink::begin(&path).unwrap_err().to_string();
        assert!(again.contains("there already"), "{again}");
        let whole = fs::read(&path).unwrap();
        for length in (0..whole.len()).step_by(100) {
            fs::write(&path, &whole[..length]).unwrap();
            assert!(Source::open(&path).is_err(), "cut to {length}");
        }
        for at in (0..whole.len()).step_by(7) {
            let mut flipped = whole.clone();
            flipped[at] ^= 4;
            fs::write(&path, &flipped).unwrap();
            // Nothing that is restored has changed: only what a tar has besides may have.
            if let Ok(opened) = Source::open(&path) {
                assert_eq!(opened.manifest, written, "byte {at}");
            }
        }
        fs::write(&path, [whole.as_slice(), &[0; 512]].concat()).unwrap();
        assert!(refusal(&path).contains("something was added"));
    }
}
