//! A client of the API, over a WebSocket that speaks `graphql-transport-ws`.

use std::time::Duration;

use futures::{SinkExt, StreamExt};
use serde_json::{Value, json};
use tokio::net::TcpStream;
use tokio::time::timeout;
use tokio_tungstenite::tungstenite::Message;
use tokio_tungstenite::tungstenite::client::IntoClientRequest;
use tokio_tungstenite::{MaybeTlsStream, WebSocketStream, connect_async};

use crate::wait::PATIENCE;

/// An open socket.
#[derive(Debug)]
pub struct Socket {
    stream: WebSocketStream<MaybeTlsStream<TcpStream>>,
}

/// What the server says.
#[derive(Debug, Clone, PartialEq)]
pub enum Heard {
    /// A result of the operation with that id.
    Next(String, Value),
    /// The operation could not run.
    Failed(String, Value),
    /// The operation has ended.
    Complete(String),
    /// How far the operation has told everything.
    Beacon(String, u64),
    /// The socket is closed, with that code; 1006 when it broke off.
    Closed(u16),
}

impl Socket {
    /// Opens a socket and signs in on it.
    pub async fn ready(base: &str, secret: Option<&str>) -> Self {
        Self::try_ready(base, secret)
            .await
            .expect("the socket was refused")
    }

    /// The same with a server that may be gone or refuse; then none.
    pub async fn try_ready(base: &str, secret: Option<&str>) -> Option<Self> {
        let address = base.replacen("http://", "ws://", 1);
        let mut request = format!("{address}/graphql").into_client_request().unwrap();
        let protocol = "graphql-transport-ws".parse().unwrap();
        request
            .headers_mut()
            .insert("sec-websocket-protocol", protocol);
        let (stream, _) = connect_async(request).await.ok()?;
        let mut socket = Self { stream };
        let payload = secret.map(|secret| json!({ "authorization": format!("Bearer {secret}") }));
        socket
            .send(&json!({ "type": "connection_init", "payload": payload }))
            .await;
        let message = timeout(PATIENCE, socket.stream.next()).await.ok()??.ok()?;
        let acknowledged = message.to_text().ok()?.contains("connection_ack");
        acknowledged.then_some(socket)
    }

    /// Begins an operation.
    pub async fn subscribe(&mut self, id: &str, document: &str, variables: Value) {
        let payload = json!({ "query": document, "variables": variables });
        self.send(&json!({ "type": "subscribe", "id": id, "payload": payload }))
            .await;
    }

    /// Ends an operation.
    pub async fn complete(&mut self, id: &str) {
        self.send(&json!({ "type": "complete", "id": id })).await;
    }

    async fn send(&mut self, message: &Value) {
        // A socket that broke off is told by what is heard next.
        drop(self.stream.send(Message::text(message.to_string())).await);
    }

    /// What the server says next.
    pub async fn hear(&mut self) -> Heard {
        self.hear_within(PATIENCE)
            .await
            .expect("the server says nothing")
    }

    /// What the server says next; none when it says nothing for that long.
    pub async fn hear_within(&mut self, time: Duration) -> Option<Heard> {
        loop {
            let heard = match timeout(time, self.stream.next()).await.ok()? {
                Some(Ok(Message::Text(text))) => read(&text),
                Some(Ok(Message::Close(frame))) => {
                    Some(Heard::Closed(frame.map_or(1005, |frame| frame.code.into())))
                }
                Some(Ok(_)) => None,
                Some(Err(_)) | None => Some(Heard::Closed(1006)),
            };
            match heard {
                Some(heard @ Heard::Beacon(..)) => {
                    self.pong().await;
                    return Some(heard);
                }
                Some(heard) => return Some(heard),
                None => self.pong().await,
            }
        }
    }

    async fn pong(&mut self) {
        self.send(&json!({ "type": "pong" })).await;
    }

    /// The data of the next result of the only operation.
    pub async fn result(&mut self) -> Value {
        loop {
            match self.hear().await {
                Heard::Next(_, mut payload) if payload.get("errors").is_none() => {
                    return payload["data"].take();
                }
                Heard::Beacon(..) => {}
                other => panic!("no result but {other:?}"),
            }
        }
    }

    /// Reads on until the socket is closed; its code.
    pub async fn closed(&mut self) -> u16 {
        loop {
            if let Heard::Closed(code) = self.hear().await {
                return code;
            }
        }
    }
}

/// None for a ping that says nothing.
fn read(text: &str) -> Option<Heard> {
    let mut message: Value = serde_json::from_str(text).unwrap();
    let id = message["id"].as_str().unwrap_or_default().to_owned();
    let payload = message["payload"].take();
    match message["type"].as_str().unwrap() {
        "next" => Some(Heard::Next(id, payload)),
        "error" => Some(Heard::Failed(id, payload)),
        "complete" => Some(Heard::Complete(id)),
        "ping" => {
            let positions = payload["positions"].as_object()?;
            let (id, position) = positions.iter().next().unwrap();
            let position = position.as_str().unwrap().parse().unwrap();
            Some(Heard::Beacon(id.clone(), position))
        }
        "pong" => None,
        other => panic!("{other} is no message of the protocol"),
    }
}
