//! Who is let in, and how does it end?

use std::io;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::Semaphore;
use tokio::task::JoinSet;
use tokio_util::sync::CancellationToken;

use super::bind::Bound;
use super::connection::Connections;
use crate::config::{Limits, Network};

/// Pause after the system could not accept: file descriptors or memory are short.
const SHORTAGE: Duration = Duration::from_millis(50);
/// How long the system may keep bytes that a client does not take.
const UNREAD: Duration = Duration::from_secs(30);

/// Accepts connections on all addresses until it is told to stop.
#[derive(Debug)]
pub struct Server {
    loops: JoinSet<()>,
}

impl Server {
    /// Begins to accept; requests go to `router`, with the address of the client as
    /// `proxies` saw it. Once `closing` is cancelled nobody is accepted
    /// any more, and requests that were begun are finished.
    pub fn start(
        bound: Bound,
        router: &Router,
        (limits, proxies): (&Limits, &[Network]),
        closing: &CancellationToken,
    ) -> Self {
        let room = Arc::new(Semaphore::new(limits.connections));
        let mut loops = JoinSet::new();
        for listener in bound.listeners {
            let connections = Connections::new(router.clone(), (limits, proxies), closing.clone());
            loops.spawn(accept(listener, connections, room.clone()));
        }
        Self { loops }
    }

    /// Waits until the last connection has ended; dropped, it drops them.
    pub async fn ended(mut self) {
        while self.loops.join_next().await.is_some() {}
    }
}

/// Dropped, it drops its connections.
async fn accept(listener: TcpListener, connections: Connections, room: Arc<Semaphore>) {
    let mut open = JoinSet::new();
    let closing = connections.closing.clone();
    while !closing.is_cancelled() {
        let next = async {
            // The semaphore is never closed.
            let permit = room.clone().acquire_owned().await.ok();
            (permit, listener.accept().await)
        };
        let (permit, accepted) = tokio::select! {
            next = next => next,
            Some(_) = open.join_next() => continue,
            () = closing.cancelled() => break,
        };
        match accepted.and_then(|(stream, peer)| prepare(stream).map(|stream| (stream, peer))) {
            Ok((stream, peer)) => {
                let connection = connections.clone();
                open.spawn(async move {
                    connection.serve(stream, peer).await;
                    drop(permit);
                });
            }
            Err(error) if is_the_clients(&error) => {}
            Err(error) => {
                tracing::error!(%error, "no connection can be accepted");
                tokio::time::sleep(SHORTAGE).await;
            }
        }
    }
    drop(listener);
    while open.join_next().await.is_some() {}
}

fn prepare(stream: TcpStream) -> io::Result<TcpStream> {
    stream.set_nodelay(true)?;
    #[cfg(target_os = "linux")]
    socket2::SockRef::from(&stream).set_tcp_user_timeout(Some(UNREAD))?;
    Ok(stream)
}

/// It went away before we came to it.
fn is_the_clients(error: &io::Error) -> bool {
    matches!(
        error.kind(),
        io::ErrorKind::ConnectionAborted
            | io::ErrorKind::ConnectionReset
            | io::ErrorKind::ConnectionRefused
            | io::ErrorKind::NotConnected
            | io::ErrorKind::InvalidInput
    )
}

impl super::connection::Connections {
    /// An address for logs and rate limits.
    pub(super) fn canonical(peer: SocketAddr) -> SocketAddr {
        SocketAddr::new(peer.ip().to_canonical(), peer.port())
    }
}
