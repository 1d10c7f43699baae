//! Does a private server start fast, survive what befalls it, and say what is wrong in one line?

#![cfg(test)]

mod harness;

use std::fs;
use std::net::TcpListener;
use std::os::unix::fs::{MetadataExt, PermissionsExt};
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Instant;

use daybook_postgres::{Cluster, Durability, Error, Options, Origin, Step, testing};
use harness::{
    Holder, NOBODY, answers, directory, directory_of, exists, failure, holder, holder_for, is_root,
    kill_9, machine, pretend, script, wait_until, within_a_second,
};
use nix::unistd::{Pid, getpgid};
use secrecy::ExposeSecret;

fn start(home: &Path) -> Result<Cluster, Error> {
    Cluster::attach_or_start(testing::options(home), &|_| ())
}

fn refusal(home: &Path) -> Error {
    let error = start(home).unwrap_err();
    assert!(!error.to_string().contains('\n'), "{error}");
    error
}

/// A home with a cluster that has run once.
fn used_home(place: &Path) -> PathBuf {
    let home = place.join("pg");
    start(&home).unwrap().leave().unwrap();
    home
}

#[test]
fn starts_again_in_less_than_a_second_as_it_was() {
    let place = directory();
    let home = place.path().join("pg");
    let first = start(&home).unwrap();
    let (url, pid) = (first.url("a"), first.pid().unwrap());
    first.leave().unwrap();
    wait_until("the server has ended", || !exists(pid));
    assert!(within_a_second(|| {
        let began = Instant::now();
        let again = start(&home).unwrap();
        let took = began.elapsed();
        assert_eq!(again.origin(), Origin::Started);
        assert_eq!(again.url("a"), url);
        took
    }));
}

#[test]
fn stops_when_it_is_dropped() {
    let place = directory();
    let cluster = start(&place.path().join("pg")).unwrap();
    let (port, pid) = (cluster.connection().port, cluster.pid().unwrap());
    assert!(answers(port));
    drop(cluster);
    assert!(!answers(port));
    assert!(!exists(pid), "a dead child was not waited for");
}

#[test]
fn is_durable_and_asks_everybody_for_a_password() {
    let place = directory();
    let durable = start(&place.path().join("durable")).unwrap();
    let settings =
        |cluster: &Cluster| fs::read_to_string(cluster.data().join("daybook.conf")).unwrap();
    assert!(!settings(&durable).contains("fsync"));
    let mut options = testing::options(&place.path().join("fast"));
    options.durability = Durability::Off;
    let fast = Cluster::attach_or_start(options, &|_| ()).unwrap();
    assert!(settings(&fast).contains("fsync = off"));
    let hba = fs::read_to_string(durable.data().join("pg_hba.conf")).unwrap();
    let rules = hba
        .lines()
        .filter(|line| !line.starts_with('#') && !line.is_empty());
    assert!(rules.clone().count() > 0);
    for rule in rules {
        assert!(rule.ends_with("scram-sha-256"), "{rule}");
    }
}

#[test]
fn keeps_what_the_user_set() {
    let place = directory();
    let home = used_home(place.path());
    let local = home.join("server/data/local.conf");
    let text = fs::read_to_string(&local).unwrap() + "no_such_setting = 1\n";
    fs::write(&local, text).unwrap();
    let error = refusal(&home).to_string();
    assert!(error.contains("no_such_setting"), "{error}");
}

#[test]
fn keeps_its_secrets_and_files_to_itself() {
    let place = directory();
    let cluster = start(&place.path().join("pg")).unwrap();
    let mode = |path: &Path| fs::metadata(path).unwrap().permissions().mode() & 0o777;
    let home = place.path().join("pg");
    assert_eq!(mode(&home.join("password")), 0o600);
    assert_eq!(mode(&home.join("server.log")), 0o600);
    assert_eq!(mode(&cluster.data()), 0o700);
    assert_eq!(mode(&cluster.connection().socket_dir), 0o700);
    let password = cluster.connection().password.expose_secret();
    assert!(password.len() >= 32);
    assert!(!format!("{cluster:?}").contains(password));
    assert!(!home.join("server/initial-password").exists());
}

#[test]
fn is_not_ended_by_the_interrupt_of_a_terminal() {
    let place = directory();
    let cluster = start(&place.path().join("pg")).unwrap();
    let pid = Pid::from_raw(cluster.pid().unwrap().try_into().unwrap());
    assert_ne!(getpgid(Some(pid)), getpgid(None));
}

#[test]
fn revives_a_server_that_was_killed() {
    let place = directory();
    let mut cluster = start(&place.path().join("pg")).unwrap();
    assert!(!cluster.revive(&|_| ()).unwrap());
    let (port, pid) = (cluster.connection().port, cluster.pid().unwrap());
    assert!(within_a_second(|| {
        kill_9(cluster.pid().unwrap());
        let began = Instant::now();
        wait_until("its end was noticed", || cluster.revive(&|_| ()).unwrap());
        let took = began.elapsed();
        assert_eq!(cluster.connection().port, port);
        assert!(answers(port));
        took
    }));
    assert_ne!(cluster.pid(), Some(pid));
}

