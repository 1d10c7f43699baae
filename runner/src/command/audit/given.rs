//! What does an auditor bring along?

use std::fs::{self, File};
use std::io::Read;
use std::path::Path;

use daybook_audit::archive::Kept;
use daybook_audit::note::PublicKey;

use crate::failure::Failure;

/// More bytes than a checkpoint has.
const LONGEST: u64 = 1 << 20;

/// The keys of an argument: a key itself, or a file with one on each line.
pub(super) fn keys_of(argument: &str) -> Result<Vec<PublicKey>, Failure> {
    let path = Path::new(argument);
    let text = if path.exists() {
        text_of(path)?
    } else {
        argument.to_owned()
    };
    let lines = text.lines().filter(|line| !line.trim().is_empty());
    let keys = lines.map(|line| line.trim().parse::<PublicKey>());
    let keys: Result<Vec<_>, _> = keys.collect();
    let keys = keys.map_err(|error| Failure::surroundings(format!("--key {argument}: {error}")))?;
    if keys.is_empty() {
        return Err(Failure::surroundings(format!(
            "--key {argument}: there is no key in it"
        )));
    }
    Ok(keys)
}

/// The checkpoints of an argument: the one in a file, or those in a folder, where other files may lie.
/// Folders in it are not looked into.
pub(super) fn checkpoints_of(path: &Path) -> Result<Vec<Kept>, Failure> {
    if !path.is_dir() {
        let name = path.display().to_string();
        return Ok(vec![Kept::chosen(name, text_of(path)?)]);
    }
    let failed = |error| Failure::surroundings(format!("{}: {error}", path.display()));
    let mut files = Vec::new();
    for entry in fs::read_dir(path).map_err(failed)? {
        let file = entry.map_err(failed)?.path();
        if file.is_file() {
            files.push(file);
        }
    }
    files.sort();
    if files.is_empty() {
        return Err(Failure::surroundings(format!(
            "--checkpoint {}: there is no file in it",
            path.display()
        )));
    }
    let kept = files.iter().map(|file| {
        let text = beginning_of(file)?;
        Ok(Kept::found(file.display().to_string(), text))
    });
    kept.collect()
}

/// What a file begins with, as far as a checkpoint could go. What is no text is no checkpoint, and neither
/// is what is cut off here.
fn beginning_of(path: &Path) -> Result<String, Failure> {
    let failed = |error| Failure::surroundings(format!("{}: {error}", path.display()));
    let mut bytes = Vec::new();
    let file = File::open(path).map_err(failed)?;
    file.take(LONGEST).read_to_end(&mut bytes).map_err(failed)?;
    Ok(String::from_utf8(bytes).unwrap_or_default())
}

/// The text of a file that was named.
fn text_of(path: &Path) -> Result<String, Failure> {
    fs::read_to_string(path)
        .map_err(|error| Failure::surroundings(format!("{}: {error}", path.display())))
}
