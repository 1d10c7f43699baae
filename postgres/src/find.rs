//! Which PostgreSQL is installed here?
//!
//! Looked at, in this order: the directory the user named (then nothing else), `PATH`,
//! `pg_config --bindir`, the usual places of Debian, Fedora, Alpine, Homebrew and Postgres.app,
//! and what was fetched before. The newest wins; being first on the `PATH` is no preference,
//! because there it is often an old client. A candidate counts only if both `postgres` and `initdb`
//! run, as the account that the server will run as.

use std::fmt::{self, Display, Formatter};
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Duration;

use crate::error::Error;
use crate::privilege::{Account, step_down};
use crate::program;
use crate::surroundings::{Surroundings, is_executable};

/// The oldest major version that will do.
pub const OLDEST_MAJOR: u32 = 15;

const VERSION_BOUND: Duration = Duration::from_secs(10);

/// A version of PostgreSQL; ordered by age.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Version {
    /// Data directories fit exactly one major version.
    pub major: u32,
    /// Fixes only; 0 for a beta.
    pub minor: u32,
}

impl Version {
    /// From the output of `postgres --version`, as `postgres (PostgreSQL) 15.18 (Debian …)`.
    pub(crate) fn parse(output: &str) -> Option<Self> {
        let word = output
            .split("(PostgreSQL)")
            .nth(1)?
            .split_whitespace()
            .next()?;
        let number = |text: &str| {
            let digits: String = text.chars().take_while(char::is_ascii_digit).collect();
            digits.parse().ok()
        };
        let mut parts = word.split('.');
        Some(Self {
            major: parts.next().and_then(number)?,
            minor: parts.next().and_then(number).unwrap_or(0),
        })
    }
}

impl Display for Version {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        write!(f, "{}.{}", self.major, self.minor)
    }
}

/// A directory with a `postgres` and an `initdb` that run.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Binaries {
    directory: PathBuf,
    version: Version,
}

impl Binaries {
    /// Looks at one directory; none if what is there does not run.
    ///
    /// # Errors
    /// When we are root and there is no account to try them as.
    pub fn at(directory: &Path) -> Result<Option<Self>, Error> {
        let account = Account::of_the_server()?;
        Ok(Self::probe(directory, account.as_ref()))
    }

    fn probe(directory: &Path, account: Option<&Account>) -> Option<Self> {
        let directory = resolve(directory)?;
        let version = version_of(&directory.join("postgres"), account)?;
        version_of(&directory.join("initdb"), account)?;
        Some(Self { directory, version })
    }

    /// Where they lie, absolute.
    pub fn directory(&self) -> &Path {
        &self.directory
    }

    /// The version of `postgres`.
    pub fn version(&self) -> Version {
        self.version
    }

    pub(crate) fn program(&self, name: &str) -> PathBuf {
        self.directory.join(name)
    }
}

/// The directory the programs really lie in: a link on the `PATH` is the same installation.
fn resolve(directory: &Path) -> Option<PathBuf> {
    let postgres = directory.join("postgres").canonicalize().ok()?;
    let home = postgres.parent()?;
    let directory = if is_executable(&home.join("initdb")) {
        home.to_path_buf()
    } else {
        directory.canonicalize().ok()?
    };
    is_executable(&directory.join("initdb")).then_some(directory)
}

fn version_of(binary: &Path, account: Option<&Account>) -> Option<Version> {
    let mut command = Command::new(binary);
    step_down(&mut command, account);
    command.arg("--version").env("LC_ALL", "C");
    let outcome = program::run(&mut command, VERSION_BOUND, &|_| ()).ok()?;
    outcome.status.success().then_some(())?;
    Version::parse(&outcome.output)
}

/// Everything installed that runs, newest first, too old ones included.
///
/// # Errors
/// When the directory the user named holds no server that runs, or we are root and there is no
/// account to run it as.
pub fn installed(surroundings: &Surroundings) -> Result<Vec<Binaries>, Error> {
    among(surroundings, &[])
}

/// As [`installed`], with these directories looked at as well.
pub(crate) fn among(
    surroundings: &Surroundings,
    further: &[PathBuf],
) -> Result<Vec<Binaries>, Error> {
    let account = Account::of_the_server()?;
    if let Some(named) = &surroundings.binaries {
        let found = Binaries::probe(named, account.as_ref()).ok_or_else(|| Error::NotBinaries {
            directory: named.clone(),
        })?;
        return Ok(vec![found]);
    }
    let mut directories: Vec<PathBuf> = candidates(surroundings, "postgres")
        .iter()
        .chain(further)
        .filter_map(|directory| resolve(directory))
        .collect();
    directories.sort();
    directories.dedup();
    let mut found: Vec<Binaries> = directories
        .iter()
        .filter_map(|directory| Binaries::probe(directory, account.as_ref()))
        .collect();
    found.sort_by(|a, b| {
        b.version
            .cmp(&a.version)
            .then_with(|| a.directory.cmp(&b.directory))
    });
    Ok(found)
}

/// Where this program may lie.
pub(crate) fn candidates(surroundings: &Surroundings, program: &str) -> Vec<PathBuf> {
    let mut directories = surroundings.path_directories();
    directories.extend(told_by_pg_config(surroundings));
    let roots = surroundings.roots.iter();
    directories.extend(roots.flat_map(|root| root.candidates(program)));
    directories
}

fn told_by_pg_config(surroundings: &Surroundings) -> Option<PathBuf> {
    let mut command = Command::new(surroundings.program("pg_config")?);
    command.arg("--bindir").current_dir("/");
    let outcome = program::run(&mut command, VERSION_BOUND, &|_| ()).ok()?;
    outcome.status.success().then_some(())?;
    Some(PathBuf::from(outcome.output.lines().next()?))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_the_versions_that_servers_print() {
        for (text, major, minor) in [
            (
                "postgres (PostgreSQL) 15.18 (Debian 15.18-0+deb12u1)\n",
                15,
                18,
            ),
            ("postgres (PostgreSQL) 18.4\n", 18, 4),
            ("postgres (PostgreSQL) 19beta2\n", 19, 0),
            ("initdb (PostgreSQL) 17devel", 17, 0),
        ] {
            assert_eq!(
                Version::parse(text),
                Some(Version { major, minor }),
                "{text}"
            );
        }
        assert_eq!(Version::parse("no such thing"), None);
    }
}