#[test]
fn starts_after_everything_was_killed() {
    let place = directory();
    let home = place.path().join("pg");
    assert!(within_a_second(|| {
        let holder = Holder::start(&home);
        let pid = holder.pid;
        holder.kill();
        kill_9(pid);
        let began = Instant::now();
        let cluster = start(&home).unwrap();
        let took = began.elapsed();
        assert!(answers(cluster.connection().port));
        took
    }));
}

#[test]
fn is_not_fooled_by_a_pid_file_whose_number_was_given_to_another_program() {
    let place = directory();
    let home = used_home(place.path());
    // We live, and we are no PostgreSQL.
    let stale = format!("{}\n/nowhere\n1\n{}\n\n127.0.0.1\n", other_pid(), 1);
    fs::write(home.join("server/data/postmaster.pid"), stale).unwrap();
    let cluster = start(&home).unwrap();
    assert_eq!(cluster.origin(), Origin::Started);
    assert!(answers(cluster.connection().port));
}

/// A process that lives as long as we do and is not our parent.
fn other_pid() -> u32 {
    let server = testing::shared();
    server.pid()
}

#[test]
fn puts_the_socket_elsewhere_when_the_path_is_too_long() {
    let place = directory();
    let deep = place
        .path()
        .join("a".repeat(60))
        .join("b".repeat(60))
        .join("pg");
    let cluster = start(&deep).unwrap();
    let connection = cluster.connection().clone();
    let socket = connection
        .socket_dir
        .join(format!(".s.PGSQL.{}", connection.port));
    assert!(socket.exists());
    assert!(socket.as_os_str().len() <= 103, "{}", socket.display());
    assert!(connection.socket_dir.starts_with("/tmp"));
    drop(cluster);
    assert!(!connection.socket_dir.exists());
}

#[test]
fn reads_directories_with_spaces_commas_and_quotes() {
    let place = directory();
    let cluster = start(&place.path().join("it's a, \"home\"")).unwrap();
    let connection = cluster.connection();
    assert!(
        connection
            .socket_dir
            .join(format!(".s.PGSQL.{}", connection.port))
            .exists()
    );
}

#[test]
fn refuses_a_port_that_is_taken() {
    let place = directory();
    let taken = TcpListener::bind("127.0.0.1:0").unwrap();
    let mut options = Options::new(place.path().join("pg"), machine());
    options.port = taken.local_addr().unwrap().port();
    let error = Cluster::attach_or_start(options, &|_| ()).unwrap_err();
    assert!(matches!(error, Error::PortTaken { .. }), "{error}");
}

#[test]
fn moves_from_a_remembered_port_that_is_taken() {
    let place = directory();
    let home = place.path().join("pg");
    let cluster = start(&home).unwrap();
    let port = cluster.connection().port;
    drop(cluster);
    let _taken = TcpListener::bind(("127.0.0.1", port)).unwrap();
    let moved = std::cell::Cell::new(false);
    let note = |step: &Step| moved.set(moved.get() || matches!(step, Step::PortMoved { .. }));
    let cluster = Cluster::attach_or_start(testing::options(&home), &note).unwrap();
    assert_ne!(cluster.connection().port, port);
    assert!(answers(cluster.connection().port));
    assert!(moved.get());
}

#[test]
fn refuses_a_directory_with_something_else_in_it() {
    let place = directory();
    let home = used_home(place.path());
    let data = home.join("server/data");
    fs::remove_file(data.join("PG_VERSION")).unwrap();
    assert!(matches!(refusal(&home), Error::NotACluster { .. }));
}

#[test]
fn refuses_the_data_of_another_major_version() {
    let place = directory();
    let home = used_home(place.path());
    fs::write(home.join("server/data/PG_VERSION"), "12\n").unwrap();
    let error = refusal(&home);
    assert!(matches!(error, Error::OtherMajor { .. }), "{error}");
    assert!(
        error.to_string().contains("install PostgreSQL 12"),
        "{error}"
    );
}

#[test]
fn tells_of_damaged_files() {
    let place = directory();
    let home = used_home(place.path());
    fs::write(home.join("server/data/global/pg_control"), "gone").unwrap();
    let error = refusal(&home);
    assert!(matches!(error, Error::Damaged { .. }), "{error}");
}

#[test]
fn tells_of_a_missing_password() {
    let place = directory();
    let home = used_home(place.path());
    fs::remove_file(home.join("password")).unwrap();
    let error = refusal(&home);
    assert!(matches!(error, Error::PasswordMissing { .. }), "{error}");
}

#[test]
fn refuses_a_place_that_cannot_be_written() {
    let place = directory();
    let file = place.path().join("file");
    fs::write(&file, "").unwrap();
    let error = refusal(&file.join("pg"));
    assert!(matches!(error, Error::Unwritable { .. }), "{error}");
    if is_root() {
        // Root can write everywhere, so somebody else has to try.
        let nobodys = directory_of(NOBODY);
        let (code, said) = failure(holder_for(NOBODY, nobodys.path(), &place.path().join("pg")));
        assert_eq!(code, Some(2));
        assert!(said.contains("cannot be written"), "{said}");
    }
}

