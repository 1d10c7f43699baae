//! How do a draft's files become one file?

use std::collections::BTreeMap;
use std::fs::{self, File};
use std::io::{self, BufWriter, Read, Write};
use std::path::Path;

use flate2::{Compression, GzBuilder};
use tar::{Builder, EntryType, Header};

use super::draft::failed;
use super::error::ArchiveError;
use super::manifest::Manifest;
use super::member::{Fingerprint, Fingerprinting, Member};

/// Text of events shrinks to a sixth at this level; a higher one takes twice the time for little.
const LEVEL: u32 = 4;

/// An archive that was written.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Packed {
    /// What it says of itself.
    pub manifest: Manifest,
    /// Bytes of the file.
    pub bytes: u64,
}

/// Packs the files of a directory. Two passes: digests come first in the file.
pub(super) fn pack(
    directory: &Path,
    to: &Path,
    manifest: impl FnOnce(BTreeMap<String, Fingerprint>) -> Manifest,
) -> Result<Packed, ArchiveError> {
    let mut members = BTreeMap::new();
    let mut lengths = BTreeMap::new();
    for member in Member::LISTED {
        let path = directory.join(member.name());
        let seen = fingerprint_of(&path).map_err(|source| failed(&path, source))?;
        lengths.insert(member.name(), seen.bytes());
        members.insert(member.name().to_owned(), seen.finish());
    }
    let manifest = manifest(members);
    let mut text = serde_json::to_vec_pretty(&manifest)
        .map_err(io::Error::from)
        .map_err(|source| failed(to, source))?;
    text.push(b'\n');
    let partial = to.with_extension("partial");
    write(directory, &partial, &text, &lengths).map_err(|source| failed(&partial, source))?;
    fs::rename(&partial, to).map_err(|source| failed(to, source))?;
    let bytes = fs::metadata(to).map_err(|source| failed(to, source))?.len();
    Ok(Packed { manifest, bytes })
}

fn write(
    directory: &Path,
    to: &Path,
    manifest: &[u8],
    lengths: &BTreeMap<&'static str, u64>,
) -> io::Result<()> {
    let file = BufWriter::new(File::create(to)?);
    // Neither a time nor a name: the same draft makes the same bytes.
    let compressed = GzBuilder::new()
        .mtime(0)
        .write(file, Compression::new(LEVEL));
    let mut tar = Builder::new(compressed);
    let length = u64::try_from(manifest.len()).unwrap_or(u64::MAX);
    tar.append(&header(Member::Manifest, length)?, manifest)?;
    for member in Member::LISTED {
        let length = lengths.get(member.name()).copied().unwrap_or_default();
        let file = File::open(directory.join(member.name()))?;
        // Never more than the header says, whatever was appended meanwhile.
        tar.append(&header(member, length)?, file.take(length))?;
    }
    let mut file = tar.into_inner()?.finish()?;
    file.flush()?;
    file.get_ref().sync_data()
}

fn header(member: Member, length: u64) -> io::Result<Header> {
    let mut header = Header::new_ustar();
    header.set_path(member.name())?;
    header.set_entry_type(EntryType::Regular);
    header.set_size(length);
    header.set_mode(0o644);
    header.set_mtime(0);
    header.set_uid(0);
    header.set_gid(0);
    header.set_cksum();
    Ok(header)
}

fn fingerprint_of(path: &Path) -> io::Result<Fingerprinting> {
    let mut file = File::open(path)?;
    let mut seen = Fingerprinting::default();
    let mut buffer = vec![0; 1 << 20];
    loop {
        let read = file.read(&mut buffer)?;
        match buffer.get(..read) {
            Some([]) | None => return Ok(seen),
            Some(bytes) => seen.update(bytes),
        }
    }
}
