//! Where does the server put its Unix socket?
//!
//! The address of a socket holds about a hundred bytes, and a data directory may lie deeper than
//! that: then the socket goes to a directory in `/tmp` whose name is derived from the home's.

use std::fs;
use std::os::unix::ffi::OsStrExt;
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};

use nix::unistd::Uid;
use sha2::{Digest, Sha256};

use crate::cluster::home::Home;
use crate::error::Error;

/// What macOS leaves for a path; Linux leaves four more.
const LIMIT: usize = 103;

/// The longest name a socket has in its directory.
const NAME: &str = "/.s.PGSQL.65535";

/// Where the socket of this home goes.
pub(crate) fn directory(home: &Home) -> PathBuf {
    let near = home.server().join("socket");
    if near.as_os_str().len() + NAME.len() <= LIMIT {
        return near;
    }
    let digest = hex::encode(Sha256::digest(near.as_os_str().as_bytes()));
    let name: String = digest.chars().take(16).collect();
    Path::new("/tmp").join(format!("daybook-{name}"))
}

/// Makes that directory, or checks that it is the server's.
///
/// # Errors
/// When it cannot be made, or belongs to somebody else: anybody can make directories in `/tmp`.
pub(crate) fn prepare(home: &Home) -> Result<PathBuf, Error> {
    let directory = directory(home);
    home.ensure_private(&directory)?;
    let found =
        fs::symlink_metadata(&directory).map_err(|source| Error::reading(&directory, source))?;
    let owner = home
        .account()
        .map_or_else(|| Uid::effective().as_raw(), |account| account.uid);
    if found.is_dir() && found.uid() == owner && found.mode() & 0o777 == 0o700 {
        Ok(directory)
    } else {
        Err(Error::NotPrivate { directory })
    }
}

/// Removes what a killed server left: like its pid file, a socket's lock names a process, and another
/// one may have that number by now. Needs a turn, and no server to be running.
///
/// # Errors
/// When the directory cannot be read or written.
pub(crate) fn clear(directory: &Path) -> Result<(), Error> {
    let remove = || {
        for entry in fs::read_dir(directory)? {
            fs::remove_file(entry?.path())?;
        }
        Ok(())
    };
    remove().map_err(|source| Error::writing(directory, source))
}

/// Removes a directory in `/tmp` after the server has ended.
pub(crate) fn tidy(home: &Home) {
    let directory = directory(home);
    if !directory.starts_with(home.server()) {
        // Only an empty one goes, and one that stays is used again.
        let _kept = fs::remove_dir(directory);
    }
}
