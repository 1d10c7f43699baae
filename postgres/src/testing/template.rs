//! Where does the cluster lie that every test server is a copy of?

use std::fs::{self, DirBuilder, File};
use std::io;
use std::os::unix::fs::{DirBuilderExt, MetadataExt, PermissionsExt};
use std::path::{Path, PathBuf};

use nix::unistd::Uid;

use crate::cluster::{Options, copy, initialise};
use crate::error::Error;
use crate::find::Version;

/// Counted up when a template has to be made anew though the server's version is the same.
const EDITION: u32 = 2;

/// The template for this version, made if it is not there; it holds `data` and `password`.
///
/// # Errors
/// When it cannot be made.
pub(crate) fn find_or_make(
    place: &Path,
    version: Version,
    options: &Options,
) -> Result<PathBuf, Error> {
    let template = place.join(format!("template-{version}-{EDITION}"));
    let lock = place.join("lock");
    let file = File::create(&lock).map_err(|source| Error::writing(&lock, source))?;
    file.lock()
        .map_err(|source| Error::writing(&lock, source))?;
    if !template.is_dir() {
        make(&template, options)?;
    }
    Ok(template)
}

fn make(template: &Path, options: &Options) -> Result<(), Error> {
    let directory = temporary_directory()?;
    let home = initialise(&Options {
        home: directory.path().join("template"),
        ..options.clone()
    })?;
    let copied = || {
        let fresh = template.with_extension("new");
        if fresh.exists() {
            fs::remove_dir_all(&fresh)?;
        }
        fs::create_dir_all(fresh.join("data"))?;
        copy::directory(&home.data(), &fresh.join("data"), None)?;
        fs::copy(home.file("password"), fresh.join("password"))?;
        fs::rename(&fresh, template)
    };
    copied().map_err(|source| Error::writing(template, source))
}

/// A directory for one server, where everybody may pass but nobody may look.
pub(crate) fn temporary_directory() -> Result<tempfile::TempDir, Error> {
    tempfile::Builder::new()
        .prefix("daybook-test-")
        .permissions(fs::Permissions::from_mode(0o711))
        .tempdir()
        .map_err(|source| Error::writing("the directory for temporary files", source))
}

/// The build's target directory, else a directory of our own among the temporary files: an
/// ordinary user may run what root has built.
pub(crate) fn place() -> Result<PathBuf, Error> {
    let own = std::env::temp_dir().join(format!("daybook-test-template-{}", Uid::effective()));
    let candidates = [
        target_directory().map(|it| it.join("daybook-postgres")),
        Some(own.clone()),
    ];
    candidates
        .into_iter()
        .flatten()
        .find(|place| is_ours(place))
        .ok_or_else(|| Error::Unwritable {
            path: own,
            source: io::ErrorKind::PermissionDenied.into(),
        })
}

/// From where Cargo puts test programs, `target/<profile>/deps`.
fn target_directory() -> Option<PathBuf> {
    let program = std::env::current_exe().ok()?;
    let deps = program.ancestors().find(|it| it.ends_with("deps"))?;
    deps.parent()?.parent().map(PathBuf::from)
}

fn is_ours(place: &Path) -> bool {
    let made = DirBuilder::new().recursive(true).mode(0o700).create(place);
    made.is_ok()
        && fs::symlink_metadata(place)
            .is_ok_and(|found| found.is_dir() && found.uid() == Uid::effective().as_raw())
}
