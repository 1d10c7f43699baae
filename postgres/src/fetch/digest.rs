//! Is this file what it was when its digest was pinned?

use std::fs::File;
use std::io;
use std::path::Path;

use sha2::{Digest, Sha256, Sha512};

use crate::error::Error;
use crate::fetch::package::Package;
use crate::surroundings::PackageClient;

/// Compares the digest of a fetched file with the pinned one.
///
/// # Errors
/// When it is another one, or the file cannot be read.
pub(crate) fn verify(package: &Package, file: &Path) -> Result<(), Error> {
    let found = match package.client {
        PackageClient::Npm => of_file::<Sha512>(file),
        PackageClient::Pip => of_file::<Sha256>(file),
    }
    .map_err(|source| Error::reading(file, source))?;
    if found == package.digest {
        return Ok(());
    }
    Err(Error::BadDigest {
        package: package.spec.to_owned(),
        expected: package.digest.to_owned(),
        found,
    })
}

fn of_file<D: Digest>(file: &Path) -> io::Result<String> {
    let mut digest = Hashing(D::new());
    io::copy(&mut File::open(file)?, &mut digest)?;
    Ok(hex::encode(digest.0.finalize()))
}

/// A digest that can be written to, in pieces as they are read.
struct Hashing<D>(D);

impl<D: Digest> io::Write for Hashing<D> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.update(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}
