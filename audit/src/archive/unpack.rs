//! What are an archive's files, as they stream by?

use std::io::{self, ErrorKind, Read};
use std::sync::mpsc::SyncSender;

use flate2::read::MultiGzDecoder;
use tar::Header;

use super::member::{Fingerprint, Fingerprinting, Member};
use super::report::Finding;

/// Bytes of the files that are read whole.
const SMALL: u64 = 1 << 20;

/// Bytes that are handed on at a time, and the longest line.
const BATCH: usize = 1 << 20;
const LONGEST_LINE: usize = 32 << 20;

/// The size of a tar's records.
const BLOCK: u64 = 512;

/// A piece of an archive.
#[derive(Debug)]
pub(super) enum Piece {
    /// A small file.
    Whole(Vec<u8>),
    /// Some lines of the events, each with its line feed but perhaps the last of all.
    Lines(Vec<u8>),
    /// A file has ended.
    End(Member, Fingerprint),
    /// The archive cannot be read on.
    Broken(Finding),
}

/// Sends an archive's pieces until it ends, breaks, or nobody listens.
pub(super) fn unpack(archive: impl Read, pieces: &SyncSender<Piece>) {
    let mut stream = MultiGzDecoder::new(archive);
    let walked = walk(&mut stream, &mut |piece| {
        pieces.send(piece).map_err(|_| Stop::Unheard)
    });
    if let Err(Stop::Broken(finding)) = walked {
        // Whoever stopped listening knows enough.
        drop(pieces.send(Piece::Broken(finding)));
    }
}

enum Stop {
    Unheard,
    Broken(Finding),
}

impl From<io::Error> for Stop {
    fn from(error: io::Error) -> Self {
        Self::Broken(if error.kind() == ErrorKind::UnexpectedEof {
            Finding::incomplete(None, "the archive ends before its end: it was cut off")
        } else {
            Finding::tampered(None, format!("the archive cannot be unpacked: {error}"))
        })
    }
}

type Send<'s> = &'s mut dyn FnMut(Piece) -> Result<(), Stop>;

fn walk(stream: &mut impl Read, send: Send<'_>) -> Result<(), Stop> {
    for member in Member::ALL {
        let size = begin(stream, member)?;
        let mut file = stream.take(size);
        let seen = if member.is_small() {
            small(&mut file, member, send)?
        } else {
            large(&mut file, member, send)?
        };
        if file.limit() > 0 {
            return Err(io::Error::from(ErrorKind::UnexpectedEof).into());
        }
        send(Piece::End(member, seen.finish()))?;
        // Files end at a full block.
        let mut padding = Vec::new();
        let rest = size.next_multiple_of(BLOCK) - size;
        stream.take(rest).read_to_end(&mut padding)?;
    }
    ended(stream)
}

/// The length of the file that comes next, which must be this one.
fn begin(stream: &mut impl Read, member: Member) -> Result<u64, Stop> {
    let missing = || {
        let text = format!("{} is missing", member.name());
        Err(Stop::Broken(Finding::incomplete(None, text)))
    };
    let mut block = Vec::new();
    stream.take(BLOCK).read_to_end(&mut block)?;
    if block.iter().all(|byte| *byte == 0) {
        return missing();
    }
    let Ok(block) = <[u8; 512]>::try_from(block) else {
        return Err(io::Error::from(ErrorKind::UnexpectedEof).into());
    };
    let header = Header::from_byte_slice(&block);
    let name = header.path_bytes();
    let name = String::from_utf8_lossy(&name);
    let sum: u32 = block.iter().map(|byte| u32::from(*byte)).sum();
    let own: u32 = header
        .as_old()
        .cksum
        .iter()
        .map(|byte| u32::from(*byte))
        .sum();
    // The sum is made with spaces where it is written.
    let fits = header
        .cksum()
        .is_ok_and(|cksum| cksum == sum - own + 8 * 32);
    if !fits || !header.entry_type().is_file() {
        let text = "a file's header in the archive is damaged";
        return Err(Stop::Broken(Finding::tampered(None, text)));
    }
    if name == member.name() {
        return Ok(header.entry_size()?);
    }
    if Member::named(&name).is_some() {
        return missing();
    }
    let text = format!("the archive has a file {name:?}, which is none of its own");
    Err(Stop::Broken(Finding::tampered(None, text)))
}

fn small(file: &mut impl Read, member: Member, send: Send<'_>) -> Result<Fingerprinting, Stop> {
    let mut bytes = Vec::new();
    file.take(SMALL + 1).read_to_end(&mut bytes)?;
    if u64::try_from(bytes.len()).unwrap_or(u64::MAX) > SMALL {
        let text = format!("{} has more than {SMALL} bytes", member.name());
        return Err(Stop::Broken(Finding::tampered(None, text)));
    }
    let mut seen = Fingerprinting::default();
    seen.update(&bytes);
    send(Piece::Whole(bytes))?;
    Ok(seen)
}

fn large(file: &mut impl Read, member: Member, send: Send<'_>) -> Result<Fingerprinting, Stop> {
    let mut seen = Fingerprinting::default();
    let mut batch = Vec::new();
    loop {
        let before = batch.len();
        let limit = u64::try_from(BATCH).unwrap_or(u64::MAX);
        file.by_ref().take(limit).read_to_end(&mut batch)?;
        let new = batch.get(before..).unwrap_or_default();
        seen.update(new);
        let last_feed = new.iter().rposition(|byte| *byte == b'\n');
        let is_end = new.is_empty();
        if member == Member::Sheet {
            batch.clear();
        } else if let Some(at) = last_feed {
            let rest = batch.split_off(before + at + 1);
            send(Piece::Lines(std::mem::replace(&mut batch, rest)))?;
        } else if batch.len() > LONGEST_LINE {
            let text = format!("a line has more than {LONGEST_LINE} bytes");
            return Err(Stop::Broken(Finding::tampered(None, text)));
        }
        if is_end {
            if !batch.is_empty() {
                send(Piece::Lines(batch))?;
            }
            return Ok(seen);
        }
    }
}

/// Nothing may come after the last file but zeroes.
fn ended(stream: &mut impl Read) -> Result<(), Stop> {
    let mut buffer = vec![0; 1 << 16];
    loop {
        let read = stream.read(&mut buffer)?;
        let bytes = buffer.get(..read).unwrap_or_default();
        if bytes.is_empty() {
            return Ok(());
        }
        if bytes.iter().any(|byte| *byte != 0) {
            let text = "there is something after the archive's last file";
            return Err(Stop::Broken(Finding::tampered(None, text)));
        }
    }
}
