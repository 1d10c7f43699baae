//! What is a file, told by its contents?

use std::fs::File;
use std::io::{self, Read, Write};
use std::path::Path;

use sha2::{Digest, Sha256};

/// A file's length in bytes and its SHA-256 in hexadecimal, read piece by piece.
///
/// # Errors
/// When it cannot be read.
pub(crate) fn digest_of(path: &Path) -> io::Result<(u64, String)> {
    copy_digested(&mut File::open(path)?, &mut io::sink())
}

/// Copies all that is to be read, piece by piece; its length in bytes and its SHA-256 in hexadecimal.
///
/// # Errors
/// When it cannot be read or written.
pub(crate) fn copy_digested(
    from: &mut impl Read,
    to: &mut impl Write,
) -> io::Result<(u64, String)> {
    let (mut digest, mut bytes) = (Sha256::new(), 0);
    let mut buffer = vec![0; 1 << 20];
    loop {
        let read = match from.read(&mut buffer) {
            Err(error) if error.kind() == io::ErrorKind::Interrupted => continue,
            read => read?,
        };
        let Some(part) = buffer.get(..read).filter(|part| !part.is_empty()) else {
            return Ok((bytes, hex::encode(digest.finalize())));
        };
        digest.update(part);
        to.write_all(part)?;
        bytes += u64::try_from(read).unwrap_or_default();
    }
}
