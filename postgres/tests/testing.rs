//! Does the server for tests start fast, and end with its process?

#![cfg(test)]

mod harness;

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
fn starts_a_copy_of_the_template_in_half_the_time_of_a_new_cluster() {
    // A ratio, because other programs may be busy here; alone it is 0.3 s to 1.5 s.
    let place = directory();
    let timed = |options: Options| {
        let began = Instant::now();
        let cluster = Cluster::attach_or_start(options, &|_| ()).unwrap();
        let took = began.elapsed();
        assert!(answers(cluster.connection().port));
        took
    };
    let _template = testing::options(place.path());
    let ratio = |attempt: u32| {
        let copy = timed(testing::options(
            &place.path().join(format!("copy-{attempt}")),
        ));
        let new = timed(Options::new(
            place.path().join(format!("new-{attempt}")),
            machine(),
        ));
        (copy, new)
    };
    let tries: Vec<_> = (0..3).map(ratio).collect();
    assert!(
        tries.iter().any(|(copy, new)| *copy * 2 < *new),
        "{tries:?}"
    );
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
