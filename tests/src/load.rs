//! How fast does a server answer the same request over many connections?

use std::time::{Duration, Instant};

use serde::{Deserialize, Serialize};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio::task::JoinSet;

/// What is to be asked, how often at a time, and for how long.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Load {
    /// Host and port.
    pub address: String,
    /// The access token or API key.
    pub secret: String,
    /// The body of the request to `/graphql`.
    pub body: String,
    /// Connections, each with one request at a time.
    pub connections: usize,
    /// For how long answers are not counted.
    pub warm_up: Duration,
    /// For how long they are.
    pub time: Duration,
}

/// What came of it.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
pub struct Answered {
    /// The time of each answer, in microseconds.
    pub micros: Vec<u64>,
    /// The bytes of one body.
    pub bytes: usize,
}

impl Load {
    /// Asks, over connections that are kept; an answer other than 200 ends it.
    pub async fn run(&self) -> Answered {
        let mut asking = JoinSet::new();
        for _ in 0..self.connections {
            let load = self.clone();
            asking.spawn(async move { load.ask().await });
        }
        let mut all = Answered::default();
        while let Some(one) = asking.join_next().await {
            let one = one.unwrap();
            all.micros.extend(one.micros);
            all.bytes = one.bytes;
        }
        all
    }

    async fn ask(self) -> Answered {
        let request = self.request();
        let mut stream = TcpStream::connect(&self.address).await.unwrap();
        stream.set_nodelay(true).unwrap();
        let (mut answered, mut buffer) = (Answered::default(), Vec::with_capacity(64 * 1024));
        let begin = Instant::now();
        loop {
            let since = Instant::now();
            if since.duration_since(begin) > self.warm_up + self.time {
                return answered;
            }
            stream.write_all(request.as_bytes()).await.unwrap();
            answered.bytes = answer(&mut stream, &mut buffer).await;
            if since.duration_since(begin) > self.warm_up {
                let micros = since.elapsed().as_micros();
                answered.micros.push(u64::try_from(micros).unwrap());
            }
        }
    }

    fn request(&self) -> String {
        format!(
            "POST /graphql HTTP/1.1\r\nhost: {}\r\nauthorization: Bearer {}\r\n\
             accept: application/graphql-response+json\r\ncontent-type: application/json\r\n\
             content-length: {}\r\n\r\n{}",
            self.address,
            self.secret,
            self.body.len(),
            self.body
        )
    }
}

/// Reads one answer; the bytes of its body.
async fn answer(stream: &mut TcpStream, buffer: &mut Vec<u8>) -> usize {
    buffer.clear();
    let mut whole = None;
    loop {
        let read = stream.read_buf(buffer).await.unwrap();
        assert!(read > 0, "the server hung up");
        if whole.is_none() {
            whole = head(buffer);
        }
        if let Some((head, body)) = whole
            && buffer.len() >= head + body
        {
            return body;
        }
    }
}

/// The bytes of head and body, once the head is there.
fn head(buffer: &[u8]) -> Option<(usize, usize)> {
    let end = buffer.windows(4).position(|four| four == b"\r\n\r\n")? + 4;
    let text = std::str::from_utf8(&buffer[..end])
        .unwrap()
        .to_ascii_lowercase();
    let shown = String::from_utf8_lossy(buffer);
    assert!(text.starts_with("http/1.1 200"), "{shown}");
    let length = text
        .lines()
        .find_map(|line| line.strip_prefix("content-length:"))?;
    Some((end, length.trim().parse().unwrap()))
}
