//! The last checkpoint of each tenant, kept outside of the database.
//!
//! One file for each tenant in a directory. It is what a database is held against that somebody
//! restored from an old backup or changed past all rules: what was signed once stays signed.

use std::fs::{self, DirBuilder, File, OpenOptions};
use std::io::{self, Write};
use std::os::unix::fs::{DirBuilderExt, OpenOptionsExt};
use std::path::{Path, PathBuf};

use daybook_domain::kernel::TenantId;
use uuid::Uuid;

/// A directory with the last checkpoint of each tenant.
#[derive(Debug, Clone)]
pub struct Outside {
    directory: PathBuf,
}

impl Outside {
    /// Uses a directory; makes it where it is missing.
    ///
    /// # Errors
    /// When it cannot be made.
    pub fn at(directory: impl Into<PathBuf>) -> io::Result<Self> {
        let directory = directory.into();
        let mut builder = DirBuilder::new();
        builder.recursive(true).mode(0o755).create(&directory)?;
        Ok(Self { directory })
    }

    /// Where it is.
    pub fn directory(&self) -> &Path {
        &self.directory
    }

    /// The tenant's last checkpoint; none when none was kept.
    ///
    /// # Errors
    /// When the file cannot be read.
    pub fn last(&self, tenant: TenantId) -> io::Result<Option<String>> {
        match fs::read_to_string(self.file(tenant)) {
            Ok(note) => Ok(Some(note)),
            Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
            Err(error) => Err(error),
        }
    }

    /// Every tenant that has one, in no order.
    ///
    /// # Errors
    /// When the directory cannot be read.
    pub fn tenants(&self) -> io::Result<Vec<TenantId>> {
        let mut tenants = Vec::new();
        for entry in fs::read_dir(&self.directory)? {
            let name = entry?.file_name();
            let tenant = name.to_str().and_then(|name| Uuid::try_parse(name).ok());
            tenants.extend(tenant.map(TenantId));
        }
        Ok(tenants)
    }

    /// Keeps checkpoints, each in place of the tenant's last one. On the disk when this returns.
    ///
    /// # Errors
    /// When one cannot be written; those before it are kept.
    pub fn keep<'n>(&self, notes: impl IntoIterator<Item = (TenantId, &'n str)>) -> io::Result<()> {
        for (tenant, note) in notes {
            let new = self.directory.join(format!(".{tenant}.new"));
            let mut options = OpenOptions::new();
            options.write(true).create(true).truncate(true).mode(0o644);
            let mut file = options.open(&new)?;
            file.write_all(note.as_bytes())?;
            file.sync_data()?;
            fs::rename(&new, self.file(tenant))?;
        }
        File::open(&self.directory)?.sync_all()
    }

    /// Puts the tenant's last checkpoint aside, under a name that says so, when an operator
    /// accepts a database that does not continue it. `false`: there is none.
    ///
    /// # Errors
    /// When it cannot be renamed.
    pub fn set_aside(&self, tenant: TenantId, mark: &str) -> io::Result<bool> {
        let aside = self.directory.join(format!("{tenant}.aside-{mark}"));
        match fs::rename(self.file(tenant), aside) {
            Ok(()) => {
                File::open(&self.directory)?.sync_all()?;
                Ok(true)
            }
            Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(false),
            Err(error) => Err(error),
        }
    }

    fn file(&self, tenant: TenantId) -> PathBuf {
        self.directory.join(tenant.to_string())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keeps_the_last_of_each_tenant() {
        let directory = tempfile::tempdir().unwrap();
        let outside = Outside::at(directory.path().join("checkpoints")).unwrap();
        let (one, other) = (TenantId(Uuid::from_u128(1)), TenantId(Uuid::from_u128(2)));
        assert_eq!(outside.last(one).unwrap(), None);
        outside
            .keep([(one, "first\n"), (other, "other\n")])
            .unwrap();
        outside.keep([(one, "second\n")]).unwrap();
        assert_eq!(outside.last(one).unwrap().as_deref(), Some("second\n"));
        let mut tenants = outside.tenants().unwrap();
        tenants.sort_by_key(|tenant| tenant.0);
        assert_eq!(tenants, [one, other]);
        assert!(outside.set_aside(one, "1").unwrap());
        assert!(!outside.set_aside(one, "1").unwrap());
        assert_eq!(outside.last(one).unwrap(), None);
        assert_eq!(outside.tenants().unwrap(), [other]);
    }
}
