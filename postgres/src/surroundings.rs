//! Where may binaries and package clients be looked for?
//!
//! This crate reads no environment: the caller says what there is, so a test can hide any of it.

use std::ffi::OsString;
use std::fs;
use std::path::{Path, PathBuf};

/// A program that can fetch a package from the registry it is set up for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PackageClient {
    /// `npm pack`.
    Npm,
    /// `pip download`, under any of its names.
    Pip,
}

/// A directory whose sub-directories are installations.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Root {
    /// The directory, absolute.
    pub directory: PathBuf,
    /// How the names of its installations begin; empty for all of them.
    pub prefix: &'static str,
}

impl Root {
    fn new(directory: &str, prefix: &'static str) -> Self {
        Self {
            directory: directory.into(),
            prefix,
        }
    }

    /// The directories that hold this program, in the order of their names.
    pub(crate) fn candidates(&self, program: &str) -> Vec<PathBuf> {
        let Ok(entries) = fs::read_dir(&self.directory) else {
            return Vec::new();
        };
        let mut found: Vec<PathBuf> = entries
            .filter_map(Result::ok)
            .filter(|entry| entry.file_name().to_string_lossy().starts_with(self.prefix))
            .map(|entry| entry.path())
            .collect();
        found.sort();
        found
            .into_iter()
            .flat_map(|place| [place.join("bin"), place])
            .filter(|place| place.join(program).exists())
            .collect()
    }
}

/// All that the search for a server looks at.
#[derive(Clone, Debug, Default)]
pub struct Surroundings {
    /// Binaries the user named: if set, nothing else is looked at.
    pub binaries: Option<PathBuf>,
    /// The value of `PATH`: for `postgres`, `pg_config`, the clients and what they run themselves.
    pub path: Option<OsString>,
    /// Where installations lie that are not on the `PATH`.
    pub roots: Vec<Root>,
    /// Clients that may be used, in this order; empty forbids fetching.
    pub clients: Vec<PackageClient>,
}

impl Surroundings {
    /// Everything this machine may offer.
    pub fn of_this_machine(path: Option<OsString>) -> Self {
        Self {
            binaries: None,
            path,
            roots: vec![
                Root::new("/usr/lib/postgresql", ""),
                Root::new("/usr/lib", "postgresql"),
                Root::new("/usr/libexec", "postgresql"),
                Root::new("/usr", "pgsql-"),
                Root::new("/usr/local", "pgsql"),
                Root::new("/opt/homebrew/opt", "postgresql"),
                Root::new("/usr/local/opt", "postgresql"),
                Root::new("/home/linuxbrew/.linuxbrew/opt", "postgresql"),
                Root::new("/Applications/Postgres.app/Contents/Versions", ""),
            ],
            clients: vec![PackageClient::Npm, PackageClient::Pip],
        }
    }

    /// The directories of `PATH`, relative ones left out: they would depend on where we stand.
    pub(crate) fn path_directories(&self) -> Vec<PathBuf> {
        self.path
            .iter()
            .flat_map(std::env::split_paths)
            .filter(|directory| directory.is_absolute())
            .collect()
    }

    /// The first program of this name on the `PATH`.
    pub(crate) fn program(&self, name: &str) -> Option<PathBuf> {
        self.path_directories()
            .into_iter()
            .map(|directory| directory.join(name))
            .find(|program| is_executable(program))
    }
}

/// Whether this is a file that somebody may execute.
pub(crate) fn is_executable(path: &Path) -> bool {
    use std::os::unix::fs::PermissionsExt;
    fs::metadata(path).is_ok_and(|file| file.is_file() && file.permissions().mode() & 0o111 != 0)
}
