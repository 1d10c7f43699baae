//! Does the server for tests start fast, and end with its process?

#![cfg(test)]

mod harness;

use std::fs;
use std::path::Path;
use std::process::Command;
use std::time::Instant;

use daybook_postgres::{Cluster, Options, testing};
use harness::{answers, directory, is_running, machine, wait_until, within_a_second};

#[test]
fn shares_one_server_within_the_process() {
    let server = testing::shared();
    assert!(answers(server.connection().port));
    assert_eq!(server.pid(), testing::shared().pid());
    assert!(server.url("a").ends_with("/a"));
    println!("serving {} {}", server.connection().port, server.pid());
}

#[test]
fn ends_the_shared_server_with_its_process() {
    // Another process of this program runs the test above; nothing drops its server when it ends.
    let output = Command::new(std::env::current_exe().unwrap())
        .args([
            "--exact",
            "shares_one_server_within_the_process",
            "--nocapture",
        ])
        .output()
        .unwrap();
    let text = String::from_utf8(output.stdout).unwrap();
    let line = text
        .lines()
        .find_map(|line| line.split_once("serving "))
        .unwrap()
        .1;
    let (port, pid) = line.split_once(' ').unwrap();
    let (port, pid) = (port.parse().unwrap(), pid.parse().unwrap());
    wait_until("the server has ended", || {
        !answers(port) && !is_running(pid)
    });
}

#[test]
fn starts_a_copy_of_the_template_instead_of_a_new_cluster() {
    // `initdb` gives each cluster a number of its own, which a copy keeps; no clock is asked, for
    // how much of a start it saves depends on what else the machine does.
    let place = directory();
    let started = |options: Options| {
        let cluster = Cluster::attach_or_start(options, &|_| ()).unwrap();
        assert!(answers(cluster.connection().port));
        system_identifier(&cluster.data())
    };
    let copy = |name: &str| started(testing::options(&place.path().join(name)));
    let new = Options::new(place.path().join("new"), machine());
    let number = copy("copy");
    assert_eq!(copy("another"), number);
    assert_ne!(started(new), number);
}

/// The number of a cluster: the first field of its control file (`ControlFileData` in PostgreSQL's
/// `catalog/pg_control.h`).
fn system_identifier(data: &Path) -> [u8; 8] {
    let control = fs::read(data.join("global/pg_control")).unwrap();
    *control.first_chunk().unwrap()
}

#[test]
fn is_back_on_its_port_after_kill_9() {
    let server = testing::private();
    let (port, pid) = (server.connection().port, server.pid());
    assert!(within_a_second(|| {
        server.kill();
        assert!(!answers(port));
        let began = Instant::now();
        server.restart();
        let took = began.elapsed();
        assert!(answers(port));
        assert_ne!(server.pid(), pid);
        took
    }));
}
