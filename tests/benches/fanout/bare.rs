//! What is the least a broadcast to as many connections takes on this machine?

use std::net::SocketAddr;
use std::time::Duration;

use bytes::Bytes;
use daybook::clock::system;
use daybook_tests::measure::{Times, say, spawn_as};
use serde::{Deserialize, Serialize};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::broadcast;
use tokio::task::JoinSet;

use crate::subscribers::Seen;

/// Bytes of a message: about as many as an event has on the wire.
const BYTES: usize = 640;

/// Who connects to what.
#[derive(Debug, Serialize, Deserialize)]
pub(crate) struct Watch {
    address: SocketAddr,
    subscribers: usize,
    messages: u32,
}

/// The times of a broadcast to that many connections.
pub(crate) async fn measure(subscribers: usize, rate: u32, time: Duration) -> Seen {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let messages = rate * u32::try_from(time.as_secs()).unwrap();
    let address = listener.local_addr().unwrap();
    let child = spawn_as(
        "--bare",
        &Watch {
            address,
            subscribers,
            messages,
        },
    );
    let (sender, _) = broadcast::channel::<Bytes>(1_024);
    let mut serving = JoinSet::new();
    for _ in 0..subscribers {
        let (stream, _) = listener.accept().await.unwrap();
        stream.set_nodelay(true).unwrap();
        serving.spawn(serve(stream, sender.subscribe()));
    }
    let (child, out) = crate::ready(child).await;
    let mut ticks = tokio::time::interval(Duration::from_secs(1) / rate);
    for _ in 0..messages {
        ticks.tick().await;
        let mut message = vec![b' '; BYTES];
        message[..8].copy_from_slice(&system().timestamp_micros().to_be_bytes());
        sender.send(message.into()).unwrap();
    }
    let seen = crate::seen(child, out).await;
    serving.shutdown().await;
    seen
}

async fn serve(mut stream: TcpStream, mut messages: broadcast::Receiver<Bytes>) {
    while let Ok(message) = messages.recv().await {
        if stream.write_all(&message).await.is_err() {
            return;
        }
    }
}

impl Watch {
    /// Reads every message on every connection, and prints the times.
    pub(crate) async fn run(self) {
        let mut streams = Vec::new();
        for _ in 0..self.subscribers {
            streams.push(TcpStream::connect(self.address).await.unwrap());
        }
        say("ready");
        let mut reading = JoinSet::new();
        for stream in streams {
            reading.spawn(read(stream, self.messages));
        }
        let micros: Vec<Vec<u64>> = reading.join_all().await;
        let seen = Seen::of(&Times::new(micros.concat()));
        say(&serde_json::to_string(&seen).unwrap());
    }
}

async fn read(mut stream: TcpStream, messages: u32) -> Vec<u64> {
    let (mut micros, mut message) = (Vec::new(), vec![0; BYTES]);
    for _ in 0..messages {
        stream.read_exact(&mut message).await.unwrap();
        let sent = i64::from_be_bytes(message[..8].try_into().unwrap());
        micros.push((system().timestamp_micros() - sent).max(0) as u64);
    }
    micros
}
