//! What can be set about the transports.

use std::time::Duration;

use crate::guard::Limits;

/// Bounds and times of the transports. The defaults are what DESIGN sets.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Settings {
    /// The bounds of one document.
    pub limits: Limits,
    /// Bytes of registered documents that this process keeps.
    pub persisted_bytes: usize,
    /// Bytes of a request's body.
    pub body_bytes: usize,
    /// Bytes of a request's address.
    pub uri_bytes: usize,
    /// Time for a body to arrive.
    pub body_time: Duration,
    /// Queries and mutations that run at one time in this process.
    pub in_flight: usize,
    /// Sockets and event streams that are open at one time in this process.
    pub connections: usize,
    /// Origins whose pages may open a socket, `https://app.example.com`. A page of the server's
    /// own host always may, and so may clients that are not browsers.
    pub origins: Vec<String>,
    /// Time between the comments that keep an event stream open.
    pub heartbeat: Duration,
    /// WebSocket.
    pub socket: SocketSettings,
    /// Shared subscriptions.
    pub live: LiveSettings,
}

/// Bounds and times of one WebSocket.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct SocketSettings {
    /// Time for `connection_init` to arrive.
    pub init_time: Duration,
    /// Time between pings.
    pub ping_every: Duration,
    /// Time for any message to arrive after a ping.
    pub pong_time: Duration,
    /// Time for a message to leave.
    pub send_time: Duration,
    /// Time for running queries and mutations to finish when the server stops.
    pub drain_time: Duration,
    /// Operations at one time.
    pub operations: usize,
    /// Bytes of one message.
    pub message_bytes: usize,
}

/// Bounds of shared subscriptions.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct LiveSettings {
    /// Results kept for subscribers that are behind.
    pub ring_results: usize,
    /// Bytes of results kept.
    pub ring_bytes: usize,
    /// How often in a row a subscriber may fall out of the ring before it is sent away.
    pub strikes: u32,
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            limits: Limits::default(),
            persisted_bytes: 16 * 1024 * 1024,
            body_bytes: 256 * 1024,
            uri_bytes: 8 * 1024,
            body_time: Duration::from_secs(10),
            in_flight: 1_024,
            connections: 20_000,
            origins: Vec::new(),
            heartbeat: Duration::from_secs(12),
            socket: SocketSettings::default(),
            live: LiveSettings::default(),
        }
    }
}

impl Default for SocketSettings {
    fn default() -> Self {
        Self {
            init_time: Duration::from_secs(10),
            ping_every: Duration::from_secs(15),
            pong_time: Duration::from_secs(10),
            send_time: Duration::from_secs(10),
            drain_time: Duration::from_secs(5),
            operations: 100,
            message_bytes: 256 * 1024,
        }
    }
}

impl Default for LiveSettings {
    fn default() -> Self {
        Self {
            ring_results: 1_024,
            ring_bytes: 4 * 1024 * 1024,
            strikes: 3,
        }
    }
}
