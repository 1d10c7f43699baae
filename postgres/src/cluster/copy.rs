//! How is a cluster made from one that lies ready?

use std::fs;
use std::io;
use std::os::unix::fs::{PermissionsExt, chown};
use std::path::Path;

use crate::cluster::home::Home;
use crate::error::Error;
use crate::privilege::Account;

/// Copies the `data` and `password` of a cluster that is not running into `home`; needs a turn.
///
/// # Errors
/// When one of them cannot be read or the other be written.
pub(crate) fn make(home: &Home, template: &Path) -> Result<(), Error> {
    let fresh = home.fresh_data()?;
    directory(&template.join("data"), fresh.path(), home.account())
        .map_err(|source| Error::writing(fresh.path(), source))?;
    let password = home.file("password");
    fs::copy(template.join("password"), &password)
        .map_err(|source| Error::writing(password, source))?;
    home.adopt_data(fresh)
}

/// Copies what is in one directory into another that is there, for this account.
pub(crate) fn directory(from: &Path, to: &Path, account: Option<&Account>) -> io::Result<()> {
    for entry in fs::read_dir(from)? {
        let entry = entry?;
        let target = to.join(entry.file_name());
        if entry.file_type()?.is_dir() {
            fs::create_dir(&target)?;
            fs::set_permissions(&target, fs::Permissions::from_mode(0o700))?;
            directory(&entry.path(), &target, account)?;
        } else {
            fs::copy(entry.path(), &target)?;
        }
        if let Some(account) = account {
            chown(&target, Some(account.uid), Some(account.gid))?;
        }
    }
    Ok(())
}
