//! Does the server for tests start fast, and end with its process?

use std::io::{Read, Write};
use std::net::TcpStream;
use std::time::{Duration, Instant};

use daybook_postgres::testing;

/// Whether something that speaks the protocol of PostgreSQL asks for a password on this port.
fn answers(port: u16) -> bool {
    let Ok(mut stream) = TcpStream::connect(("127.0.0.1", port)) else {
        return false;
    };
    let mut tag = [0];
    stream
        .write_all(b"\0\0\0\x16\0\x03\0\0user\0daybook\0\0")
        .is_ok()
        && stream.read_exact(&mut tag).is_ok()
        && tag == *b"R"
}

#[test]
fn shares_one_server_within_the_process() {
    let server = testing::shared();
    assert!(answers(server.connection().port));
    assert_eq!(server.pid(), testing::shared().pid());
    assert!(server.url("a").ends_with("/a"));
}

#[test]
fn starts_a_copy_of_the_template_in_less_than_a_second() {
    let _template = testing::private();
    let began = Instant::now();
    let server = testing::private();
    let took = began.elapsed();
    assert!(answers(server.connection().port));
    eprintln!("{took:?}");
    assert!(took < Duration::from_secs(1), "{took:?}");
}

#[test]
fn is_back_on_its_port_after_kill_9() {
    let server = testing::private();
    let (port, pid) = (server.connection().port, server.pid());
    server.kill();
    assert!(!answers(port));
    let began = Instant::now();
    server.restart();
    assert!(
        began.elapsed() < Duration::from_secs(1),
        "{:?}",
        began.elapsed()
    );
    assert!(answers(port));
    assert_ne!(server.pid(), pid);
}
