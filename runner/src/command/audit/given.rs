//! What does an auditor bring along?

use std::fs;
use std::path::Path;

use daybook_audit::note::PublicKey;

use crate::failure::Failure;

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

/// The text of a file that was named.
pub(super) fn text_of(path: &Path) -> Result<String, Failure> {
    fs::read_to_string(path)
        .map_err(|error| Failure::surroundings(format!("{}: {error}", path.display())))
}
