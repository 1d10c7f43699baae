//! Is an installed server found in each of the ways, with the others hidden?

#![cfg(test)]

mod harness;

use std::path::Path;

use daybook_postgres::{Binaries, Cluster, Error, Options, Origin, Root, Surroundings, find};
use harness::{answers, bare, directory, installed_only, pretend, script};

fn root(directory: &Path, prefix: &'static str) -> Surroundings {
    Surroundings {
        roots: vec![Root {
            directory: directory.to_path_buf(),
            prefix,
        }],
        ..bare(&[])
    }
}

fn versions(surroundings: &Surroundings) -> Vec<String> {
    let found = find::installed(surroundings).unwrap();
    found.iter().map(|it| it.version().to_string()).collect()
}

#[test]
fn runs_an_installed_server_without_a_package_client() {
    let surroundings = installed_only();
    if find::installed(&surroundings).unwrap().is_empty() {
        eprintln!("nothing is installed here: see the tests of fetching");
        return;
    }
    let home = directory();
    let options = Options::new(home.path().join("pg"), surroundings);
    let cluster = Cluster::attach_or_start(options, &|_| ()).unwrap();
    assert_eq!(cluster.origin(), Origin::Started);
    assert!(answers(cluster.connection().port));
}

#[test]
fn runs_a_server_that_is_found_in_one_way_alone() {
    let Some(installed) = find::installed(&installed_only())
        .unwrap()
        .into_iter()
        .next()
    else {
        eprintln!("nothing is installed here: see the tests of fetching");
        return;
    };
    let binaries = installed.directory();
    let place = directory();
    let tells = place.path().join("tells");
    script(
        &tells,
        "pg_config",
        &format!("echo '{}'", binaries.display()),
    );
    let usual = place.path().join("usual/99");
    std::fs::create_dir_all(&usual).unwrap();
    std::os::unix::fs::symlink(binaries, usual.join("bin")).unwrap();
    let named = Surroundings {
        binaries: Some(binaries.to_path_buf()),
        ..bare(&[])
    };
    let ways = [
        ("the path", bare(&[binaries])),
        ("pg_config", bare(&[&tells])),
        ("the usual places", root(&place.path().join("usual"), "")),
        ("the user", named),
    ];
    // One cluster for all of them: it is made once, and started in each of the ways.
    let home = directory();
    for (way, surroundings) in ways {
        let surroundings = Surroundings {
            clients: Vec::new(),
            ..surroundings
        };
        let options = Options::new(home.path().join("pg"), surroundings);
        let cluster = Cluster::attach_or_start(options, &|_| ());
        let cluster = cluster.unwrap_or_else(|error| panic!("{way}: {error}"));
        assert_eq!(cluster.origin(), Origin::Started, "{way}");
        assert!(answers(cluster.connection().port), "{way}");
        cluster.leave().unwrap();
    }
}

#[test]
fn finds_a_server_on_the_path() {
    let place = directory();
    pretend(&place.path().join("bin"), "16.2");
    assert_eq!(versions(&bare(&[&place.path().join("bin")])), ["16.2"]);
}

#[test]
fn finds_a_server_that_pg_config_tells_of() {
    let place = directory();
    let hidden = place.path().join("hidden");
    pretend(&hidden, "16.2");
    script(
        &place.path().join("bin"),
        "pg_config",
        &format!("echo '{}'", hidden.display()),
    );
    assert_eq!(versions(&bare(&[&place.path().join("bin")])), ["16.2"]);
}

#[test]
fn finds_a_server_in_the_usual_places() {
    let place = directory();
    pretend(&place.path().join("17/bin"), "17.1");
    assert_eq!(versions(&root(place.path(), "")), ["17.1"]);
    pretend(&place.path().join("pgsql-16/bin"), "16.4");
    pretend(&place.path().join("postgresql15"), "15.9");
    assert_eq!(versions(&root(place.path(), "pgsql-")), ["16.4"]);
    assert_eq!(versions(&root(place.path(), "postgresql")), ["15.9"]);
}

#[test]
fn prefers_the_newest_over_the_first_on_the_path() {
    let place = directory();
    let (old, new) = (place.path().join("old"), place.path().join("new"));
    pretend(&old, "15.3");
    pretend(&new, "17.10");
    let surroundings = bare(&[&old, &new]);
    assert_eq!(versions(&surroundings), ["17.10", "15.3"]);
}

#[test]
fn counts_a_link_and_its_target_once() {
    let place = directory();
    let (real, linked) = (place.path().join("real"), place.path().join("linked"));
    pretend(&real, "16.0");
    std::fs::create_dir(&linked).unwrap();
    std::os::unix::fs::symlink(real.join("postgres"), linked.join("postgres")).unwrap();
    let found = find::installed(&bare(&[&linked, &real])).unwrap();
    assert_eq!(found.len(), 1);
    assert_eq!(found[0].directory(), real.canonicalize().unwrap());
}

#[test]
fn does_not_count_what_does_not_run() {
    let place = directory();
    let (alone, broken) = (place.path().join("alone"), place.path().join("broken"));
    script(&alone, "postgres", "echo 'postgres (PostgreSQL) 17.0'");
    pretend(&broken, "17.0");
    script(
        &broken,
        "initdb",
        "echo 'initdb: error while loading shared libraries' >&2; exit 127",
    );
    assert!(versions(&bare(&[&alone, &broken])).is_empty());
    assert!(Binaries::at(&broken).unwrap().is_none());
}

#[test]
fn uses_only_the_directory_the_user_named() {
    let place = directory();
    let (named, newer) = (place.path().join("named"), place.path().join("newer"));
    pretend(&named, "15.0");
    pretend(&newer, "18.0");
    let mut surroundings = bare(&[&newer]);
    surroundings.binaries = Some(named);
    assert_eq!(versions(&surroundings), ["15.0"]);
    surroundings.binaries = Some(place.path().join("nothing"));
    let error = find::installed(&surroundings).unwrap_err();
    assert!(matches!(error, Error::NotBinaries { .. }), "{error}");
}

#[test]
fn refuses_an_old_server_that_the_user_named() {
    let place = directory();
    pretend(&place.path().join("old"), "14.19");
    let mut surroundings = bare(&[]);
    surroundings.binaries = Some(place.path().join("old"));
    let options = Options::new(place.path().join("pg"), surroundings);
    let error = Cluster::attach_or_start(options, &|_| ()).unwrap_err();
    assert!(matches!(error, Error::TooOld { .. }), "{error}");
    assert!(error.to_string().contains("14.19"), "{error}");
}

#[test]
fn says_what_to_type_when_there_is_nothing() {
    let place = directory();
    pretend(&place.path().join("old"), "13.4");
    let options = Options::new(place.path().join("pg"), bare(&[&place.path().join("old")]));
    let error = Cluster::attach_or_start(options, &|_| ()).unwrap_err();
    let text = error.to_string();
    assert!(matches!(error, Error::NoServer { .. }), "{text}");
    for part in [
        "13.4",
        "too old",
        "npm is not there",
        "pip is not there",
        "install",
        "postgresql",
    ] {
        assert!(text.contains(part), "{part:?} in {text}");
    }
    assert!(!text.contains('\n'));
}
