//! Who runs the server?
//!
//! PostgreSQL refuses to run as root. As root we run it as the user `postgres`, which a package of
//! PostgreSQL makes, else as `nobody`; one whose files are there as their owner, whoever has come since.
//! As anybody else we run it as ourselves.

use std::fs;
use std::os::unix::fs::{MetadataExt, chown};
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::Command;

use nix::unistd::{Uid, User};

use crate::error::Error;

/// The account root steps down to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Account {
    pub(crate) uid: u32,
    pub(crate) gid: u32,
}

impl Account {
    /// The account of a server whose own files lie in this directory, or will; none if that is
    /// ourselves. A package that is installed later brings a user of a better name, who can read none
    /// of what is there.
    ///
    /// # Errors
    /// When we are root and there is nobody to step down to.
    pub(crate) fn of_the_server_in(server: &Path) -> Result<Option<Self>, Error> {
        if !Uid::effective().is_root() {
            return Ok(None);
        }
        let owner = [server.join("data").as_path(), server]
            .into_iter()
            .find_map(Self::owner_of);
        owner.map_or_else(Self::of_the_server, |owner| Ok(Some(owner)))
    }

    /// Whose it is; none if it is not there, or root's, who runs no server.
    fn owner_of(path: &Path) -> Option<Self> {
        let found = fs::metadata(path).ok()?;
        (found.uid() != 0).then(|| Self {
            uid: found.uid(),
            gid: found.gid(),
        })
    }

    /// The account of a new server; none if that is ourselves.
    ///
    /// # Errors
    /// When we are root and there is nobody to step down to.
    pub(crate) fn of_the_server() -> Result<Option<Self>, Error> {
        if !Uid::effective().is_root() {
            return Ok(None);
        }
        ["postgres", "nobody"]
            .into_iter()
            .filter_map(|name| User::from_name(name).ok().flatten())
            .find(|user| !user.uid.is_root())
            .map(|user| {
                Some(Self {
                    uid: user.uid.as_raw(),
                    gid: user.gid.as_raw(),
                })
            })
            .ok_or(Error::NoUnprivilegedUser)
    }

    /// Whether every directory on the way to `path` may be passed, judged by its mode.
    ///
    /// Access lists are not looked at: where they decide, the server says so when it starts.
    pub(crate) fn can_reach(&self, path: &Path) -> bool {
        path.ancestors().all(|directory| {
            fs::metadata(directory).is_ok_and(|found| {
                let search = if found.uid() == self.uid {
                    0o100
                } else if found.gid() == self.gid {
                    0o010
                } else {
                    0o001
                };
                found.mode() & search != 0
            })
        })
    }
}

/// Makes `command` run as the server's account, in a place that account can be in.
pub(crate) fn step_down(command: &mut Command, account: Option<&Account>) {
    command.current_dir("/");
    if let Some(account) = account {
        command.uid(account.uid).gid(account.gid);
    }
}

/// Gives a file or directory to the server's account.
pub(crate) fn give(path: &Path, account: Option<&Account>) -> Result<(), Error> {
    let Some(account) = account else {
        return Ok(());
    };
    chown(path, Some(account.uid), Some(account.gid)).map_err(|source| Error::Unwritable {
        path: PathBuf::from(path),
        source,
    })
}

/// `initdb` asks for the name of the user it runs as, which in some containers has none.
///
/// # Errors
/// When our uid has no entry in the user database.
pub(crate) fn require_named_user() -> Result<(), Error> {
    let uid = Uid::effective();
    match User::from_uid(uid) {
        Ok(None) => Err(Error::UnnamedUser { uid: uid.as_raw() }),
        // A lookup that fails is not our verdict: initdb will say what it makes of it.
        Ok(Some(_)) | Err(_) => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_server_that_is_there_keeps_its_account() {
        let place = tempfile::tempdir().unwrap();
        let server = place.path().join("server");
        let found = || Account::of_the_server_in(&server).unwrap();
        let new = Account::of_the_server().unwrap();
        assert_eq!(found(), new);
        fs::create_dir_all(server.join("data")).unwrap();
        // Ours: as root, nobody's who runs a server.
        assert_eq!(found(), new);
        if !Uid::effective().is_root() {
            eprintln!("only root gives files away");
            return;
        }
        let account = |id| Account { uid: id, gid: id };
        give(&server, Some(&account(54_321))).unwrap();
        assert_eq!(found(), Some(account(54_321)));
        give(&server.join("data"), Some(&account(54_322))).unwrap();
        assert_eq!(found(), Some(account(54_322)));
    }
}
