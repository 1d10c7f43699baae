//! Which binaries will be used for this data directory?

use crate::cluster::Options;
use crate::error::Error;
use crate::find::{self, Binaries, OLDEST_MAJOR};
use crate::progress::Progress;

/// The newest that fit: of the same major version as the data, if there is data.
///
/// # Errors
/// When none fit and none can be fetched.
pub(crate) fn binaries(
    options: &Options,
    made_by: Option<&str>,
    _progress: Progress<'_>,
) -> Result<Binaries, Error> {
    let found = find::among(&options.surroundings, &[])?;
    found
        .into_iter()
        .find(|it| {
            made_by.map_or(it.version().major >= OLDEST_MAJOR, |major| {
                it.version().major.to_string() == major
            })
        })
        .ok_or_else(|| Error::NoServer {
            tried: String::new(),
            command: String::new(),
        })
}
