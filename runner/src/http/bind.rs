//! Are the addresses ours to listen on?

use std::io;
use std::net::SocketAddr;

use socket2::{Domain, Protocol, Socket, Type};
use tokio::net::TcpListener;

use crate::failure::Failure;

/// Connections that may wait to be accepted.
const BACKLOG: i32 = 1_024;

/// Addresses we listen on; clients that connect wait until somebody accepts.
#[derive(Debug)]
pub struct Bound {
    pub(super) listeners: Vec<TcpListener>,
    addresses: Vec<SocketAddr>,
}

impl Bound {
    /// What was bound, with the ports that were given.
    pub fn addresses(&self) -> &[SocketAddr] {
        &self.addresses
    }
}

/// Takes the addresses.
///
/// # Errors
/// When one is taken or not ours; the text says what to do.
pub fn bind(addresses: &[SocketAddr]) -> Result<Bound, Failure> {
    let mut bound = Bound {
        listeners: Vec::new(),
        addresses: Vec::new(),
    };
    for address in addresses {
        let listen = || {
            let listener = listener(*address)?;
            Ok((listener.local_addr()?, listener))
        };
        let (at, listener) = listen().map_err(|error| refused(*address, &error))?;
        bound.addresses.push(at);
        bound.listeners.push(listener);
    }
    Ok(bound)
}

fn listener(address: SocketAddr) -> io::Result<TcpListener> {
    let socket = Socket::new(
        Domain::for_address(address),
        Type::STREAM,
        Some(Protocol::TCP),
    )?;
    // A port whose last connections are still fading is free for us.
    socket.set_reuse_address(true)?;
    if address.is_ipv6() {
        socket.set_only_v6(true)?;
    }
    socket.set_nonblocking(true)?;
    socket.bind(&address.into())?;
    socket.listen(BACKLOG)?;
    TcpListener::from_std(socket.into())
}

fn refused(address: SocketAddr, error: &io::Error) -> Failure {
    let port = address.port();
    let text = match error.kind() {
        io::ErrorKind::AddrInUse => format!(
            "{address} is in use by another program; stop it, or choose another address with \
             DAYBOOK_LISTEN (port 0 takes any free one)"
        ),
        io::ErrorKind::PermissionDenied => format!(
            "{address} may not be listened on by this user (port {port} is privileged); choose \
             another address with DAYBOOK_LISTEN"
        ),
        io::ErrorKind::AddrNotAvailable => format!(
            "{address} is no address of this machine; choose another one with DAYBOOK_LISTEN"
        ),
        _ => format!(
            "{address} cannot be listened on: {error}; choose another address with DAYBOOK_LISTEN"
        ),
    };
    Failure::surroundings(text)
}
