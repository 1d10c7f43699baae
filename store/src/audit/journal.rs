//! Which checkpoints are on the disk, though perhaps not in files of their own yet?
//!
//! One file to which they are added, a record each: a line with the tenant, the length of the note and
//! half of its SHA-256, then the note. A record that was written by half ends it. Whoever uses it holds
//! a lock on it, so that two processes do not mix.

use std::collections::HashMap;
use std::fs::{File, OpenOptions};
use std::io::{self, Read, Seek, SeekFrom, Write};
use std::os::unix::fs::OpenOptionsExt;
use std::path::Path;

use daybook_domain::kernel::TenantId;
use sha2::{Digest, Sha256};
use uuid::Uuid;

const NAME: &str = ".journal";
/// From so many bytes on it is emptied.
const FULL: u64 = 1 << 20;

/// The file, locked until this is dropped.
#[derive(Debug)]
pub(super) struct Journal {
    file: File,
}

impl Journal {
    /// Locks it; makes it where it is missing.
    pub(super) fn lock(directory: &Path) -> io::Result<Self> {
        let mut options = OpenOptions::new();
        options.read(true).append(true).create(true).mode(0o644);
        let file = options.open(directory.join(NAME))?;
        file.lock()?;
        Ok(Self { file })
    }

    /// Locks it; `None` where there is none.
    pub(super) fn lock_where_there(directory: &Path) -> io::Result<Option<Self>> {
        match OpenOptions::new()
            .read(true)
            .append(true)
            .open(directory.join(NAME))
        {
            Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
            file => {
                let file = file?;
                file.lock()?;
                Ok(Some(Self { file }))
            }
        }
    }

    /// Adds checkpoints; they are on the disk when this returns. `true`: the file was empty, so that it
    /// may be new.
    pub(super) fn add(&mut self, notes: &[(TenantId, &str)]) -> io::Result<bool> {
        let mut records = Vec::new();
        for (tenant, note) in notes {
            let (length, digest) = (note.len(), digest_of(note.as_bytes()));
            writeln!(records, "{tenant} {length} {digest}")?;
            records.extend_from_slice(note.as_bytes());
        }
        let before = self.file.metadata()?.len();
        let written = self.file.write_all(&records);
        if let Err(error) = written.and_then(|()| self.file.sync_data()) {
            // A record that is not whole would hide those that come after it.
            self.file.set_len(before)?;
            return Err(error);
        }
        Ok(before == 0)
    }

    /// The last checkpoint in it of each tenant.
    pub(super) fn last_of_each(&mut self) -> io::Result<HashMap<TenantId, String>> {
        let mut bytes = Vec::new();
        self.file.seek(SeekFrom::Start(0))?;
        self.file.read_to_end(&mut bytes)?;
        let (mut rest, mut last) = (bytes.as_slice(), HashMap::new());
        while let Some((tenant, note)) = take(&mut rest) {
            last.insert(tenant, note);
        }
        Ok(last)
    }

    /// Whether it has grown enough to be emptied.
    pub(super) fn is_full(&self) -> bool {
        self.file.metadata().is_ok_and(|it| it.len() >= FULL)
    }

    /// Empties it, once all of it is on the disk elsewhere.
    pub(super) fn clear(&mut self) -> io::Result<()> {
        self.file.set_len(0)?;
        self.file.sync_data()
    }
}

/// The size of the tree that a checkpoint is of: its second line
/// (<https://c2sp.org/tlog-checkpoint>). None of one that was written by half.
pub(super) fn size_of(note: &str) -> Option<u64> {
    let is_whole = note.ends_with('\n') && note.contains("\n\n");
    note.lines().nth(1).filter(|_| is_whole)?.parse().ok()
}

/// The next record. `None`: there is none, or it is not whole.
fn take(rest: &mut &[u8]) -> Option<(TenantId, String)> {
    let end = rest.iter().position(|byte| *byte == b'\n')?;
    let (line, after) = rest.split_at_checked(end + 1)?;
    let mut parts = std::str::from_utf8(line).ok()?.trim_end().split(' ');
    let tenant = TenantId(Uuid::try_parse(parts.next()?).ok()?);
    let (note, after) = after.split_at_checked(parts.next()?.parse().ok()?)?;
    if digest_of(note) != parts.next()? {
        return None;
    }
    *rest = after;
    Some((tenant, String::from_utf8(note.to_vec()).ok()?))
}

fn digest_of(note: &[u8]) -> String {
    let digest: [u8; 32] = Sha256::digest(note).into();
    hex::encode(digest.first_chunk::<16>().unwrap_or(&[0; 16]))
}
