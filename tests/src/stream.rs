//! A client of the API, over server-sent events.

use std::time::Duration;

use reqwest::Response;
use serde_json::Value;
use tokio::time::timeout;

use crate::wait::PATIENCE;

/// An open event stream.
#[derive(Debug)]
pub struct Stream {
    response: Response,
    /// Bytes, since a piece may end within a character.
    buffer: Vec<u8>,
}

/// One event of a stream.
#[derive(Debug, Clone, PartialEq)]
pub struct Frame {
    /// Its id: the position to come back with.
    pub id: Option<u64>,
    /// `next` or `complete`; empty for an id alone, which says how far everything was told.
    pub kind: String,
    /// The result; null for the end.
    pub data: Value,
}

impl Stream {
    pub(crate) fn new(response: Response) -> Self {
        Self {
            response,
            buffer: Vec::new(),
        }
    }

    /// The status it was opened with.
    pub fn status(&self) -> u16 {
        self.response.status().as_u16()
    }

    /// All that is left of a stream that is none: the body of a refusal.
    pub async fn text(self) -> String {
        self.response.text().await.unwrap()
    }

    /// The next event; none when the stream has ended or broken off.
    pub async fn next(&mut self) -> Option<Frame> {
        self.next_within(PATIENCE)
            .await
            .expect("the stream says nothing")
    }

    /// The next event, as [`Stream::next`]; `Err` when nothing comes for that long.
    ///
    /// # Errors
    /// Nothing came in time.
    pub async fn next_within(&mut self, time: Duration) -> Result<Option<Frame>, Silence> {
        loop {
            while let Some(end) = self.buffer.windows(2).position(|pair| pair == b"\n\n") {
                let block: Vec<u8> = self.buffer.drain(..end + 2).collect();
                if let Some(frame) = read(std::str::from_utf8(&block).unwrap()) {
                    return Ok(Some(frame));
                }
            }
            let chunk = timeout(time, self.response.chunk()).await;
            match chunk.map_err(|_| Silence)? {
                Ok(Some(bytes)) => self.buffer.extend_from_slice(&bytes),
                Ok(None) | Err(_) => return Ok(None),
            }
        }
    }
}

/// Nothing came in time.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Silence;

/// None for comments and for the time to wait before coming back.
fn read(block: &str) -> Option<Frame> {
    let field = |name: &str| {
        let mut lines = block.lines();
        lines.find_map(|line| {
            line.strip_prefix(name)?
                .strip_prefix(':')
                .map(str::trim_start)
        })
    };
    let kind = field("event")
        .or_else(|| field("id").map(|_| ""))?
        .to_owned();
    Some(Frame {
        id: field("id").map(|id| id.parse().unwrap()),
        kind,
        data: serde_json::from_str(field("data").unwrap_or_default()).unwrap_or_default(),
    })
}
