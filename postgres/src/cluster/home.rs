//! Where do a cluster's files lie, and can the account of the server reach them?

use std::fs::{self, DirBuilder, File, OpenOptions, Permissions};
use std::io::{self, Write};
use std::os::unix::fs::{DirBuilderExt, OpenOptionsExt, PermissionsExt, symlink};
use std::path::{Path, PathBuf};

use secrecy::{ExposeSecret, SecretString};
use tempfile::TempDir;

use crate::error::Error;
use crate::privilege::{Account, give};

/// Where root puts a server that cannot live in the home, in order of preference.
const ELSEWHERE: [&str; 2] = ["/var/lib", "/var/tmp"];

/// The directory of one cluster, made and checked.
#[derive(Clone, Debug)]
pub(crate) struct Home {
    directory: PathBuf,
    server: PathBuf,
    account: Option<Account>,
}

impl Home {
    /// Opens a home, or makes it.
    ///
    /// Not under the lock, which lies in it: two who come at once make the same directories, and
    /// [`Home::settle`] is called under the lock.
    ///
    /// # Errors
    /// When it cannot be written.
    pub(crate) fn open(directory: &Path) -> Result<Self, Error> {
        let account = Account::of_the_server_in(&directory.join("server"))?;
        // The server's account only has to pass through.
        let mode = if account.is_some() { 0o711 } else { 0o700 };
        DirBuilder::new()
            .recursive(true)
            .mode(mode)
            .create(directory)
            .map_err(|source| Error::writing(directory, source))?;
        let directory = directory
            .canonicalize()
            .map_err(|source| Error::reading(directory, source))?;
        Ok(Self {
            server: directory.join("server"),
            directory,
            account,
        })
    }

    /// Finds or makes the place of the server's own files.
    ///
    /// # Errors
    /// When it cannot be made, cannot be reached by the server's account, or is gone.
    pub(crate) fn settle(&mut self) -> Result<(), Error> {
        let server = self.directory.join("server");
        if fs::symlink_metadata(&server).is_err() {
            self.make_server(&server)?;
        }
        self.server = server.canonicalize().map_err(|_| Error::Gone {
            target: fs::read_link(&server).unwrap_or_else(|_| server.clone()),
            link: server,
        })?;
        match &self.account {
            Some(account) if !account.can_reach(&self.server) => Err(Error::Unreachable {
                path: self.server.clone(),
            }),
            _ => Ok(()),
        }
    }

    fn make_server(&self, server: &Path) -> Result<(), Error> {
        match &self.account {
            Some(account) if !account.can_reach(&self.directory) => {
                let place = self.make_elsewhere(account)?;
                symlink(&place, server).map_err(|source| Error::writing(server, source))
            }
            account => make_private(server, account.as_ref()),
        }
    }

    /// A new name each time: whoever deletes the home wants an empty cluster afterwards.
    fn make_elsewhere(&self, account: &Account) -> Result<PathBuf, Error> {
        let place = ELSEWHERE
            .into_iter()
            .filter(|base| account.can_reach(Path::new(base)))
            .find_map(|base| {
                tempfile::Builder::new()
                    .prefix("daybook-")
                    .rand_bytes(12)
                    .permissions(Permissions::from_mode(0o700))
                    .tempdir_in(base)
                    .ok()
            })
            .ok_or_else(|| Error::Unreachable {
                path: self.directory.clone(),
            })?
            .keep();
        let note = place.join("belongs-to");
        fs::write(&note, format!("{}\n", self.directory.display()))
            .map_err(|source| Error::writing(note, source))?;
        give(&place, Some(account))?;
        Ok(place)
    }

    /// Makes a directory for the server alone, unless it is there.
    pub(crate) fn ensure_private(&self, path: &Path) -> Result<(), Error> {
        if path.is_dir() {
            return Ok(());
        }
        make_private(path, self.account.as_ref())
    }

    /// An empty directory for a cluster to be made in; removed when dropped.
    ///
    /// # Errors
    /// When it cannot be made.
    pub(crate) fn fresh_data(&self) -> Result<TempDir, Error> {
        let fresh = tempfile::Builder::new()
            .prefix("data.new-")
            .permissions(Permissions::from_mode(0o700))
            .tempdir_in(&self.server)
            .map_err(|source| Error::writing(&self.server, source))?;
        give(fresh.path(), self.account())?;
        Ok(fresh)
    }

    /// Makes that directory the cluster's: who is killed before leaves no half cluster.
    ///
    /// # Errors
    /// When it cannot be renamed.
    pub(crate) fn adopt_data(&self, fresh: TempDir) -> Result<(), Error> {
        fs::rename(fresh.path(), self.data())
            .map_err(|source| Error::writing(self.data(), source))?;
        // It lies under another name now: there is nothing to remove.
        let _renamed = fresh.keep();
        Ok(())
    }

    pub(crate) fn account(&self) -> Option<&Account> {
        self.account.as_ref()
    }

    pub(crate) fn file(&self, name: &str) -> PathBuf {
        self.directory.join(name)
    }

    pub(crate) fn server(&self) -> &Path {
        &self.server
    }

    pub(crate) fn data(&self) -> PathBuf {
        self.server.join("data")
    }

    pub(crate) fn log(&self) -> PathBuf {
        self.file("server.log")
    }

    /// The major version that made the data directory; none if there is no data directory.
    ///
    /// # Errors
    /// When something else is there.
    pub(crate) fn data_version(&self) -> Result<Option<String>, Error> {
        let data = self.data();
        match fs::read_to_string(data.join("PG_VERSION")) {
            Ok(version) => Ok(Some(version.trim().to_owned())),
            Err(error) if error.kind() == io::ErrorKind::NotFound => {
                if data.exists() {
                    Err(Error::NotACluster { directory: data })
                } else {
                    Ok(None)
                }
            }
            Err(source) => Err(Error::reading(data, source)),
        }
    }

    /// The superuser's password.
    ///
    /// # Errors
    /// When it is not there.
    pub(crate) fn password(&self) -> Result<SecretString, Error> {
        let file = self.file("password");
        match fs::read_to_string(&file) {
            Ok(text) if !text.trim().is_empty() => Ok(text.trim().to_owned().into()),
            Err(source) if source.kind() != io::ErrorKind::NotFound => {
                Err(Error::reading(file, source))
            }
            Ok(_) | Err(_) => Err(Error::PasswordMissing {
                directory: self.data(),
                file,
            }),
        }
    }

    /// Keeps the superuser's password, for our eyes only.
    pub(crate) fn keep_password(&self, password: &SecretString) -> Result<(), Error> {
        let file = self.file("password");
        write_private(&file, password).map_err(|source| Error::writing(file, source))
    }
}

fn make_private(path: &Path, account: Option<&Account>) -> Result<(), Error> {
    DirBuilder::new()
        .mode(0o700)
        .create(path)
        .map_err(|source| Error::writing(path, source))?;
    give(path, account)
}

/// Writes a secret to a file that only its owner may read, on the disk before it returns.
pub(crate) fn write_private(path: &Path, secret: &SecretString) -> io::Result<()> {
    let mut file = open_private(path, false)?;
    file.set_len(0)?;
    writeln!(file, "{}", secret.expose_secret())?;
    file.sync_all()
}

/// Opens a file for writing that only its owner may read.
pub(crate) fn open_private(path: &Path, append: bool) -> io::Result<File> {
    OpenOptions::new()
        .create(true)
        .write(true)
        .append(append)
        .truncate(false)
        .mode(0o600)
        .open(path)
}
