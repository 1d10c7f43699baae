//! Does a PostgreSQL answer on this port?
//!
//! Asked by its protocol, because the pid file says "running" of a server that was killed.

use std::io::{Read, Write};
use std::net::{Ipv4Addr, SocketAddr, TcpStream};
use std::time::Duration;

const BOUND: Duration = Duration::from_secs(2);
const PROTOCOL_3_0: u32 = 196_608;

/// What a port says to somebody who wants to sign in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Answer {
    /// It asks for a password: the server is ready.
    Ready,
    /// It refuses everybody for now: it starts, recovers or stops.
    NotYet,
    /// Nothing that is PostgreSQL.
    Nothing,
}

/// Begins to sign in as `user` and looks at the first byte of the answer.
pub(crate) fn ask(port: u16, user: &str) -> Answer {
    match first_byte(port, user) {
        Some(b'R') => Answer::Ready,
        Some(b'E') => Answer::NotYet,
        Some(_) | None => Answer::Nothing,
    }
}

fn first_byte(port: u16, user: &str) -> Option<u8> {
    let address = SocketAddr::from((Ipv4Addr::LOCALHOST, port));
    let mut stream = TcpStream::connect_timeout(&address, BOUND).ok()?;
    stream.set_read_timeout(Some(BOUND)).ok()?;
    stream.set_write_timeout(Some(BOUND)).ok()?;
    stream.write_all(&startup_message(user)?).ok()?;
    let mut tag = [0];
    stream.read_exact(&mut tag).ok()?;
    let [tag] = tag;
    Some(tag)
}

fn startup_message(user: &str) -> Option<Vec<u8>> {
    let parameters = [b"user\0", user.as_bytes(), b"\0\0"].concat();
    let length = u32::try_from(parameters.len()).ok()?.checked_add(8)?;
    Some(
        [
            &length.to_be_bytes()[..],
            &PROTOCOL_3_0.to_be_bytes(),
            &parameters,
        ]
        .concat(),
    )
}