#[test]
fn tells_of_a_full_disk() {
    let place = directory();
    let home = place.path().join("pg");
    for said in [
        "could not write file: No space left on device",
        "HINT: Check free disk space.",
    ] {
        let full = place.path().join("full");
        pretend(&full, "16.0");
        script(
            &full,
            "initdb",
            &format!(
                "case $1 in --version) echo 'initdb (PostgreSQL) 16.0';;
                *) echo 'initdb: error: {said}' >&2; exit 1;; esac"
            ),
        );
        let mut options = Options::new(&home, machine());
        options.surroundings.binaries = Some(full);
        let error = Cluster::attach_or_start(options, &|_| ()).unwrap_err();
        assert!(matches!(error, Error::DiskFull { .. }), "{error}");
    }
    // It begins again once there is room: nothing half made is in the way.
    assert!(answers(start(&home).unwrap().connection().port));
}

#[test]
fn falls_back_to_the_plain_locale_where_the_other_is_missing() {
    let place = directory();
    let old = place.path().join("old");
    pretend(&old, "15.0");
    // Refuses C.UTF-8, and stops at the next try so that we see its arguments.
    script(
        &old,
        "initdb",
        "case \"$*\" in
        --version) echo 'initdb (PostgreSQL) 15.0';;
        *--locale=C.UTF-8*) echo 'initdb: error: invalid locale name \"C.UTF-8\"' >&2; exit 1;;
        *) echo \"initdb: error: $*\" >&2; exit 1;; esac",
    );
    let mut options = Options::new(place.path().join("pg"), machine());
    options.surroundings.binaries = Some(old);
    let error = Cluster::attach_or_start(options, &|_| ())
        .unwrap_err()
        .to_string();
    for part in [
        "--locale=C ",
        "--encoding=UTF8",
        "--data-checksums",
        "--auth=scram-sha-256",
    ] {
        assert!(error.contains(part), "{part} in {error}");
    }
}

#[test]
fn runs_as_an_ordinary_user() {
    let place = directory_of(NOBODY);
    let holder = Holder::of(holder_for(NOBODY, place.path(), &place.path().join("pg")));
    assert!(answers(holder.port));
    assert_eq!(holder.end(), "stopped");
}

#[test]
fn tells_a_user_without_a_name_what_to_do() {
    if !is_root() {
        eprintln!("only root can be somebody without a name");
        return;
    }
    let nameless = 54_321;
    let place = directory_of(nameless);
    let (code, said) = failure(holder_for(nameless, place.path(), &place.path().join("pg")));
    assert_eq!(code, Some(2));
    assert!(said.contains("54321 has no entry in /etc/passwd"), "{said}");
}

#[test]
fn runs_for_root_in_a_private_directory() {
    if !is_root() {
        eprintln!("only root has directories that the server's account cannot reach");
        return;
    }
    let place = directory();
    fs::set_permissions(place.path(), fs::Permissions::from_mode(0o700)).unwrap();
    let home = place.path().join("pg");
    let first = start(&home).unwrap();
    let url = first.url("a");
    assert!(answers(first.connection().port));
    drop(first);
    let elsewhere = fs::read_link(home.join("server")).unwrap();
    assert!(!elsewhere.starts_with(place.path()));
    let note = fs::read_to_string(elsewhere.join("belongs-to")).unwrap();
    assert_eq!(Path::new(note.trim()), home.canonicalize().unwrap());
    // The same cluster again.
    assert_eq!(start(&home).unwrap().url("a"), url);
    fs::remove_dir_all(&elsewhere).unwrap();
    assert!(matches!(refusal(&home), Error::Gone { .. }));
    // Who deletes the link wants to begin anew.
    fs::remove_file(home.join("server")).unwrap();
    drop(start(&home).unwrap());
    fs::remove_dir_all(fs::read_link(home.join("server")).unwrap()).unwrap();
}

#[test]
fn goes_on_as_the_owner_of_its_files() {
    if !is_root() {
        eprintln!("only root runs it as somebody else");
        return;
    }
    let place = directory();
    let home = used_home(place.path());
    let server = home.join("server");
    // As if it had been made before a package brought the user who would be taken today.
    let mut chown = Command::new("chown");
    chown
        .args(["-R", &format!("{NOBODY}:{NOBODY}")])
        .arg(&server);
    assert!(chown.status().unwrap().success());
    let again = start(&home).unwrap();
    assert!(answers(again.connection().port));
    drop(again);
    assert_eq!(fs::metadata(server.join("data")).unwrap().uid(), NOBODY);
}

#[test]
fn fails_with_one_line_and_code_2() {
    let place = directory();
    let taken = TcpListener::bind("127.0.0.1:0").unwrap();
    let mut command = holder(&place.path().join("pg"));
    command.args(["--port", &taken.local_addr().unwrap().port().to_string()]);
    let (code, said) = failure(command);
    assert_eq!(code, Some(2));
    assert!(said.contains("is in use by another program"), "{said}");
}
