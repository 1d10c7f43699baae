//! How is something written that only we may read, whole or not at all?

use std::fs::{DirBuilder, File};
use std::io::{self, Write};
use std::os::unix::fs::DirBuilderExt;
use std::path::Path;

use tempfile::NamedTempFile;

/// Writes a file that is not there yet, and the directories on the way to it.
///
/// # Errors
/// `AlreadyExists` when another process made it at this moment; when it cannot be written.
pub(crate) fn create(file: &Path, text: &str) -> io::Result<()> {
    let directory = directory_of(file);
    let mut builder = DirBuilder::new();
    builder.recursive(true).mode(0o711).create(directory)?;
    let new = written(directory, text.as_bytes())?;
    new.persist_noclobber(file).map_err(|it| it.error)?;
    File::open(directory)?.sync_all()
}

/// Writes a file in place of the one that is there, if one is.
///
/// # Errors
/// When it cannot be written; the former one is as it was then.
pub(crate) fn replace(file: &Path, bytes: &[u8]) -> io::Result<()> {
    let directory = directory_of(file);
    let new = written(directory, bytes)?;
    new.persist(file).map_err(|it| it.error)?;
    File::open(directory)?.sync_all()
}

/// A file beside the one to be, with mode 600, which goes when it is dropped.
fn written(directory: &Path, bytes: &[u8]) -> io::Result<NamedTempFile> {
    let mut new = NamedTempFile::new_in(directory)?;
    new.write_all(bytes)?;
    new.as_file().sync_all()?;
    Ok(new)
}

fn directory_of(file: &Path) -> &Path {
    let directory = file.parent().filter(|it| !it.as_os_str().is_empty());
    directory.unwrap_or(Path::new("."))
}

#[cfg(test)]
mod tests {
    use std::fs;
    use std::os::unix::fs::PermissionsExt;

    use super::*;

    fn mode(file: &Path) -> u32 {
        fs::metadata(file).unwrap().permissions().mode() & 0o777
    }

    #[test]
    fn what_is_there_is_only_replaced_where_that_is_asked_for() {
        let place = tempfile::tempdir().unwrap();
        let file = place.path().join("below/secret");
        create(&file, "one").unwrap();
        let refused = create(&file, "two").unwrap_err();
        assert_eq!(refused.kind(), io::ErrorKind::AlreadyExists);
        assert_eq!(fs::read_to_string(&file).unwrap(), "one");
        fs::set_permissions(&file, fs::Permissions::from_mode(0o644)).unwrap();
        replace(&file, b"three").unwrap();
        assert_eq!(fs::read_to_string(&file).unwrap(), "three");
        assert_eq!(mode(&file), 0o600);
        assert_eq!(fs::read_dir(file.parent().unwrap()).unwrap().count(), 1);
    }
}
