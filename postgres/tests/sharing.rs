//! Can several processes use one directory, and does the last one stop the server?

#![cfg(test)]

mod harness;

use harness::{
    Holder, answers, directory, holder, is_running, kill_9, wait_until, within_a_second,
};

#[test]
fn a_command_attaches_and_leaves_the_server_alone() {
    let place = directory();
    let up = Holder::start(place.path());
    let import = Holder::start(place.path());
    assert_eq!(
        (up.origin.as_str(), import.origin.as_str()),
        ("started", "attached")
    );
    assert_eq!((up.pid, &up.url), (import.pid, &import.url));
    assert_eq!(import.end(), "left to others");
    assert!(answers(up.port));
    let (port, pid) = (up.port, up.pid);
    assert_eq!(up.end(), "stopped");
    assert!(!answers(port));
    assert!(!is_running(pid));
}

#[test]
fn the_one_that_started_it_leaves_it_to_a_command_that_still_works() {
    let place = directory();
    let up = Holder::start(place.path());
    let import = Holder::start(place.path());
    assert_eq!(up.end(), "left to others");
    assert!(answers(import.port));
    let (port, pid) = (import.port, import.pid);
    assert_eq!(import.end(), "stopped");
    assert!(!answers(port));
    wait_until("the server has ended", || !is_running(pid));
}

#[test]
fn a_killed_user_does_not_keep_the_server_running() {
    let place = directory();
    let up = Holder::start(place.path());
    Holder::start(place.path()).kill();
    assert_eq!(up.end(), "stopped");
}

#[test]
fn a_server_that_outlived_its_users_is_taken_over_at_once() {
    let place = directory();
    assert!(within_a_second(|| {
        let killed = Holder::start(place.path());
        let (port, pid) = (killed.port, killed.pid);
        killed.kill();
        assert!(answers(port));
        let next = Holder::start(place.path());
        let took = next.took;
        assert_eq!((next.origin.as_str(), next.pid), ("attached", pid));
        assert_eq!(next.end(), "stopped");
        assert!(!answers(port));
        took
    }));
}

#[test]
fn processes_that_come_at_once_share_one_server() {
    let place = directory();
    let threads: Vec<_> = (0..4)
        .map(|_| holder(place.path()))
        .map(|command| std::thread::spawn(move || Holder::of(command)))
        .collect();
    let mut children: Vec<_> = threads.into_iter().map(|it| it.join().unwrap()).collect();
    let pids: Vec<u32> = children.iter().map(|it| it.pid).collect();
    assert!(pids.iter().all(|pid| *pid == pids[0]), "{pids:?}");
    assert_eq!(
        children.iter().filter(|it| it.origin == "started").count(),
        1
    );
    let last = children.pop().unwrap();
    for child in children {
        assert_eq!(child.end(), "left to others");
    }
    assert_eq!(last.end(), "stopped");
}

#[test]
fn a_server_killed_under_two_users_is_started_by_the_third_and_stopped_by_the_last() {
    let place = directory();
    let (first, second) = (Holder::start(place.path()), Holder::start(place.path()));
    kill_9(first.pid);
    let third = Holder::start(place.path());
    assert_eq!(third.origin, "started");
    assert_eq!(third.url, first.url);
    assert_eq!(third.end(), "left to others");
    let port = second.port;
    assert_eq!(first.end(), "left to others");
    assert!(answers(port));
    assert_eq!(second.end(), "stopped");
    assert!(!answers(port));
}
