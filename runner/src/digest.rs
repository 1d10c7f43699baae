//! What is a file, told by its contents?

use std::fs::File;
use std::io::{self, Read};
use std::path::Path;

use sha2::{Digest, Sha256};

/// A file's length in bytes and its SHA-256 in hexadecimal, read piece by piece.
///
/// # Errors
/// When it cannot be read.
pub(crate) fn digest_of(path: &Path) -> io::Result<(u64, String)> {
    let mut file = File::open(path)?;
    let (mut digest, mut bytes) = (Sha256::new(), 0);
    let mut buffer = vec![0; 1 << 20];
    loop {
        let read = file.read(&mut buffer)?;
        let Some(part) = buffer.get(..read).filter(|part| !part.is_empty()) else {
            return Ok((bytes, hex::encode(digest.finalize())));
        };
        digest.update(part);
        bytes += u64::try_from(read).unwrap_or_default();
    }
}
