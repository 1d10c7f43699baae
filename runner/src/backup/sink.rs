//! Where does a backup go, so that half of one never looks like a whole?
//!
//! Into a directory, or into one file: a tar whose files come as they are made, and whose name it gets
//! when all of it is on the disk. Either way the manifest is the last that is written.

use std::fs::{self, DirBuilder, File, OpenOptions};
use std::io::{self, Read, Seek, SeekFrom, Write};
use std::os::unix::fs::{DirBuilderExt, OpenOptionsExt};
use std::path::{Path, PathBuf};

use tar::{EntryType, Header};

use super::manifest::{Files, Fingerprint, Manifest, NAME, Occasion};
use crate::digest::copy_digested;
use crate::failure::Failure;

/// Bytes that the parts of a tar are filled up to.
const BLOCK: u64 = 512;

/// A backup that is being written. Dropped before it is finished, one file is taken away.
#[derive(Debug)]
pub(super) struct Sink {
    form: Form,
    files: Files,
}

#[derive(Debug)]
enum Form {
    Directory(PathBuf),
    File(Archive),
}

/// A tar under a name that nobody takes for a backup.
#[derive(Debug)]
struct Archive {
    file: File,
    partial: PathBuf,
    to: PathBuf,
    is_finished: bool,
}

impl Sink {
    /// A new directory; one file where the name ends with `.tar`.
    ///
    /// # Errors
    /// When something is there already, or it cannot be written.
    pub(super) fn begin(to: &Path) -> Result<Self, Failure> {
        let unwritable =
            |error: io::Error| Failure::surroundings(format!("{}: {error}", to.display()));
        let form = if to.extension().is_some_and(|it| it == "tar") {
            Form::File(Archive::begin(to)?)
        } else {
            // Whole businesses lie there.
            let made = DirBuilder::new().recursive(true).mode(0o700).create(to);
            made.map_err(unwritable)?;
            if fs::read_dir(to).map_err(unwritable)?.next().is_some() {
                return Err(Failure::surroundings(format!(
                    "{} is not empty; name a new directory for each backup",
                    to.display()
                )));
            }
            Form::Directory(to.to_owned())
        };
        Ok(Self {
            form,
            files: Files::new(),
        })
    }

    /// Adds a file, whatever its length.
    ///
    /// # Errors
    /// When it cannot be read or written.
    pub(super) fn add(&mut self, name: &str, from: &mut impl Read) -> io::Result<()> {
        let (bytes, sha256) = self.write(name, from)?;
        let fingerprint = Fingerprint { bytes, sha256 };
        self.files.insert(name.to_owned(), fingerprint);
        Ok(())
    }

    /// Writes the manifest, and gives one file its name.
    ///
    /// # Errors
    /// When something cannot be written.
    pub(super) fn finish(mut self, occasion: Occasion) -> io::Result<Manifest> {
        let manifest = Manifest::of(occasion, std::mem::take(&mut self.files));
        let text = serde_json::to_vec_pretty(&manifest)?;
        match &mut self.form {
            Form::Directory(directory) => {
                let new = directory.join("manifest.new");
                fs::write(&new, text)?;
                File::open(&new)?.sync_all()?;
                fs::rename(&new, directory.join(NAME))?;
                File::open(directory)?.sync_all()?;
            }
            Form::File(archive) => {
                archive.add(NAME, &mut text.as_slice())?;
                archive.finish()?;
            }
        }
        Ok(manifest)
    }

    fn write(&mut self, name: &str, from: &mut impl Read) -> io::Result<(u64, String)> {
        match &mut self.form {
            Form::Directory(directory) => {
                let path = directory.join(name);
                if let Some(parent) = path.parent() {
                    DirBuilder::new()
                        .recursive(true)
                        .mode(0o700)
                        .create(parent)?;
                }
                let mut options = OpenOptions::new();
                options.write(true).create_new(true).mode(0o600);
                let mut file = options.open(path)?;
                let written = copy_digested(from, &mut file)?;
                file.sync_all()?;
                Ok(written)
            }
            Form::File(archive) => archive.add(name, from),
        }
    }
}

impl Archive {
    fn begin(to: &Path) -> Result<Self, Failure> {
        let failed = |text: String| Failure::surroundings(format!("{}: {text}", to.display()));
        if to.exists() {
            return Err(failed(
                "it is there already; name a new file for each backup".to_owned(),
            ));
        }
        let mut partial = to.as_os_str().to_owned();
        partial.push(".partial");
        let partial = PathBuf::from(partial);
        let mut options = OpenOptions::new();
        options.write(true).create(true).truncate(false).mode(0o600);
        let file = options
            .open(&partial)
            .map_err(|it| failed(it.to_string()))?;
        // What a killed one left is written over; one that is at work holds the lock.
        if file.try_lock().is_err() {
            return Err(failed("another `daybook backup` writes it".to_owned()));
        }
        file.set_len(0).map_err(|it| failed(it.to_string()))?;
        Ok(Self {
            file,
            partial,
            to: to.to_owned(),
            is_finished: false,
        })
    }

    /// Adds a file of a length that nobody knows before: its header is written twice.
    fn add(&mut self, name: &str, from: &mut impl Read) -> io::Result<(u64, String)> {
        let at = self.file.stream_position()?;
        self.file.write_all(header(name, 0)?.as_bytes())?;
        let (bytes, sha256) = copy_digested(from, &mut self.file)?;
        let missing = bytes.next_multiple_of(BLOCK) - bytes;
        io::copy(&mut io::repeat(0).take(missing), &mut self.file)?;
        let end = self.file.stream_position()?;
        self.file.seek(SeekFrom::Start(at))?;
        self.file.write_all(header(name, bytes)?.as_bytes())?;
        self.file.seek(SeekFrom::Start(end))?;
        Ok((bytes, sha256))
    }

    fn finish(&mut self) -> io::Result<()> {
        io::copy(&mut io::repeat(0).take(2 * BLOCK), &mut self.file)?;
        self.file.sync_all()?;
        if self.to.exists() {
            return Err(io::Error::from(io::ErrorKind::AlreadyExists));
        }
        fs::rename(&self.partial, &self.to)?;
        self.is_finished = true;
        let directory = self.to.parent().filter(|it| !it.as_os_str().is_empty());
        File::open(directory.unwrap_or_else(|| Path::new(".")))?.sync_all()
    }
}

impl Drop for Archive {
    fn drop(&mut self) {
        if !self.is_finished {
            // It may be gone; and if it stays, nobody takes it for a backup.
            drop(fs::remove_file(&self.partial));
        }
    }
}

fn header(name: &str, bytes: u64) -> io::Result<Header> {
    let mut header = Header::new_gnu();
    header.set_path(name)?;
    header.set_entry_type(EntryType::Regular);
    header.set_size(bytes);
    header.set_mode(0o600);
    header.set_mtime(0);
    header.set_uid(0);
    header.set_gid(0);
    header.set_cksum();
    Ok(header)
}
