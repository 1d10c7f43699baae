//! Does a PostgreSQL answer on this port?
//!
//! Asked by its protocol, because the pid file says "running" of a server that was killed.

use std::io::{Read, Write};
use std::net::{Ipv4Addr, SocketAddr, TcpStream};
use std::time::Duration;

const BOUND: Duration = Duration::from_secs(2);
const PROTOCOL_3_0: u32 = 196_608;

/// Whether a server on this port asks for a password when `user` begins to sign in.
pub(crate) fn answers(port: u16, user: &str) -> bool {
    first_message(port, user) == Some(b'R')
}

/// The kind of its first message: `R` asks for a password, `E` is an error, as it gives to everybody
/// while it starts, recovers or stops.
fn first_message(port: u16, user: &str) -> Option<u8> {
    let address = SocketAddr::from((Ipv4Addr::LOCALHOST, port));
    let mut stream = TcpStream::connect_timeout(&address, BOUND).ok()?;
    stream.set_read_timeout(Some(BOUND)).ok()?;
    stream.set_write_timeout(Some(BOUND)).ok()?;
    stream.write_all(&startup_message(user)?).ok()?;
    // All of it: who hangs up on unread words is a broken connection in the server's log.
    let mut message = [0; 512];
    let length = stream.read(&mut message).ok()?;
    message.get(..length)?.first().copied()
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
